"""Whatever happens in a session, in whatever order, every request in it is accepted."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_tui.agent.compaction.view import View
from codex_tui.agent.history import CRASHED_RESULT, History
from codex_tui.agent.resume import past_of
from codex_tui.agent.turn_log import GO_ON
from codex_tui.protocol.messages import (
    Message,
    NoticeMessage,
    StopReason,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)
from codex_tui.sessions.compaction_records import (
    Compacted,
    CompactionEdited,
    CompactionRedone,
    CompactionUndone,
)
from codex_tui.sessions.records import MessageAdded, Record
from tests.providers.switching.switch_parties import opened_parties
from tests.providers.switching.switch_points import stored_and_read
from tests.support.pictures import image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.providers.switching.switch_parties import Kind, Party

CUT = ToolCall(id="call_cut", name="read_file", arguments='{"pa', complete=False)


@dataclass
class Session:
    """What the engine keeps of a session: its records, and what the model reads of them."""

    parties: list[Party]
    records: list[Record] = field(default_factory=list)
    history: History = field(default_factory=History)
    view: View = field(default_factory=View)
    cuts: int = 0

    def keep(self, record: Record) -> None:
        self.records.append(record)
        if isinstance(record, MessageAdded):
            self.history.append(record.message)
            self.view.append(record.message)
        else:
            self.view.apply(record)

    def add(self, message: Message) -> None:
        self.keep(MessageAdded(message=message))

    async def user(self, text: str, *, pictured: bool) -> None:
        self.add(UserMessage(text=text, images=(image("a.png"),) if pictured else ()))

    async def notice(self, text: str) -> None:
        self.add(NoticeMessage(text=text))

    async def answer(self, number: int, kind: Kind, *, sees_images: bool) -> None:
        party = self.parties[number % len(self.parties)]
        self.add(await party.answer(self.view.messages, kind, sees_images=sees_images))

    async def results(self, status: ToolStatus, text: str, *, pictured: bool) -> None:
        """Give the open calls their results, but for one of many, the last first."""
        waiting = self.history.open_calls
        images = (image("shot.png"),) if pictured else ()
        for call in reversed(waiting[len(waiting) // 3 :]):
            self.add(
                ToolResultMessage(
                    call_id=call.id, name=call.name, content=text, status=status, images=images
                )
            )

    async def interrupted(self, number: int, kept: int, stop: StopReason) -> None:
        """Stop an answer inside of a call, after `kept` of its parts."""
        party = self.parties[number % len(self.parties)]
        whole = await party.answer(self.view.messages, "calls")
        self.cuts += 1
        cut = replace(CUT, id=f"call_cut{self.cuts}")
        self.add(replace(whole, parts=(*whole.parts[:kept], cut), stop=stop))
        self.close()

    async def gone_on_with(self, number: int, kept: int) -> None:
        """Break an answer off, and have whoever is next go on with it."""
        await self.interrupted(number, kept, StopReason.ERROR)
        await self.notice(GO_ON)

    def close(self) -> None:
        for result in self.history.missing_results(CRASHED_RESULT):
            self.add(result)

    async def reload(self) -> None:
        """Leave the program and come back."""
        before = self.view.messages
        read = stored_and_read(self.records)
        past = past_of(read)
        assert past.messages == self.history.messages
        records, self.records = read, []
        self.history, self.view = History(), View()
        for record in records:
            self.keep(record)
        assert self.view.messages == before

    async def compact(self, number: int, kept: int) -> None:
        self.close()
        party = self.parties[number % len(self.parties)]
        self.keep(Compacted(compaction=await party.compaction(self.view.messages, kept)))

    async def edit(self, summary: str) -> None:
        self.keep(CompactionEdited(summary=summary))

    async def undo(self) -> None:
        self.keep(CompactionUndone())

    async def redo(self) -> None:
        self.keep(CompactionRedone())


texts = st.text(st.characters(), max_size=5)
numbers = st.integers(min_value=0, max_value=99)
flags = st.booleans()
kinds = st.sampled_from(("text", "thinking", "redacted", "calls", "calls"))
statuses = st.sampled_from((ToolStatus.OK, *ToolStatus))
cuts = st.sampled_from((StopReason.INTERRUPTED, StopReason.ERROR))
answers = st.tuples(
    st.just("answer"), numbers, kinds, st.fixed_dictionaries({"sees_images": flags})
)
results = st.tuples(st.just("results"), statuses, texts, st.fixed_dictionaries({"pictured": flags}))
steps = st.one_of(
    st.tuples(st.just("user"), texts, st.fixed_dictionaries({"pictured": flags})),
    st.tuples(st.just("notice"), texts),
    answers,
    answers,
    results,
    results,
    st.tuples(st.just("interrupted"), numbers, st.integers(0, 3), cuts),
    st.tuples(st.just("gone_on_with"), numbers, st.integers(0, 3)),
    st.tuples(st.just("reload")),
    st.tuples(st.just("compact"), numbers, st.integers(0, 4)),
    st.tuples(st.just("edit"), texts),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[asyncio.Runner, list[Party]]]:
    """All parties, opened once for all sessions, on a loop that runs while a session does."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        parties = runner.run(stack.enter_async_context(opened_parties()))
        yield runner, parties
        runner.run(stack.aclose())


async def play(parties: list[Party], plan: list[tuple[Any, ...]]) -> None:
    session = Session(parties)
    for what, *how in plan:
        named = how.pop() if how and isinstance(how[-1], dict) else {}
        await getattr(session, what)(*how, **named)
    for party in parties:
        await party.answer(session.view.messages, "text")


@pytest.mark.timeout(300)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=st.lists(steps, max_size=14))
def test_no_session_whatever_is_refused(
    running: tuple[asyncio.Runner, list[Party]], plan: list[tuple[Any, ...]]
) -> None:
    runner, parties = running
    runner.run(play(parties, plan))
    assert [each for party in parties for each in party.house.refused] == []
    assert not any(party.learned for party in parties)


def test_the_plan_of_a_whole_session_reaches_every_step(
    running: tuple[asyncio.Runner, list[Party]],
) -> None:
    runner, parties = running
    plan: list[tuple[Any, ...]] = [
        ("user", "Go.", {"pictured": True}), ("answer", 0, "calls", {"sees_images": True}),
        ("results", ToolStatus.OK, "text", {"pictured": True}), ("reload",),
        ("answer", 5, "calls", {"sees_images": False}), ("compact", 5, 2),
        ("compact", 0, 0), ("reload",), ("answer", 0, "thinking", {"sees_images": True}),
        ("edit", "Other words."), ("interrupted", 8, 2, StopReason.INTERRUPTED),
        ("notice", "The gate changed."), ("gone_on_with", 3, 2), ("undo",),
        ("answer", 0, "thinking", {"sees_images": True}), ("reload",), ("redo",),
    ]  # fmt: skip
    before = sum(len(party.house.requests) for party in parties)
    runner.run(play(parties, plan))
    assert sum(len(party.house.requests) for party in parties) > before
    assert [each for party in parties for each in party.house.refused] == []
