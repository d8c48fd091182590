"""The last turn again, and both answers kept: in memory, on the disk, after every way of ending."""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_tui.agent.branches.pasts import past_of_session
from codex_tui.agent.history import History
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import (
    CompactionError,
    ConfigError,
    ProviderError,
    ProviderErrorKind,
)
from codex_tui.protocol.events import BranchSelected, TurnFinished, UsageRestored
from codex_tui.protocol.ids import MAIN_BRANCH
from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    Usage,
    UserMessage,
)
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.base import Endpoint, ModelRequest
from codex_tui.providers.scripted import Reply, ScriptedProvider, in_order
from codex_tui.sessions.records import MessageAdded
from codex_tui.sessions.store import SessionStore
from tests.providers.contract.renderers import RENDERERS
from tests.providers.contract.support import request_of
from tests.support.engine import (
    ENDPOINT,
    REF,
    Engine,
    FakeRegistry,
    call,
    notices,
    says,
)
from tests.support.pictures import image

OTHER = ModelRef("other", "model")
EDIT = json.dumps({"path": "a.txt", "edits": [{"old": "one\n", "new": "two\n"}]})


def fails() -> Reply:
    error = ProviderError("No.", kind=ProviderErrorKind.BILLING, provider="fake")
    return Reply(parts=(), error=error)


def edits(number: int = 1) -> Reply:
    return Reply(parts=(call("edit_file", EDIT, number),))


@pytest.fixture
def root(root: Path) -> Path:
    (root / "a.txt").write_text("one\n", encoding="utf-8")
    return root


def started(root: Path, script: Any, **fields: Any) -> Engine:
    engine = Engine(root, script, **fields)
    engine.session.start(ApprovalMode.AUTO_EDIT)
    engine.session.select_model(REF)
    return engine


def reopened(engine: Engine, script: Any = ()) -> Engine:
    """The next start of the program, on what is on the disk."""
    file = engine.store.open(engine.place.session)
    past = past_of_session(file.past.records)
    return started(engine.root, script, file=file, past=past)


def told(engine: Engine) -> list[str]:
    """The conversation, without the facts about the surroundings."""
    return [
        message.text
        for message in engine.session.messages
        if isinstance(message, UserMessage | AssistantMessage)
    ]


def rows(engine: Engine) -> list[tuple[int, int, str, str, str | None, bool]]:
    return [
        (each.number, each.turns, each.model, each.words, each.outcome, each.current)
        for each in engine.session.branching.summaries()
    ]


# -- what a retry does ---------------------------------------------------------------------------


async def test_the_last_turn_is_run_again_and_both_answers_are_kept(root):
    engine = started(root, [says("A."), says("B."), says("C.")])
    await engine.session.submit("first")
    await engine.session.submit("second")
    await engine.session.retry()
    assert told(engine) == ["first", "A.", "second", "C."]
    assert rows(engine) == [
        (1, 2, "fake/model", "second", "done", False),
        (2, 2, "fake/model", "second", "done", True),
    ]
    assert notices(engine) == [
        "Branch 2: the last turn again, with fake/model. /branches lists them, /branches 1 goes"
        " back."
    ]
    await engine.session.choose_branch(1)
    assert told(engine) == ["first", "A.", "second", "B."]
    selected = [each for each in engine.take() if isinstance(each, BranchSelected)]
    assert [(each.number, each.opened) for each in selected] == [(1, False)]


async def test_the_model_is_asked_exactly_what_it_was_asked_before(root):
    engine = started(root, [says("A."), says("B."), says("C.")])
    await engine.session.submit("first")
    await engine.session.submit("second")
    await engine.session.retry()
    again, before = engine.sent[2], engine.sent[1]
    assert again.messages == before.messages


