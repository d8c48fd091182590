"""Where in a session its model may be changed: histories, made by asking a party."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.agent.compaction.view import View
from codex_tui.agent.history import CRASHED_RESULT, History
from codex_tui.agent.resume import past_of
from codex_tui.protocol.ids import BranchId, Place, SessionId
from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    NoticeMessage,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)
from codex_tui.sessions.codec import Decoder, encode
from codex_tui.sessions.compaction_records import Compacted, CompactionUndone
from codex_tui.sessions.records import MessageAdded, Record, StoredRecord
from tests.support.pictures import image

if TYPE_CHECKING:
    from tests.providers.switching.switch_parties import Kind, Party

Point = Callable[["Party"], Awaitable[list[Message]]]
"""Asks a party until the session stands at the point; returns the history, ready to go on."""


def start() -> list[Message]:
    return [NoticeMessage(text="The folder is /w."), UserMessage(text="Look at both.")]


def go_on(history: list[Message], words: str = "Go on.") -> list[Message]:
    return [*history, UserMessage(text=words)]


def results_of(answer: Message, *, pictures: bool = False) -> list[Message]:
    """Results of all calls of an answer, the last first."""
    assert isinstance(answer, AssistantMessage)
    images = (image("shot.png"),) if pictures else ()
    return [
        ToolResultMessage(call_id=call.id, name=call.name, content="text", images=images)
        for call in reversed(answer.tool_calls)
    ]


def _after(kind: Kind) -> Point:
    async def point(party: Party) -> list[Message]:
        history = start()
        return go_on([*history, await party.answer(history, kind)])

    return point


async def _loop(party: Party, *, pictures: bool = False) -> list[Message]:
    """In the middle of a tool loop: the results are there, and nothing was said since."""
    history = start()
    for _ in range(2):
        answer = await party.answer(history, "calls")
        history += [answer, *results_of(answer, pictures=pictures)]
    return history


async def _after_calls(party: Party) -> list[Message]:
    history = await _loop(party)
    return go_on([*history, await party.answer(history, "thinking")])


async def _result_pictures(party: Party) -> list[Message]:
    return await _loop(party, pictures=True)


async def _user_pictures(party: Party) -> list[Message]:
    shown = UserMessage(text="See.", images=(image("a.png"), image("b.png", 2_500, 1)))
    history = [*start()[:1], shown]
    return go_on([*history, await party.answer(history, "thinking")])


async def _orphans(party: Party) -> list[Message]:
    """Interrupted: one call had its result, the next was cut, the others have a synthetic one."""
    history = History(start())
    answer = await party.answer(history.messages, "calls")
    cut = ToolCall(id="call_cut", name="read_file", arguments='{"pa', complete=False)
    history.append(replace(answer, parts=(*answer.parts, cut), stop=StopReason.INTERRUPTED))
    history.append(results_of(answer)[-1])
    for result in history.missing_results(CRASHED_RESULT):
        history.append(result)
    return go_on(list(history.messages))


async def _failed(party: Party) -> list[Message]:
    """A stream broke off: thinking without its signature, half a sentence, half a call."""
    history = start()
    whole = await party.answer(history, "thinking")
    cut = ToolCall(id="call_half", name="read_file", arguments='{"path": "a', complete=False)
    parts = (ThinkingPart(text="Hm"), TextPart(text="I wi"), cut)
    broken = replace(whole, parts=parts, stop=StopReason.ERROR, response_id=None)
    result = ToolResultMessage(
        call_id=cut.id, name=cut.name, content="cut", status=ToolStatus.INTERRUPTED
    )
    return go_on([*history, whole, *go_on([]), broken, result])


async def _refused(party: Party) -> list[Message]:
    """Calls that were refused, failed and cancelled, and a change of the gate."""
    history = start()
    answer = await party.answer(history, "calls")
    statuses = (ToolStatus.DENIED, ToolStatus.CANCELLED)
    results = [
        replace(result, status=status, content="")
        for result, status in zip(results_of(answer), statuses, strict=True)
        if isinstance(result, ToolResultMessage)
    ]
    return go_on([*history, answer, *results, NoticeMessage(text="The gate changed.")])


async def _reloaded(party: Party) -> list[Message]:
    history = await _after_calls(party)
    records = stored_and_read([MessageAdded(message=message) for message in history])
    return list(past_of(records).messages)


def stored_and_read(records: Sequence[Record]) -> list[Record]:
    """Put records into lines of a session file, and read the lines."""
    place = Place(session=SessionId("s"), branch=BranchId("main"))
    decoder = Decoder(place.session)
    read: list[Record] = []
    for number, record in enumerate(records, 1):
        stored = StoredRecord(
            seq=number, id=f"r{number}", parent_id=None, at="", place=place, record=record
        )
        decoded = decoder.decode(encode(stored))
        assert decoded is not None
        read.append(decoded.record)
    return read


def _viewed(history: list[Message]) -> View:
    view = View()
    for message in history:
        view.append(message)
    return view


async def _compacted(party: Party) -> list[Message]:
    history = await _loop(party)
    view = _viewed(history)
    view.apply(Compacted(compaction=await party.compaction(history)))
    view.append(await party.answer(view.messages, "thinking"))
    return go_on(list(view.messages))


async def _compacted_with_rest(party: Party) -> list[Message]:
    """The last turn is kept word for word; its thinking belongs to a beginning that is gone."""
    history = await _after_calls(party)
    answer = await party.answer(history, "calls")
    view = _viewed([*history, answer, *results_of(answer)])
    view.apply(Compacted(compaction=await party.compaction(view.messages, kept=4)))
    return list(view.messages)


async def _compaction_undone(party: Party) -> list[Message]:
    history = await _loop(party)
    view = _viewed(history)
    view.apply(Compacted(compaction=await party.compaction(history)))
    answer = await party.answer(view.messages, "calls")
    for message in (answer, *results_of(answer)):
        view.append(message)
    view.apply(CompactionUndone())
    return list(view.messages)


POINTS: Mapping[str, Point] = {
    "text": _after("text"),
    "thinking": _after("thinking"),
    "redacted thinking": _after("redacted"),
    "calls with results": _after_calls,
    "in a tool loop": _loop,
    "refused calls": _refused,
    "interrupted with orphans": _orphans,
    "a failed turn": _failed,
    "pictures of the user": _user_pictures,
    "pictures in results": _result_pictures,
    "a reload": _reloaded,
    "a compaction": _compacted,
    "a compaction in a loop": _compacted_with_rest,
    "a compaction undone": _compaction_undone,
}
