"""Compactions in the engine: made when asked and when it is time, edited, undone, and survived."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.agent.branches.pasts import past_of_session
from codex_tui.agent.compaction.limits import CompactionRules
from codex_tui.agent.tool_calls.changed_files import changed_files
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.changes import AppliedChange, ChangeKind
from codex_tui.protocol.compaction import ChangedFile, CompactionCause
from codex_tui.protocol.errors import (
    CompactionError,
    ConfigError,
    ProviderError,
    ProviderErrorKind,
)
from codex_tui.protocol.events import (
    CompactionAbandoned,
    CompactionChanged,
    CompactionStarted,
    ConversationCompacted,
    StepFinished,
    TextDelta,
    TurnFinished,
)
from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from codex_tui.protocol.spending import Budget
from codex_tui.providers.scripted import Reply
from tests.support.engine import REF, Engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from codex_tui.protocol.errors import CodexError
    from codex_tui.providers.base import ModelRequest

LONG = "Well, it is a long story. " * 200
SUMMARY = "## Goal\nRename foo."
NEVER = CompactionRules(automatic=False)


def says(text: str, *, tokens: int = 0, stop: StopReason | None = None) -> Reply:
    usage = Usage(input_tokens=tokens, output_tokens=10) if tokens else None
    return Reply(parts=(TextPart(text=text),), usage=usage, stop=stop)


def reads(path: str, number: int, *, tokens: int = 0) -> Reply:
    call = ToolCall(id=f"call_{number}", name="read_file", arguments=f'{{"path": "{path}"}}')
    usage = Usage(input_tokens=tokens, output_tokens=10) if tokens else None
    return Reply(parts=(ThinkingPart(text="Hm."), call), usage=usage)


def overflow() -> Reply:
    error = ProviderError(
        "The conversation is too long.", kind=ProviderErrorKind.CONTEXT_WINDOW, provider="fake"
    )
    return Reply(error=error)


def is_summary(request: ModelRequest) -> bool:
    last = request.messages[-1]
    return isinstance(last, UserMessage) and last.text.startswith("The conversation is about to be")


def spoken(request: ModelRequest) -> list[str]:
    return [each.text for each in request.messages if isinstance(each, UserMessage)]


@asynccontextmanager
async def engine_on(
    tmp_path: Path, *replies: Reply | Callable[[ModelRequest], Reply], **facts: Any
) -> AsyncIterator[Engine]:
    (tmp_path / "work").mkdir(exist_ok=True)
    following = iter(replies)

    def script(request: ModelRequest) -> Reply:
        reply = next(following, says("The script has ended."))
        return reply if isinstance(reply, Reply) else reply(request)

    engine = Engine(tmp_path / "work", script, **{"compaction": NEVER, **facts})
    engine.session.start(ApprovalMode.FULL_AUTO)
    engine.session.select_model(REF)
    yield engine
    await engine.session.close()


def events(engine: Engine, kind: type) -> list[Any]:
    engine.take()
    return [event for event in engine.seen if isinstance(event, kind)]


def only_short(request: ModelRequest) -> Reply:
    """A server whose window is 30,000 characters."""
    length = sum(len(getattr(each, "text", "")) for each in request.messages)
    return overflow() if length > 30_000 else says(SUMMARY if is_summary(request) else "Fine.")


@pytest.mark.parametrize("before", [[], ["Hello."]])
async def test_words_that_never_fit_do_not_stand_in_the_way_of_all_that_follow(
    tmp_path: Path, before: list[str]
) -> None:
    rules = CompactionRules(at=8_000)
    async with engine_on(tmp_path, *[only_short] * 20, compaction=rules) as engine:
        for words in (*before, "x" * 1_000_000, "Never mind.", "Go on."):
            await engine.session.submit(words)
        outcomes = [each.outcome for each in events(engine, TurnFinished)]
        assert outcomes == ["done"] * len(before) + ["failed", "done", "done"]
        *_, cut, last, newest = spoken(engine.sent[-1])
        assert (last, newest) == ("Never mind.", "Go on.")
        assert "more characters are left out here" in cut


async def test_a_second_overflow_does_not_lose_the_first_summary(tmp_path: Path) -> None:
    unpaid = ProviderError("Unpaid.", kind=ProviderErrorKind.BILLING, provider="fake")
    first = (says(LONG), Reply(error=unpaid), overflow(), says(SUMMARY), overflow())
    again = (overflow(), says("Both."), says("On it."))
    async with engine_on(tmp_path, *first, *again, compaction=CompactionRules()) as engine:
        second = "second " * 400
        for words in ("first", second, "third", "fourth"):
            await engine.session.submit(words)
        first_asked, then_asked = (each for each in engine.sent if is_summary(each))
        assert spoken(first_asked)[:-1] == ["first"]
        assert [words[:6] for words in spoken(then_asked)[:-1]] == ["first", "second"]
        assert any(isinstance(m, NoticeMessage) and SUMMARY in m.text for m in then_asked.messages)
        assert spoken(engine.sent[-1])[-2:] == ["third", "fourth"]


async def test_a_summary_that_uses_the_budget_up_is_the_last_call(tmp_path: Path) -> None:
    replies = (says(LONG, tokens=8_500), says(SUMMARY, tokens=8_600), says("Too much."))
    rules, budget = CompactionRules(at=8_000), Budget(tokens=9_000)
    async with engine_on(
        tmp_path, *replies, compaction=rules, budget=budget, interactive=False
    ) as engine:
        await engine.session.submit("go")
        await engine.session.submit("go on")
        assert [is_summary(each) for each in engine.sent] == [False, True]
        assert engine.session.compactor.active is not None
        end = events(engine, TurnFinished)[-1]
        assert (end.outcome, "of 9,000 tokens" in end.message) == ("stopped", True)


async def test_next_request_has_the_users_words_and_the_summary(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.txt").write_text("x\n" * 3_000, encoding="utf-8")
    replies = (says(LONG), reads("a.txt", 1), says(LONG), says(SUMMARY), says("On it."))
    async with engine_on(tmp_path, *replies) as engine:
        await engine.session.submit("rename foo  \nto bar")
        await engine.session.submit("look at a.txt")
        before = engine.sent[-1]
        await engine.session.compact("the names")
        asked = engine.sent[-1]
        await engine.session.submit("go on")
        after = engine.sent[-1]

    assert is_summary(asked)
    assert asked.messages[: len(before.messages)] == before.messages, "the cache knows it"
    assert (asked.system, asked.tools, asked.effort) == (
        before.system,
        before.tools,
        before.effort,
    )
    assert asked.messages[-1].text.endswith("The user wants this kept above all: the names")
    assert spoken(after) == ["rename foo  \nto bar", "look at a.txt", "go on"]
    assert not any(isinstance(each, ToolResultMessage) for each in after.messages)
    [*_, notice, _] = after.messages
    assert isinstance(notice, NoticeMessage)
    assert notice.text.endswith(f"Summary:\n{SUMMARY}")
    [made] = events(engine, ConversationCompacted)
    assert made.compaction.summary == SUMMARY
    assert made.compaction.model == "fake/model"
    assert 0 < made.compaction.after_tokens < made.compaction.before_tokens
    assert spoken(before) == ["rename foo  \nto bar", "look at a.txt"]
    assert len(engine.session.messages) > 6, "nothing is gone from the conversation itself"


async def test_a_low_limit_takes_nothing_of_the_users_words(tmp_path: Path) -> None:
    rules = CompactionRules(at=50)
    async with engine_on(
        tmp_path, says(LONG), says(SUMMARY), says("Yes."), compaction=rules
    ) as engine:
        await engine.session.submit("remember this: " + "word " * 200)
        await engine.session.submit("Do you?")
    assert spoken(engine.sent[-1])[0] == "remember this: " + "word " * 200


async def test_summary_call_is_counted_and_its_words_are_not_shown(tmp_path: Path) -> None:
    async with engine_on(tmp_path, says(LONG), says(SUMMARY, tokens=900)) as engine:
        await engine.session.submit("tell me")
        engine.take()
        await engine.session.compact()
        new = engine.take()
    assert not any(isinstance(event, TextDelta) for event in new)
    [step] = [event for event in new if isinstance(event, StepFinished)]
    assert step.usage == Usage(input_tokens=900, output_tokens=10)
    assert SUMMARY not in str(engine.session.messages)


async def test_short_last_turn_stays_word_for_word(tmp_path: Path) -> None:
    async with engine_on(
        tmp_path,
        says(LONG),
        says("Yes."),
        says(SUMMARY),
        says("Well."),
        compaction=CompactionRules(automatic=False, at=10_000),
    ) as engine:
        await engine.session.submit("a story")
        await engine.session.submit("is it true?")
        await engine.session.compact()
        await engine.session.submit("go on")
    last = engine.sent[-1].messages
    assert [getattr(each, "text", "") for each in last[-3:]] == ["is it true?", "Yes.", "go on"]
    assert LONG not in str(last)


async def test_it_is_done_before_a_turn_at_the_limit_and_the_new_words_are_not_in_it(
    tmp_path: Path,
) -> None:
    replies = (says(LONG, tokens=9_000), says(SUMMARY), says("On it.", tokens=2_000), says("Ok."))
    rules = CompactionRules(at=8_000)
    async with engine_on(tmp_path, *replies, compaction=rules) as engine:
        await engine.session.submit("one")
        await engine.session.submit("two")
        await engine.session.submit("three")
    _, asked, second, third = engine.sent
    assert is_summary(asked)
    assert spoken(asked)[:-1] == ["one"]
    assert spoken(second) == ["one", "two"]
    assert third.messages[: len(second.messages)] == second.messages
    [started] = events(engine, CompactionStarted)
    assert started.cause is CompactionCause.THRESHOLD
    assert started.tokens >= 9_000


async def test_in_the_middle_of_a_turn_only_a_nearly_full_window_counts(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.txt").write_text("words and words\n" * 900, encoding="utf-8")
    replies = (
        reads("a.txt", 1, tokens=500),
        reads("a.txt", 2, tokens=6_000),
        says(SUMMARY),
        says("Done."),
    )
    async with engine_on(tmp_path, *replies, compaction=CompactionRules(at=7_000)) as engine:
        await engine.session.submit("look twice")
    assert [is_summary(request) for request in engine.sent] == [False, False, True, False]
    assert spoken(engine.sent[-1]) == ["look twice"]
    [finished] = events(engine, TurnFinished)
    assert (finished.outcome, finished.text) == ("done", "Done.")


async def test_what_the_user_undid_is_not_compacted_again_at_once(tmp_path: Path) -> None:
    replies = (
        says(LONG, tokens=9_000), says(SUMMARY), says("A.", tokens=2_000), says("B.", tokens=9_100)
    )  # fmt: skip
    async with engine_on(tmp_path, *replies, compaction=CompactionRules(at=8_000)) as engine:
        await engine.session.submit("one")
        await engine.session.submit("two")
        engine.session.compactor.undo(engine.place)
        await engine.session.submit("three")
    assert [is_summary(request) for request in engine.sent] == [False, True, False, False]
    assert LONG in str(engine.sent[-1].messages)


async def test_overflow_compacts_and_the_call_is_made_once_more(tmp_path: Path) -> None:
    replies = (says(LONG), overflow(), says(SUMMARY), says("On it."))
    async with engine_on(tmp_path, *replies, compaction=CompactionRules()) as engine:
        await engine.session.submit("one")
        await engine.session.submit("two")
    assert spoken(engine.sent[-1]) == ["one", "two"]
    assert LONG not in str(engine.sent[-1].messages)
    assert events(engine, TurnFinished)[-1].outcome == "done"


async def test_second_overflow_of_a_step_ends_the_turn(tmp_path: Path) -> None:
    replies = (says(LONG), overflow(), says(SUMMARY), overflow())
    async with engine_on(tmp_path, *replies, compaction=CompactionRules()) as engine:
        await engine.session.submit("one")
        await engine.session.submit("two")
    ended = events(engine, TurnFinished)[-1]
    assert (ended.outcome, ended.error_kind) == ("failed", "context_window")
    assert len(engine.sent) == 4


async def test_answer_cut_at_the_end_of_the_window_is_kept_and_the_turn_goes_on(
    tmp_path: Path,
) -> None:
    cut = says("I began to", stop=StopReason.CONTEXT)
    async with engine_on(
        tmp_path, says(LONG), cut, says(SUMMARY), says("It is done."), compaction=CompactionRules()
    ) as engine:
        await engine.session.submit("one")
        await engine.session.submit("two")
    answers = [each for each in engine.session.messages if isinstance(each, AssistantMessage)]
    assert [each.text for each in answers][1:] == ["I began to", "It is done."]
    assert events(engine, TurnFinished)[-1].outcome == "done"


async def test_overflow_that_a_summary_cannot_help_is_said(tmp_path: Path) -> None:
    async with engine_on(
        tmp_path, says("Well."), overflow(), says(SUMMARY * 20), compaction=CompactionRules()
    ) as engine:
        await engine.session.submit("one")
        await engine.session.submit("two " * 5_000)
    [abandoned] = events(engine, CompactionAbandoned)
    assert "nothing to gain, as what has to stay" in abandoned.message
    assert events(engine, TurnFinished)[-1].error_kind == "context_window"
    assert engine.session.compactor.active is None


async def test_summary_that_is_itself_too_long_to_ask_for_is_asked_with_less(
    tmp_path: Path,
) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.txt").write_text("words and words\n" * 900, encoding="utf-8")
    replies = (reads("a.txt", 1), says("Read."), overflow(), overflow(), says(SUMMARY))
    async with engine_on(tmp_path, *replies) as engine:
        await engine.session.submit("read it")
        await engine.session.compact()
    sizes = [len(str(request.messages)) for request in engine.sent[2:]]
    assert sizes[0] > sizes[1] >= sizes[2]
    assert "characters left out" in str(engine.sent[-1].messages)
    assert engine.session.compactor.active is not None


@pytest.mark.parametrize(
    "reply",
    [
        Reply(error=ProviderError("No.", kind=ProviderErrorKind.BILLING, provider="fake")),
        Reply(parts=(ThinkingPart(text="Hm."),)),
        says("I will not.", stop=StopReason.REFUSAL),
        reads("a.txt", 9),
        says(LONG * 3),
    ],
    ids=("fault", "no words", "refusal", "a call", "longer than before"),
)
async def test_failed_summary_changes_nothing_and_says_so(tmp_path: Path, reply: Reply) -> None:
    async with engine_on(tmp_path, says(LONG), reply, says("Well.")) as engine:
        await engine.session.submit("one")
        messages = engine.session.messages
        await engine.session.compact()
        assert engine.session.messages == messages
        await engine.session.submit("two")
    [abandoned] = events(engine, CompactionAbandoned)
    assert abandoned.message.startswith("The conversation was not compacted: ")
    assert LONG in str(engine.sent[-1].messages)


async def test_interrupt_leaves_everything_as_it_was_and_queued_words_wait(tmp_path: Path) -> None:
    engines: list[Engine] = []

    def interrupted(_: ModelRequest) -> Reply:
        engines[0].session.steer("meanwhile")
        engines[0].session.interrupt()
        return says(SUMMARY)

    async def pause() -> None:
        await asyncio.sleep(0)

    async with engine_on(tmp_path, says(LONG), interrupted, pause=pause) as engine:
        engines.append(engine)
        await engine.session.submit("one")
        messages = engine.session.messages
        await engine.session.compact()
        assert engine.session.messages == messages
        assert not engine.session.busy
        assert engine.session.compactor.active is None
        [abandoned] = events(engine, CompactionAbandoned)
        assert "stopped" in abandoned.message
        words = engine.session.take_back()
        assert words is not None
        assert words.text == "meanwhile"


async def test_words_said_meanwhile_are_the_next_turn(tmp_path: Path) -> None:
    engines: list[Engine] = []

    def steered(_: ModelRequest) -> Reply:
        engines[0].session.steer("and then")
        return says(SUMMARY)

    async with engine_on(tmp_path, says(LONG), steered, says("Yes.")) as engine:
        engines.append(engine)
        await engine.session.submit("one")
        await engine.session.compact()
    assert spoken(engine.sent[-1]) == ["one", "and then"]
    assert LONG not in str(engine.sent[-1].messages)


async def test_edit_undo_and_redo(tmp_path: Path) -> None:
    async with engine_on(tmp_path, says(LONG), says(SUMMARY), *map(says, "ABCD")) as engine:
        session, compactor = engine.session, engine.session.compactor
        for refused in (compactor.undo, compactor.redo):
            with pytest.raises(CompactionError):
                refused(engine.place)
        await session.submit("one")
        await session.compact()
        compactor.edit(" Mine. \n", engine.place)
        with pytest.raises(CompactionError):
            compactor.edit(" ", engine.place)
        await session.submit("two")
        assert "Summary:\nMine." in str(engine.sent[-1].messages[-2].text)
        compactor.undo(engine.place)
        await session.submit("three")
        assert LONG in str(engine.sent[-1].messages)
        assert "Mine." not in str(engine.sent[-1].messages)
        compactor.redo(engine.place)
        await session.submit("four")
        assert LONG not in str(engine.sent[-1].messages)
        assert spoken(engine.sent[-1]) == ["one", "two", "three", "four"]
    changes = [event.change for event in events(engine, CompactionChanged)]
    assert changes == ["edited", "undone", "redone"]


async def test_resumed_session_makes_the_same_request(tmp_path: Path) -> None:
    async with engine_on(tmp_path, says(LONG), says(SUMMARY), says("A."), says("B.")) as engine:
        await engine.session.submit("one")
        await engine.session.compact()
        engine.session.compactor.edit("Mine.", engine.place)
        await engine.session.submit("two")
        await engine.session.submit("three")
    before = engine.sent[-1].messages
    with engine.store.open(engine.place.session) as file:
        past = past_of_session(file.past.records)
    async with engine_on(tmp_path, says("C."), past=past, store=tmp_path / "again") as resumed:
        await resumed.session.submit("four")
    sent = resumed.sent[-1].messages
    assert sent[: len(before)] == before
    assert spoken(resumed.sent[-1]) == ["one", "two", "three", "four"]


async def test_refused_while_a_turn_runs_and_without_a_model(tmp_path: Path) -> None:
    engines: list[Engine] = []
    refusals: list[CodexError] = []

    def busy(_: ModelRequest) -> Reply:
        with pytest.raises(ConfigError) as refused:
            engines[0].session.refuse_while_busy()
        refusals.append(refused.value)
        return says("Well.")

    async with engine_on(tmp_path, busy) as engine:
        engines.append(engine)
        await engine.session.submit("one")
    assert [each.message for each in refusals] == ["A turn is running."]


async def test_short_conversation_is_left_alone_without_asking_anybody(tmp_path: Path) -> None:
    async with engine_on(tmp_path, says("Well.")) as engine:
        await engine.session.submit("one")
        await engine.session.compact()
    assert len(engine.sent) == 1
    [abandoned] = events(engine, CompactionAbandoned)
    assert "nothing to gain, as it is short" in abandoned.message


async def test_a_second_one_soon_after_asks_nobody_and_keeps_everything(tmp_path: Path) -> None:
    script = [says(LONG), says(SUMMARY), says("Short.")]
    async with engine_on(tmp_path, *script) as engine:
        await engine.session.submit("one")
        await engine.session.compact()
        await engine.session.submit("two")
        view = engine.session._conversation.history.view
        before, active, asked = view.messages, view.active, len(engine.sent)
        await engine.session.compact("the names")
    assert len(engine.sent) == asked
    assert (view.messages, view.active) == (before, active)
    [abandoned] = events(engine, CompactionAbandoned)
    assert "nothing to gain, as little was said since the last summary." in abandoned.message
    assert abandoned.hint == "/compact edit changes that summary."


async def test_a_second_one_covers_what_was_said_since(tmp_path: Path) -> None:
    script = [says(LONG), says(SUMMARY), says(LONG * 2), says("Both.")]
    async with engine_on(tmp_path, *script) as engine:
        await engine.session.submit("one")
        await engine.session.compact()
        await engine.session.submit("two")
        await engine.session.compact()
        assert engine.session.compactor.active.summary == "Both."
    read = [each.text for each in engine.sent[-1].messages if isinstance(each, NoticeMessage)]
    assert any(SUMMARY in text for text in read)


def test_changed_files_are_counted_over_all_changes_and_followed_through_moves() -> None:
    def change(path: str, kind: ChangeKind, added: int, to: str | None = None) -> AppliedChange:
        return AppliedChange(
            path=path, kind=kind, added=added, removed=1, hunks_applied=1, hunks_proposed=1,
            after_hash="", move_to=to,
        )  # fmt: skip

    files = changed_files(
        [
            change("a", ChangeKind.ADD, 3),
            change("b", ChangeKind.MODIFY, 1),
            change("a", ChangeKind.MODIFY, 4, "c"),
            change("b", ChangeKind.DELETE, 0),
        ]
    )
    assert files == (
        ChangedFile(path="b", kind=ChangeKind.DELETE, added=1, removed=2),
        ChangedFile(path="c", kind=ChangeKind.ADD, added=7, removed=2),
    )
