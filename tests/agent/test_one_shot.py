"""Models without tools through the engine: one file in, one action out, and the same review."""

from __future__ import annotations

import asyncio
import json

import pytest

from codex_tui.agent.resume import past_of
from codex_tui.protocol.approvals import (
    AcceptHunk,
    ApprovalMode,
    EditDecision,
    FileDecision,
    Refuse,
    RejectHunk,
)
from codex_tui.protocol.events import (
    ApprovalRequested,
    ModelSelected,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    TurnFinished,
)
from codex_tui.protocol.messages import (
    AssistantMessage,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)
from codex_tui.providers.scripted import Reply
from tests.agent.one_shot_support import NO_TOOLS, SHOP, answer, asked, started
from tests.support.engine import ENDPOINT, REF, Engine, last_turn, notices


@pytest.fixture
def root(root):
    (root / "shop.py").write_text(SHOP, encoding="utf-8")
    return root


RENAME = {"edit": "shop.py", "old": "foo", "new": "bar"}


async def decided(engine: Engine, words: str, decide) -> TurnFinished:
    """Submit words and answer the one request for approval."""
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit(words))
        asked = await engine.until(ApprovalRequested)
        engine.session.decide(asked.request.id, decide(asked.request))
    return last_turn(engine)


def accept_all(request) -> EditDecision:
    return by_hunk(request, lambda _: AcceptHunk())


def by_hunk(request, choose) -> EditDecision:
    return EditDecision(
        files=tuple(
            FileDecision(
                path=change.path,
                hunks=tuple((hunk.id, choose(at)) for at, hunk in enumerate(change.hunks)),
            )
            for change in request.subject.changes
        )
    )


def actions(engine: Engine) -> set[str]:
    """The first words of the actions the last request allows."""
    schema = engine.sent[-1].output_schema["properties"]["answer"]
    return {next(iter(form["properties"])) for form in schema.get("anyOf", [schema])}


async def test_new_file_is_reviewed_and_written(root):
    engine = started(root, {"write": "hello.py", "content": "print('hi')\n"})
    end = await decided(engine, "Create hello.py that says hi.", accept_all)
    assert (root / "hello.py").read_text(encoding="utf-8") == "print('hi')\n"
    assert end.outcome == "done"
    assert len(engine.sent) == 1, "the turn ends after the one change"
    assert engine.sent[0].tools == ()
    assert actions(engine) == {"write", "reply"}
    write = engine.sent[0].output_schema["properties"]["answer"]["anyOf"][0]
    assert write["properties"]["write"] == {"type": "string", "enum": ["hello.py"]}


async def test_rename_is_two_hunks_of_which_one_is_accepted(root):
    engine = started(root, RENAME)
    end = await decided(
        engine,
        "Rename foo to bar in @shop.py",
        lambda request: by_hunk(request, lambda at: AcceptHunk() if at == 0 else RejectHunk()),
    )
    assert (root / "shop.py").read_text(encoding="utf-8") == SHOP.replace("def foo", "def bar")
    assert end.outcome == "done"
    (result,) = [event for event in engine.seen if isinstance(event, ToolCallFinished)]
    assert (result.name, result.summary) == ("edit_file", "applied 1 of 2 hunks")
    assert actions(engine) == {"edit", "reply"}
    assert asked(engine) == f"File shop.py:\n```\n{SHOP}```\n\nRename foo to bar in @shop.py"
    assert "shop.py goes along: 43 lines." in notices(engine)


async def test_question_is_answered_in_words(root):
    engine = started(root, {"reply": "It prints 1 – that is all."})
    await engine.session.submit("What does shop.py do?")
    end = last_turn(engine)
    grown = [event.text for event in engine.seen if isinstance(event, TextDelta)]
    assert "".join(grown) == end.text == "It prints 1 – that is all."
    assert actions(engine) == {"reply"}
    assert not any(isinstance(event, ToolCallStarted) for event in engine.seen)


async def test_refused_change_ends_the_turn_and_leaves_the_file(root):
    engine = started(root, RENAME)
    end = await decided(engine, "Rename foo in shop.py", lambda _: Refuse(reason="not so"))
    assert end.outcome == "done"
    assert len(engine.sent) == 1
    assert (root / "shop.py").read_text(encoding="utf-8") == SHOP
    (result,) = [each for each in engine.session.messages if isinstance(each, ToolResultMessage)]
    assert "not so" in result.content


