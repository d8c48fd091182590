"""The front end without a screen: what goes where, and what the exit code says."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal

import pytest

from codex_tui import headless
from codex_tui.agent.past import Past
from codex_tui.headless import JsonPrinter, TextPrinter
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.changes import AppliedChange, ChangeKind
from codex_tui.protocol.errors import ConfigError, ProviderError, ProviderErrorKind
from codex_tui.protocol.events import (
    ChangesApplied,
    CommandOutputDelta,
    ModelSelected,
    NoticeShown,
    RetryScheduled,
    StepFinished,
    TextDelta,
    ThinkingDelta,
    ToolCallFinished,
    ToolCallReady,
    TurnFinished,
)
from codex_tui.protocol.ids import Place, SessionId
from codex_tui.protocol.messages import (
    AssistantMessage,
    Origin,
    StopReason,
    TextPart,
    ToolStatus,
    Usage,
    UserMessage,
)
from codex_tui.protocol.models import ModelInfo
from codex_tui.protocol.spending import Budget
from codex_tui.providers.scripted import Reply
from tests.support.engine import REF, Engine, call, says

PLACE = Place(session=SessionId("s"))
EDIT = json.dumps({"path": "a.txt", "edits": [{"old": "one\n", "new": "two\n"}]})
EVIL = "\x1b]0;title\x07\u202egpj\x9b2J"


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a.txt").write_text("one\n", encoding="utf-8")
    return folder


async def run(root, replies, *, mode=ApprovalMode.SUGGEST, printer=None, **options):
    """Run one turn as `codex-tui exec` does; returns the exit code and the engine."""
    engine = Engine(root, replies, interactive=False, **options)

    def start() -> None:
        engine.session.start(mode)
        engine.session.select_model(REF)

    printer = printer or TextPrinter(io.StringIO(), io.StringIO())
    code = await headless.run(engine.session, engine.bus, start, UserMessage(text="do it"), printer)
    return code, engine


def texts(*events) -> tuple[str, str]:
    """What the text printer writes of `events`, to standard output and to standard error."""
    out, err = io.StringIO(), io.StringIO()
    printer = TextPrinter(out, err)
    for event in events:
        printer.show(event)
    return out.getvalue(), err.getvalue()


def said(text: str) -> TextDelta:
    return TextDelta(place=PLACE, part=0, text=text)


def step_finished() -> StepFinished:
    return StepFinished(
        place=PLACE,
        model="fake/model",
        stop=StopReason.END,
        usage=None,
        duration_ms=1,
        first_token_ms=None,
    )


# -- text ----------------------------------------------------------------------------------------


async def test_words_go_to_standard_output_and_the_work_to_standard_error(root):
    out, err = io.StringIO(), io.StringIO()
    code, _ = await run(
        root,
        [Reply(parts=(TextPart(text="Changing."), call("edit_file", EDIT))), says("Changed.")],
        mode=ApprovalMode.AUTO_EDIT,
        printer=TextPrinter(out, err),
    )
    assert code == 0
    assert out.getvalue() == "Changing.\nChanged.\n"
    assert "edit_file a.txt" in err.getvalue()
    assert "modify a.txt +1 -1" in err.getvalue()
    assert (root / "a.txt").read_text(encoding="utf-8") == "two\n"


async def test_a_plan_is_one_line_and_an_event(root):
    steps = [
        {"step": "look", "status": "completed"},
        {"step": "rename\x1b[2J", "status": "pending"},
    ]
    replies = [Reply(parts=(call("update_plan", json.dumps({"plan": steps})),)), says("Done.")]
    out, err = io.StringIO(), io.StringIO()
    assert (await run(root, list(replies), printer=TextPrinter(out, err)))[0] == 0
    assert err.getvalue() == "update_plan rename␛[2J — 1 of 2 done\n"
    out = io.StringIO()
    await run(root, list(replies), printer=JsonPrinter(out))
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    (plan,) = [each["steps"] for each in events if each["type"] == "plan_updated"]
    assert plan == [{"text": each["step"], "status": each["status"]} for each in steps]


async def test_what_a_model_waits_for_goes_to_standard_error_and_is_an_event(root):
    out, err, lines = io.StringIO(), io.StringIO(), io.StringIO()
    replies = [says("Done.", waiting=(f"starting the model {EVIL}", ""))]
    await run(root, replies, printer=TextPrinter(out, err))
    assert out.getvalue() == "Done.\n"
    assert err.getvalue().startswith("starting the model ")
    assert not set(EVIL[:1] + "\x9b\u202e") & set(err.getvalue())
    assert "\n\n" not in err.getvalue()
    await run(root, replies, printer=JsonPrinter(lines))
    events = [json.loads(line) for line in lines.getvalue().splitlines()]
    waits = [event["text"] for event in events if event["type"] == "model_waiting"]
    assert waits == [f"starting the model {EVIL}", ""]


def test_deltas_join_and_each_step_ends_its_line():
    out, err = texts(said("one "), said("two"), step_finished(), said("three\n"), step_finished())
    assert out == "one two\nthree\n"
    assert err == ""


def test_a_note_does_not_break_a_steps_words():
    note = NoticeShown(place=PLACE, level="info", text="note")
    assert texts(said("word"), note, said("next"), step_finished()) == ("wordnext\n", "note\n")


def test_an_attempt_that_failed_leaves_no_words_behind():
    retry = RetryScheduled(
        place=PLACE, attempt=2, of=6, delay_s=2.0, reason="The server is overloaded."
    )
    out, err = texts(said("half an ans"), retry, said("a whole answer"), step_finished())
    assert out == "a whole answer\n"
    assert err == "The server is overloaded. Trying again in 2 s (attempt 2 of 6).\n"


def test_the_words_of_a_turn_that_failed_are_written():
    failed = TurnFinished(place=PLACE, outcome="failed", message="The connection broke.")
    assert texts(said("half"), failed) == ("half\n", "failed: The connection broke.\n")


def test_characters_split_between_deltas_are_judged_whole():
    out, _ = texts(said("a\r"), said("\nb 👩\u200d"), said("👧"), step_finished())
    assert out == "a\nb 👩\u200d👧\n"


def test_thinking_is_not_printed():
    assert texts(ThinkingDelta(place=PLACE, part=0, text="hm")) == ("", "")


def test_a_command_is_named_with_its_result_and_how_long_it_took():
    ready = ToolCallReady(place=PLACE, call_id="1", name="shell", title="make test", arguments="{}")
    output = CommandOutputDelta(place=PLACE, call_id="1", text="words\n")
    finished = ToolCallFinished(
        place=PLACE,
        call_id="1",
        name="shell",
        status=ToolStatus.ERROR,
        summary="exit 2",
        output="exit 2\nwords",
        duration_ms=3_200,
    )
    assert texts(ready, output, finished) == ("", "shell make test — exit 2 (3 s)\n")


def test_a_call_is_one_line_with_its_title_and_summary():
    ready = ToolCallReady(place=PLACE, call_id="1", name="search", title='"x" in .', arguments="{}")
    finished = ToolCallFinished(
        place=PLACE,
        call_id="1",
        name="search",
        status=ToolStatus.OK,
        summary="2 matches",
        output="…",
        duration_ms=3,
    )
    assert texts(ready, finished) == ("", 'search "x" in . — 2 matches\n')


def test_what_the_reader_should_know_goes_to_standard_error():
    model = ModelInfo(ref=REF)
    retry = RetryScheduled(place=PLACE, attempt=2, of=4, delay_s=2.0, reason="Overloaded.")
    failed = TurnFinished(place=PLACE, outcome="failed", message="No.", hint="Try that.")
    warned = ModelSelected(place=PLACE, model=model, effort=None, warnings=("Left behind.",))
    assert texts(retry, warned, failed) == (
        "",
        "Overloaded. Trying again in 2 s (attempt 2 of 4).\nLeft behind.\nfailed: No.\nTry that.\n",
    )
    assert texts(TurnFinished(place=PLACE, outcome="done", text="yes")) == ("", "")


def test_hostile_words_leave_neither_stream_as_control_characters():
    change = AppliedChange(
        path=EVIL,
        kind=ChangeKind.ADD,
        added=1,
        removed=0,
        hunks_applied=1,
        hunks_proposed=1,
        after_hash="",
    )
    out, err = texts(
        said(EVIL),
        NoticeShown(place=PLACE, level="warning", text=EVIL),
        ToolCallReady(place=PLACE, call_id="1", name=EVIL, title=EVIL, arguments=EVIL),
        ToolCallFinished(
            place=PLACE,
            call_id="1",
            name=EVIL,
            status=ToolStatus.ERROR,
            summary=EVIL,
            output=EVIL,
            duration_ms=1,
        ),
        ChangesApplied(place=PLACE, call_id="1", changes=(change,)),
        TurnFinished(place=PLACE, outcome="failed", message=EVIL, hint=EVIL),
    )
    assert not set(out + err) & set("\x1b\x07\x9b\u202e")
    assert "gpj" in out
    assert "gpj" in err


# -- JSON ----------------------------------------------------------------------------------------


async def test_json_is_every_event_one_a_line_in_order(root):
    out = io.StringIO()
    code, engine = await run(
        root,
        [Reply(parts=(call("read_file", '{"path": "a.txt"}'),)), says("Grüße \u2028 \x1b[m")],
        printer=JsonPrinter(out),
    )
    assert code == 0
    lines = out.getvalue().split("\n")
    assert lines.pop() == ""
    assert out.getvalue().isascii()
    events = [json.loads(line) for line in lines]
    assert [each["type"] for each in events if each["type"] != "text_delta"] == [
        event.type for event in engine.take() if event.type != "text_delta"
    ]
    words = "".join(each["text"] for each in events if each["type"] == "text_delta")
    assert words == "Grüße \u2028 \x1b[m"
    assert events[-1]["outcome"] == "done"
    assert {each["place"]["session"] for each in events} == {engine.place.session}


# -- exit codes ----------------------------------------------------------------------------------


async def test_a_change_nobody_could_approve_is_refused_and_the_code_says_so(root):
    code, engine = await run(root, [Reply(parts=(call("edit_file", EDIT),)), says("Sorry.")])
    assert code == 1
    assert (root / "a.txt").read_text(encoding="utf-8") == "one\n"
    assert [each.outcome for each in engine.take() if isinstance(each, TurnFinished)] == ["done"]


async def test_reading_alone_needs_nobody(root):
    code, _ = await run(
        root, [Reply(parts=(call("read_file", '{"path": "a.txt"}'),)), says("Read.")]
    )
    assert code == 0


async def test_a_failed_turn_is_code_1_and_says_why(root):
    err = io.StringIO()
    error = ProviderError(
        "No such key.", kind=ProviderErrorKind.AUTHENTICATION, provider="fake", hint="Set one."
    )
    code, _ = await run(root, [Reply(error=error)], printer=TextPrinter(io.StringIO(), err))
    assert code == 1
    assert "failed: No such key.\nSet one.\n" in err.getvalue()


async def test_a_turn_that_is_stopped_is_code_1(root):
    replies = [Reply(parts=(call("list_files", "{}", number),)) for number in range(3)]
    code, _ = await run(root, replies, max_steps=1)
    assert code == 1


async def test_a_budget_that_is_used_up_is_code_1_and_says_so(root):
    out, err = io.StringIO(), io.StringIO()
    used = Usage(input_tokens=10, cost_usd=0.5)
    replies = [Reply(parts=(call("read_file", '{"path": "a.txt"}'),), usage=used), says("No.")]
    budget = Budget(usd=0.25)
    code, engine = await run(root, replies, budget=budget, printer=TextPrinter(out, err))
    assert code == 1
    assert len(engine.sent) == 1
    assert err.getvalue().splitlines()[-2:] == [
        "Stopped: the budget is used up, $0.50 of $0.25.",
        "Go on with a higher cap: --budget-usd, --budget-tokens.",
    ]


async def test_json_has_times_tokens_and_cost_of_each_step_and_of_the_turn(root):
    out = io.StringIO()
    used = Usage(input_tokens=10, output_tokens=5, cost_usd=0.5)
    await run(root, [says("Well.", usage=used)], budget=Budget(usd=9), printer=JsonPrinter(out))
    events = {each["type"]: each for each in map(json.loads, out.getvalue().splitlines())}
    step = events["step_finished"]
    assert {"duration_ms", "first_token_ms", "tokens_per_s"} <= step.keys()
    assert (step["cost_usd"], step["usage"]["output_tokens"]) == (0.5, 5)
    assert events["turn_finished"]["cost"] == {"usd": 0.5, "calls": 1, "missing": 0, "late": 0}
    assert events["budget_changed"]["budget"] == {"usd": 9, "tokens": None}
    assert events["context_estimated"]["tokens"] > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_interrupts_the_turn_and_the_code_is_130(root, number):
    async def struck() -> None:
        os.kill(os.getpid(), number)
        await asyncio.Event().wait()

    code, engine = await run(root, [says("never said")], pause=struck)
    assert code == 130
    assert not engine.session.busy
    ends = [each.outcome for each in engine.take() if isinstance(each, TurnFinished)]
    assert ends == ["interrupted"]


async def test_without_a_model_nothing_runs(root):
    engine = Engine(root, [says("never said")], interactive=False)
    with pytest.raises(ConfigError, match="No model is chosen"):
        await headless.run(
            engine.session,
            engine.bus,
            lambda: engine.session.start(ApprovalMode.SUGGEST),
            UserMessage(text="do it"),
            TextPrinter(io.StringIO(), io.StringIO()),
        )
    assert engine.sent == []


class ClosedPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


async def test_a_reader_who_left_ends_the_turn(root):
    with pytest.raises(BrokenPipeError):
        await run(root, [says("words")], printer=TextPrinter(ClosedPipe(), io.StringIO()))


async def test_a_compaction_is_noted_and_the_answer_alone_is_the_output(root):
    overflow = ProviderError("Too long.", kind=ProviderErrorKind.CONTEXT_WINDOW, provider="fake")
    story = AssistantMessage(
        parts=(TextPart(text="It is long. " * 400),),
        origin=Origin(api="scripted", provider="fake", base_url="", model="model"),
        stop=StopReason.END,
    )
    past = Past(messages=(UserMessage(text="one"), story))
    replies = [Reply(error=overflow), says("A story was told."), says("Well.")]
    out, err = io.StringIO(), io.StringIO()
    code, engine = await run(root, replies, printer=TextPrinter(out, err), past=past)
    assert code == 0
    assert out.getvalue() == "Well.\n"
    assert "Conversation compacted: " in err.getvalue()
    assert "It is long" not in str(engine.sent[-1].messages)