async def test_another_model_answers_and_stays_chosen(root):
    async def no_pause() -> None:
        return None

    other = ScriptedProvider(
        Endpoint(name="other", api="scripted", base_url="", needs_key=False),
        in_order([says("B.")]),
        no_pause,
    )
    first = ScriptedProvider(ENDPOINT, in_order([says("A.")]), no_pause)
    engine = started(root, [], providers=FakeRegistry([first, other]))
    await engine.session.submit("go", (image("a.png"),))
    await engine.session.retry(OTHER)
    assert told(engine) == ["go", "B."]
    assert engine.session.model.ref == OTHER
    assert [row[2] for row in rows(engine)] == ["fake/model", "other/model"]
    assert [each.answer for each in engine.session.branching.summaries()] == ["A.", "B."]
    (words,) = [each for each in other.requests[0].messages if isinstance(each, UserMessage)]
    assert words.images == (image("a.png"),)


@pytest.mark.parametrize("script", [[fails(), says("B.")], [says("A."), fails(), says("B.")]])
async def test_a_turn_that_failed_is_run_again(root, script):
    engine = started(root, script)
    for _ in script[:-1]:
        await engine.session.submit("go")
    await engine.session.retry()
    assert told(engine)[-2:] == ["go", "B."]
    assert rows(engine)[0][4] == "failed"
    assert notices(engine)[0].startswith("Branch 2")


async def test_a_turn_that_was_interrupted_is_run_again(root):
    gate = asyncio.Event()
    engine = started(root, [says("A long answer."), says("B.")], pause=gate.wait)
    running = asyncio.ensure_future(engine.session.submit("go"))
    while not engine.sent:
        await engine.events.wait()
        engine.take()
    engine.session.interrupt()
    await running
    gate.set()
    await engine.session.retry()
    assert told(engine) == ["go", "B."]
    assert [row[4] for row in rows(engine)] == ["interrupted", "done"]


async def test_a_retry_of_a_retry_parts_at_the_same_turn(root):
    engine = started(root, [says(letter) for letter in "ABCD"])
    await engine.session.submit("first")
    await engine.session.submit("second")
    await engine.session.retry()
    await engine.session.retry()
    assert told(engine) == ["first", "A", "second", "D"]
    assert [row[1] for row in rows(engine)] == [2, 2, 2]


async def test_a_branch_goes_on_by_itself(root):
    engine = started(root, [says(letter) for letter in "ABCDE"])
    for words in ("first", "second"):
        await engine.session.submit(words)
    await engine.session.retry()
    await engine.session.submit("third")
    await engine.session.choose_branch(1)
    await engine.session.submit("other third")
    assert told(engine) == ["first", "A", "second", "B", "other third", "E"]
    await engine.session.choose_branch(2)
    assert told(engine) == ["first", "A", "second", "C", "third", "D"]
    assert [row[1] for row in rows(engine)] == [3, 3]


# -- files ---------------------------------------------------------------------------------------


async def test_files_stay_and_both_user_and_model_are_told(root):
    engine = started(root, [edits(), says("Done."), says("Again."), says("More.")])
    await engine.session.submit("change it")
    await engine.session.retry()
    assert (root / "a.txt").read_text(encoding="utf-8") == "two\n"
    assert "The files this turn changed stay as they are: a.txt." in notices(engine)
    aside = engine.sent[2].messages[-2]
    assert isinstance(aside, NoticeMessage)
    assert "The files it changed stay as they are: a.txt." in aside.text
    assert aside.text not in [
        each.text for each in engine.sent[1].messages if hasattr(each, "text")
    ]
    await engine.session.submit("more")
    assert [aside, *engine.sent[3].messages].count(aside) == 2


async def test_going_back_tells_of_the_files_of_the_other_branch(root):
    engine = started(root, [says("A."), edits(), says("Done."), says("B.")])
    await engine.session.submit("change it")
    await engine.session.retry()
    await engine.session.choose_branch(1)
    assert "Files that other branches changed stay as they are: a.txt." in notices(engine)
    await engine.session.submit("and now")
    assert "another line of this conversation" in engine.sent[-1].messages[-2].text