async def test_change_that_does_not_fit_stops_the_turn(root):
    engine = started(root, {"edit": "shop.py", "old": "no such text", "new": "x"})
    await engine.session.submit("Change shop.py")
    end = last_turn(engine)
    assert (end.outcome, end.message) == (
        "stopped",
        "The model's change could not be made; nothing was written.",
    )
    assert len(engine.sent) == 1


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (answer('{"answer": {"edit": "shop.py", "old"'), "none of the actions"),
        (answer("Sure, here you are!"), "none of the actions"),
        (answer({"delete": "shop.py"}), "none of the actions"),
        (answer('{"answer": ' * 5_000), "repeated itself without end and was stopped"),
        (answer({"write": "a.py", "content": "a\n" * 900}), "repeated itself without end"),
        (answer({"reply": "And so on. " * 900}), "repeated itself without end"),
        (answer(""), "answered with nothing"),
        (answer({"reply": " "}), "answered with nothing"),
        (Reply(parts=(ThinkingPart(text="Hm."),)), "answered with nothing"),
        (answer('{"answer": {"write": "a', stop=StopReason.LENGTH), "cut at the model's output"),
    ],
)  # fmt: skip
async def test_answer_that_is_no_action_fails_the_turn_in_clear_words(root, reply, message):
    engine = started(root, reply, {"reply": "Again."})
    await engine.session.submit("Change shop.py")
    end = last_turn(engine)
    assert end.outcome == "failed"
    assert message in end.message
    assert "Nothing was changed." in end.hint
    assert (root / "shop.py").read_text(encoding="utf-8") == SHOP
    await engine.session.submit("And then?")
    assert last_turn(engine).text == "Again."


async def test_words_cut_at_the_limit_are_kept_and_said_to_be_cut(root):
    engine = started(root, answer('{"answer": {"reply": "It is a sh', stop=StopReason.LENGTH))
    await engine.session.submit("What is shop.py?")
    end = last_turn(engine)
    assert (end.outcome, end.text) == ("stopped", "It is a sh")
    assert "output limit" in end.message


@pytest.mark.parametrize(
    ("value", "kept"),
    [({"reply": "words " * 50}, TextPart), ({"write": "new.py", "content": "x" * 900}, ToolCall)],
)
async def test_interrupt_in_the_middle_leaves_a_conversation_that_goes_on(root, value, kept):
    held = asyncio.Event()
    pauses = 0

    async def pause() -> None:
        nonlocal pauses
        pauses += 1
        if pauses == 8:
            held.set()
            await asyncio.Event().wait()

    engine = started(root, value, {"reply": "Well."}, pause=pause)
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.session.submit("Make new.py"))
        await held.wait()
        engine.session.interrupt()
    assert last_turn(engine).outcome == "interrupted"
    (said,) = [each for each in engine.session.messages if isinstance(each, AssistantMessage)]
    assert isinstance(said.parts[0], kept)
    assert not (root / "new.py").exists()
    await engine.session.submit("Go on, what is it?")
    assert last_turn(engine).text == "Well."


async def test_later_words_go_to_the_file_of_before(root):
    engine = started(root, RENAME, {"edit": "shop.py", "old": "# 1\n", "new": ""})
    await decided(engine, "Rename foo in shop.py", accept_all)
    await decided(engine, "Now take out the second comment.", accept_all)
    text = SHOP.replace("foo", "bar")
    request = engine.sent[-1]
    before = [(each.type, each.text) for each in request.messages[:-1]]
    assert before == [
        ("user", "Rename foo in shop.py"),
        ("assistant", json.dumps({"answer": RENAME})),
    ]
    assert asked(engine) == (
        f"File shop.py:\n```\n{text}```\n\n(Done before: Changed shop.py as proposed.)\n\n"
        "Now take out the second comment."
    )
    assert actions(engine) == {"edit", "write", "reply"}
    assert (root / "shop.py").read_text(encoding="utf-8") == text.replace("# 1\n", "")


async def test_file_that_changed_meanwhile_is_read_anew_and_edited(root):
    engine = started(root, {"reply": "One."}, RENAME, mode=ApprovalMode.AUTO_EDIT)
    await engine.session.submit("What is in shop.py?")
    (root / "shop.py").write_text("foo = 1\n", encoding="utf-8")
    await engine.session.submit("Rename foo.")
    assert (root / "shop.py").read_text(encoding="utf-8") == "bar = 1\n"


