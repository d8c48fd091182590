"""From a provider's stream to one message: announces each piece as it comes, keeps what came.

The assembler is fed stream events and can be asked at any moment for the message so far, so that an
interrupted stream leaves its visible words in the conversation and its half-written calls marked.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from codex_tui.protocol.events import (
    TextDelta,
    ThinkingDelta,
    ThinkingFinished,
    ToolCallStarted,
)
from codex_tui.protocol.messages import (
    AssistantMessage,
    AssistantPart,
    Origin,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
)
from codex_tui.providers.base import (
    PartDelta,
    PartFinished,
    PartStarted,
    StreamEvent,
    StreamFinished,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.bus import EventSink
    from codex_tui.protocol.ids import Place


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
    """Builds the assistant message of one step and publishes its deltas."""

    def __init__(
        self,
        sink: EventSink,
        place: Place,
        origin: Origin,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sink = sink
        self._place = place
        self._origin = origin
        self._clock = clock
        self._open: dict[int, _OpenPart] = {}
        self._done: dict[int, AssistantPart] = {}
        self._shown: set[int] = set()
        self.first_token_at: float | None = None
        self.finished: StreamFinished | None = None

    def feed(self, event: StreamEvent) -> None:
        """Take one stream event."""
        match event:
            case PartStarted():
                self._start(event)
            case PartDelta():
                self._grow(event)
            case PartFinished():
                self._finish(event)
            case StreamFinished():
                self.finished = event
            case _:
                assert_never(event)

    def _start(self, event: PartStarted) -> None:
        self._mark_first_token()
        self._open[event.index] = _OpenPart(event, self._clock())
        if event.kind == "tool_call":
            self._sink.publish(
                ToolCallStarted(place=self._place, call_id=event.call_id, name=event.name)
            )

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
        self._done[event.index] = event.part
        match event.part:
            case TextPart() | ThinkingPart() if event.index not in self._shown:
                kind = event.part.type
                self._show(kind, event.index, event.part.text)
            case _:
                pass
        if isinstance(event.part, ThinkingPart) and event.index in self._shown:
            elapsed_s = self._clock() - opened.started_at if opened else 0.0
            self._sink.publish(
                ThinkingFinished(
                    place=self._place, part=event.index, duration_ms=round(elapsed_s * 1000)
                )
            )
        if isinstance(event.part, ToolCall) and opened is None:
            self._sink.publish(
                ToolCallStarted(place=self._place, call_id=event.part.id, name=event.part.name)
            )

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
            usage=end.usage if end else None,
            response_id=end.response_id if end else None,
            request_id=end.request_id if end else None,
        )