async def test_a_call_of_the_same_id_on_two_branches_keeps_its_own_result(root):
    engine = started(root, [edits(), says("Done."), edits(), says("Done.")])
    await engine.session.submit("change it")
    await engine.session.retry()
    await engine.session.close()
    again = reopened(engine)
    assert again.session.past.calls["call_1"].changes == ()
    await again.session.choose_branch(1)
    assert again.session.past.calls["call_1"].changes != ()


# -- refusals ------------------------------------------------------------------------------------


async def test_what_cannot_be_done_is_refused_in_words(root):
    engine = started(root, [says("A.")])
    with pytest.raises(ConfigError, match="no turn to run again"):
        await engine.session.retry()
    with pytest.raises(ConfigError, match="no branch 2"):
        await engine.session.choose_branch(2)
    await engine.session.submit("go")
    with pytest.raises(ConfigError, match="no provider 'nobody'"):
        await engine.session.retry(ModelRef("nobody", "x"))
    assert told(engine) == ["go", "A."]
    assert len(rows(engine)) == 1
    await engine.session.choose_branch(1)
    assert notices(engine) == ["Branch 1 is the one on the screen."]


async def test_while_a_turn_runs_nothing_changes(root):
    gate = asyncio.Event()
    engine = started(root, [says("A long answer.")], pause=gate.wait)
    running = asyncio.ensure_future(engine.session.submit("go"))
    while not engine.sent:
        await engine.events.wait()
        engine.take()
    with pytest.raises(ConfigError, match="A turn is running"):
        await engine.session.retry()
    with pytest.raises(ConfigError, match="A turn is running"):
        await engine.session.choose_branch(1)
    gate.set()
    await running
    assert told(engine) == ["go", "A long answer."]


async def test_what_waited_is_run_behind_the_retry(root):
    engine = started(root, [fails(), says("B."), says("C.")])
    await engine.session.submit("go")
    engine.session.queue("next")
    await engine.session.retry()
    assert told(engine) == ["go", "B.", "next", "C."]


@pytest.mark.parametrize("moments", range(6))
async def test_a_way_to_another_branch_that_is_stopped_leaves_one_of_the_two_whole(root, moments):
    engine = started(root, [says("A."), says("B.")])
    await engine.session.submit("go")
    await engine.session.retry()
    going = asyncio.ensure_future(engine.session.choose_branch(1))
    for _ in range(moments):
        await asyncio.sleep(0)
    engine.session.interrupt()
    await going
    here = next(row for row in rows(engine) if row[5])
    assert told(engine) == {1: ["go", "A."], 2: ["go", "B."]}[here[0]]
    assert not engine.session.busy


async def test_words_said_on_the_way_to_a_branch_are_said_there(root):
    engine = started(root, [says("A."), says("B."), says("C.")])
    await engine.session.submit("go")
    await engine.session.retry()
    going = asyncio.ensure_future(engine.session.choose_branch(1))
    await asyncio.sleep(0)
    assert engine.session.busy
    await engine.session.submit("more")
    await going
    assert told(engine) == ["go", "A.", "more", "C."]


async def test_words_that_waited_before_wait_on_another_branch_too(root):
    engine = started(root, [says("A."), fails()])
    await engine.session.submit("go")
    engine.session.queue("next")
    await engine.session.retry()
    await engine.session.choose_branch(1)
    assert told(engine) == ["go", "A."]
    assert engine.session.take_back().text == "next"


# -- on the disk ---------------------------------------------------------------------------------


