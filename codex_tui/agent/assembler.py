"""From a provider's stream to one message: announces each piece as it comes, keeps what came.

The assembler is fed stream events and can be asked at any moment for the message so far, so that an
interrupted stream leaves its visible words in the conversation and its half-written calls marked.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from codex_tui.protocol.events import (
    TextDelta,
    ThinkingCounted,
    ThinkingDelta,
    ThinkingFinished,
    ToolCallStarted,
)
from codex_tui.protocol.ids import Place, new_id
from codex_tui.protocol.messages import (
    AssistantMessage,
    AssistantPart,
    Origin,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    Usage,
)
from codex_tui.providers.base import (
    AnswerEvent,
    PartDelta,
    PartFinished,
    PartStarted,
    StreamFinished,
    ThinkingSeen,
    UsageSeen,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Set

    from codex_tui.bus import EventSink


@dataclass(slots=True)
class _OpenPart:
    """A part whose end has not come."""

    start: PartStarted
    started_at: float
    pieces: list[str] = field(default_factory=list[str])

    def closed(self) -> AssistantPart | None:
        """What of it is worth keeping when the stream breaks off here."""
        text = "".join(self.pieces)
        match self.start.kind:
            case "text":
                return TextPart(text=text) if text else None
            case "thinking":
                return ThinkingPart(text=text) if text else None
            case "tool_call":
                return ToolCall(
                    id=self.start.call_id, name=self.start.name, arguments=text, complete=False
                )
            case _:
                assert_never(self.start.kind)


class Assembler:
    """Builds the assistant message of one step and publishes its deltas.

    Call ids are unique in a conversation: a call without one, or with one of `taken_ids`, gets one
    of ours. Some servers number their calls anew in each answer.
    """

    def __init__(
        self,
        sink: EventSink,
        place: Place,
        origin: Origin,
        *,
        clock: Callable[[], float] = time.monotonic,
        taken_ids: Set[str] = frozenset(),
    ) -> None:
        self._sink = sink
        self._place = place
        self._origin = origin
        self._clock = clock
        self._open: dict[int, _OpenPart] = {}
        self._done: dict[int, AssistantPart] = {}
        self._shown: set[int] = set()
        self._taken_ids = taken_ids
        self._call_ids: dict[int, str] = {}
        self.first_token_at: float | None = None
        self.finished: StreamFinished | None = None
        self._usage_seen: Usage | None = None
        self._thought_tokens = 0

    def feed(self, event: AnswerEvent) -> None:
        """Take one stream event."""
        match event:
            case PartStarted():
                self._start(event)
            case PartDelta():
                self._grow(event)
            case PartFinished():
                self._finish(event)
            case ThinkingSeen():
                self._thought_tokens += event.tokens
                self._sink.publish(ThinkingCounted(place=self._place, tokens=self._thought_tokens))
            case UsageSeen():
                self._usage_seen = event.usage
            case StreamFinished():
                self.finished = event
            case _:
                assert_never(event)

    def _start(self, event: PartStarted) -> None:
        self._mark_first_token()
        if event.kind == "tool_call":
            event = replace(event, call_id=self._unique_id(event.index, event.call_id))
            self._sink.publish(
                ToolCallStarted(place=self._place, call_id=event.call_id, name=event.name)
            )
        self._open[event.index] = _OpenPart(event, self._clock())

    def _grow(self, event: PartDelta) -> None:
        part = self._open[event.index]
        part.pieces.append(event.text)
        self._show(part.start.kind, event.index, event.text)

    def _show(self, kind: str, index: int, text: str) -> None:
        if not text or kind == "tool_call":
            return
        self._shown.add(index)
        delta = TextDelta if kind == "text" else ThinkingDelta
        self._sink.publish(delta(place=self._place, part=index, text=text))

    def _finish(self, event: PartFinished) -> None:
        self._mark_first_token()
        opened = self._open.pop(event.index, None)
        part = event.part
        if isinstance(part, ToolCall):
            part = replace(part, id=self._unique_id(event.index, part.id))
        self._done[event.index] = part
        match part:
            case TextPart() | ThinkingPart() if event.index not in self._shown:
                self._show(part.type, event.index, part.text)
            case _:
                pass
        if isinstance(part, ThinkingPart) and event.index in self._shown:
            elapsed_s = self._clock() - opened.started_at if opened else 0.0
            self._sink.publish(
                ThinkingFinished(
                    place=self._place,
                    part=event.index,
                    duration_ms=round(elapsed_s * 1000),
                    note=part.note,
                )
            )
        if isinstance(part, ToolCall) and opened is None:
            self._sink.publish(ToolCallStarted(place=self._place, call_id=part.id, name=part.name))

    def _unique_id(self, index: int, given: str) -> str:
        """Return the id the call at `index` goes by: the vendor's own where that is free."""
        if index not in self._call_ids:
            taken = given in self._taken_ids or given in self._call_ids.values()
            self._call_ids[index] = given if given and not taken else new_id("call")
        return self._call_ids[index]

    def _mark_first_token(self) -> None:
        if self.first_token_at is None:
            self.first_token_at = self._clock()

    def message(self, broken_by: StopReason | None = None) -> AssistantMessage:
        """Return the message; `broken_by` names what cut the stream when no terminal event came."""
        parts = dict(self._done)
        for index, part in self._open.items():
            kept = part.closed()
            if kept is not None:
                parts[index] = kept
        end = self.finished
        return AssistantMessage(
            parts=tuple(parts[index] for index in sorted(parts)),
            origin=self._origin,
            stop=end.stop if end else (broken_by or StopReason.UNKNOWN),
            usage=end.usage if end else self._usage_seen,
            response_id=end.response_id if end else None,
            request_id=end.request_id if end else None,
        )