async def test_file_that_is_only_mentioned_cannot_be_replaced_whole(root):
    whole = {"write": "shop.py", "content": "gone\n"}
    engine = started(root, {"reply": "One."}, whole, mode=ApprovalMode.AUTO_EDIT)
    await engine.session.submit("What is in shop.py?")
    await engine.session.submit("Now write something else.")
    assert last_turn(engine).outcome == "stopped"
    assert (root / "shop.py").read_text(encoding="utf-8") == SHOP


async def test_secrets_and_large_files_do_not_go_along_and_it_is_said(root):
    (root / ".env").write_text("KEY=1\n", encoding="utf-8")
    (root / "big.txt").write_text("x" * 200_001, encoding="utf-8")
    engine = started(root, {"reply": "Well."})
    await engine.session.submit("Change @.env and big.txt")
    assert notices(engine) == [
        "Not attached: .env looks like it lies among secrets.",
        "Not attached: big.txt is too large: 200,001 characters.",
    ]
    assert "KEY" not in repr(engine.sent)


async def test_a_path_that_cannot_go_along_is_said_to_even_without_a_texts_ending(root):
    (root / "data").mkdir()
    for name in ("a.bin", "data/raw", "run"):
        (root / name).write_bytes(b"\0\1")
    (root / ".env").write_text("KEY=1\n", encoding="utf-8")
    engine = started(root, {"reply": "Well."})
    await engine.session.submit("Run a.bin on data/raw with .env, and run it/not.")
    assert notices(engine) == [
        "Not attached: a.bin is binary (a NUL byte at offset 0), not text.",
        "Not attached: data/raw is binary (a NUL byte at offset 0), not text.",
        "Not attached: .env looks like it lies among secrets.",
    ]


async def test_keys_of_the_user_do_not_go_along(root):
    (root / "shop.py").write_text("KEY = 'sk-live-0123456789abcdef'\n", encoding="utf-8")
    engine = started(root, {"reply": "Well."}, keys=["sk-live-0123456789abcdef"])
    await engine.session.submit("Change shop.py")
    assert "KEY = " in asked(engine)
    assert "sk-live-0123456789abcdef" not in repr((engine.sent, engine.session.messages))


async def test_model_with_tools_reads_the_files_and_calls_of_before(root):
    engine = started(root, RENAME, "Done.", mode=ApprovalMode.AUTO_EDIT)
    await engine.session.submit("Rename foo in shop.py")
    engine.session.models._providers._endpoints[REF.provider] = ENDPOINT
    engine.session.select_model(REF)
    await engine.session.submit("Thanks.")
    request = engine.sent[-1]
    spoken = [each.text for each in request.messages if isinstance(each, UserMessage)]
    assert spoken == [f"File shop.py:\n```\n{SHOP}```\n\nRename foo in shop.py", "Thanks."]
    (call,) = [c for m in request.messages if isinstance(m, AssistantMessage) for c in m.tool_calls]
    assert (call.name, call.complete) == ("edit_file", True)
    assert request.output_schema is None
    assert request.tools


async def test_choosing_it_in_a_long_conversation_says_what_it_is_told(root):
    engine = started(root, "One.", "Two.", endpoint=ENDPOINT)
    await engine.session.submit("One?")
    await engine.session.submit("Two?")
    engine.session.models._providers._endpoints[REF.provider] = NO_TOOLS
    engine.session.select_model(REF)
    engine.take()
    chosen = [event for event in engine.seen if isinstance(event, ModelSelected)]
    assert [len(event.warnings) for event in chosen] == [0, 1]
    assert "makes no tool calls" in chosen[-1].warnings[0]


async def test_session_keeps_the_files_that_went_along(root):
    engine = started(root, {"reply": "Well."})
    await engine.session.submit("What is shop.py?")
    await engine.session.close()
    past = past_of(each.record for each in engine.store.load(engine.place.session).records)
    assert past.messages == engine.session.messages
    (words,) = [each for each in past.messages if isinstance(each, UserMessage)]
    assert [(file.path, file.text) for file in words.files] == [("shop.py", SHOP)]


async def test_real_call_of_a_model_that_makes_one_after_all_is_run(root):
    call = ToolCall(id="c1", name="read_file", arguments='{"path": "shop.py"}')
    engine = started(root, Reply(parts=(ThinkingPart(text="Hm."), call)))
    await engine.session.submit("Look at it.")
    (result,) = [each for each in engine.session.messages if isinstance(each, ToolResultMessage)]
    assert (result.name, result.status) == ("read_file", ToolStatus.OK)
    assert len(engine.sent) == 1