async def test_the_branch_that_was_on_the_screen_is_gone_on_with(root):
    engine = started(root, [says("A."), says("B.")])
    await engine.session.submit("go")
    await engine.session.retry()
    await engine.session.close()
    again = reopened(engine, [says("C.")])
    assert told(again) == ["go", "B."]
    await again.session.choose_branch(1)
    await again.session.submit("more")
    await again.session.close()
    last = reopened(again)
    assert told(last) == ["go", "A.", "more", "C."]
    assert [row[:4] for row in rows(last)] == [
        (1, 2, "fake/model", "more"),
        (2, 1, "fake/model", "go"),
    ]
    await last.session.close()
    (listed,) = last.store.summaries()
    assert (listed.turns, listed.title, listed.outcome) == (2, "go", "done")
    assert last.store.preview(listed.session) == "C."


async def test_a_rename_from_outside_does_not_change_the_branch(root):
    engine = started(root, [says("A."), says("B.")])
    await engine.session.submit("go")
    await engine.session.retry()
    await engine.session.close()
    engine.store.rename(engine.place.session, "Mine")
    again = reopened(engine)
    assert (again.session.title, told(again)) == ("Mine", ["go", "B."])


async def test_money_spent_on_a_branch_that_was_left_stays_counted(root):
    used = Usage(input_tokens=100, output_tokens=10)
    engine = started(root, [says("A.", usage=used), says("B.", usage=used)])
    await engine.session.submit("go")
    await engine.session.retry()
    await engine.session.close()
    again = reopened(engine)
    again.take()
    (restored,) = [each for each in again.seen if isinstance(each, UsageRestored)]
    assert (restored.steps, restored.total.input_tokens) == (2, 200)


async def test_a_preview_is_of_the_branch_that_was_chosen(root):
    engine = started(root, [says("A."), says("B.")])
    await engine.session.submit("go")
    await engine.session.retry()
    await engine.session.choose_branch(1)
    await engine.session.close()
    assert engine.store.preview(engine.place.session) == "A."
    (listed,) = engine.store.summaries()
    assert listed.turns == 1


async def test_turns_are_counted_on_the_branch_of_the_list_alone(root):
    engine = started(root, [says(letter) for letter in "ABCDEF"])
    for words in ("one", "two", "three"):
        await engine.session.submit(words)
    await engine.session.retry()
    await engine.session.submit("four")
    await engine.session.close()
    (listed,) = engine.store.summaries()
    assert listed.turns == 4
    copy = engine.store.fork(engine.place.session, type(engine.place.session)("copy"))
    assert told(reopened(engine)) == ["one", "A", "two", "B", "three", "D", "four", "E"]
    assert past_of_session(copy.past.records).messages[-1].text == "E"
    copy.close()


async def a_branched_file(root: Path) -> tuple[Engine, Path]:
    """A conversation of three branches, with edits, a failure and a way back."""
    script = [edits(1), says("A."), fails(), edits(2), says("B."), says("C."), says("D.")]
    engine = started(root, script)
    await engine.session.submit("first")
    await engine.session.submit("second")
    await engine.session.retry()
    await engine.session.retry()
    await engine.session.choose_branch(2)
    await engine.session.submit("third")
    await engine.session.close()
    return engine, engine.store.path(engine.place.session)


def is_valid(engine: Engine) -> bool:
    """Every request from here on is one that the strict servers take."""
    messages = (*engine.session._conversation.history.view.messages, UserMessage(text="go on"))
    for renderer in RENDERERS:
        body = renderer.body(request_of(*messages, model=renderer.wire.model))
        if renderer.problems(body):
            return False
    return True


async def test_a_kill_between_any_two_records_leaves_a_conversation_that_goes_on(root):
    engine, path = await a_branched_file(root)
    lines = path.read_bytes().splitlines(keepends=True)
    assert any(b"branch_opened" in line for line in lines)
    for count in range(1, len(lines) + 1):
        for torn in (b"", lines[count][:40] if count < len(lines) else b""):
            path.write_bytes(b"".join(lines[:count]) + torn)
            again = reopened(engine, [says("Z.")])
            assert is_valid(again)
            await again.session.submit("go on")
            assert told(again)[-2:] == ["go on", "Z."]
            await again.session.close()


async def test_any_lost_line_leaves_a_conversation_that_goes_on(root):
    engine, path = await a_branched_file(root)
    lines = path.read_bytes().splitlines(keepends=True)
    for lost in range(len(lines)):
        path.write_bytes(b"".join([*lines[:lost], b"\x00\x00\n", *lines[lost + 1 :]]))
        again = reopened(engine, [says("Z."), says("Y.")])
        assert is_valid(again)
        for number in range(len(again.session.branching.summaries())):
            await again.session.choose_branch(number + 1)
            assert is_valid(again)
        await again.session.submit("go on")
        await again.session.retry()
        assert told(again)[-2:] == ["go on", "Y."]
        await again.session.close()


async def test_a_file_without_branches_is_one_branch(root):
    engine = started(root, [says("A.")])
    await engine.session.submit("go")
    await engine.session.close()
    past = past_of_session(engine.store.load(engine.place.session).records)
    assert past.branch == MAIN_BRANCH
    assert past_of_session(()).messages == ()


# -- any order of things -------------------------------------------------------------------------


def as_read(engine: Engine) -> tuple[object, ...]:
    """The conversation, what the model reads of it, and the compactions that make it so."""
    view = engine.session._conversation.history.view
    return engine.session.messages, view.messages, view.active, view.undone


STEPS = st.lists(
    st.one_of(
        st.sampled_from(
            ["say", "fail", "edit", "retry", "reload", "compact", "compact undo", "compact redo"]
        ),
        st.integers(min_value=1, max_value=4),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_any_order_of_turns_retries_branches_compactions_and_reloads_is_a_valid_conversation(
    steps: list[str | int],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "work"
        root.mkdir()
        (root / "a.txt").write_text("one\n", encoding="utf-8")
        asyncio.run(_walk(root, steps))


async def _compact(engine: Engine, step: str) -> None:
    compactor = engine.session.compactor
    with suppress(CompactionError):  # there may be nothing to go back to
        match step:
            case "compact undo":
                compactor.undo(engine.session.place)
            case "compact redo":
                compactor.redo(engine.session.place)
            case _:
                await engine.session.compact()


async def _walk(root: Path, steps: list[str | int]) -> None:
    wanted = ["say"]
    numbers = iter(range(1, 1_000))

    def script(request: ModelRequest) -> Reply:
        assert History(request.messages).open_calls == ()
        match wanted[0]:
            case "compact":
                return says(f"Summary {next(numbers)}.")
            case "fail":
                return fails()
            case "edit" if not isinstance(request.messages[-1], UserMessage):
                return says("Edited.")
            case "edit":
                return edits(1 + next(numbers) % 2)
            case _:
                return says(f"Answer {next(numbers)}. {'At length. ' * 300}")

    engine = started(root, script)
    for step in ("say", *steps):
        wanted[0] = step if isinstance(step, str) else "say"
        match step:
            case int():
                if step <= len(engine.session.branching.summaries()):
                    await engine.session.choose_branch(step)
            case "retry":
                before = told(engine)
                await engine.session.retry()
                assert told(engine)[0] == before[0]
            case "reload":
                before, branches = as_read(engine), rows(engine)
                await engine.session.close()
                engine = reopened(engine, script)
                assert as_read(engine) == before
                assert rows(engine) == branches
            case "compact" | "compact undo" | "compact redo":
                await _compact(engine, step)
            case _:
                await engine.session.submit(f"words {next(numbers)}")
        assert is_valid(engine)
        engine.take()
    await engine.session.close()
    stored = SessionStore(root.parent / "sessions").load(engine.place.session).records
    assert past_of_session(stored).messages == engine.session.messages
    said = [each for each in stored if isinstance(each.record, MessageAdded)]
    assert len(said) >= len(engine.session.messages)
    ends = [event for event in engine.seen if isinstance(event, TurnFinished)]
    assert all(each.outcome in {"done", "failed"} for each in ends)
