"""The Responses API's events as the neutral stream: one reader for one response, without the SDK.

Events are told apart by their `type` alone; unknown ones pass unnoticed. Deltas are for watching:
the item in `response.output_item.done` is what counts. An item's position in the message is the
order in which items began. Source:
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codex_tui.protocol.ids import new_id
from codex_tui.protocol.messages import StopReason, ToolCall
from codex_tui.providers.base import (
    PartDelta,
    PartFinished,
    PartStarted,
    StreamFinished,
    UsageSeen,
)
from codex_tui.providers.openai_responses.items import (
    BLANK_LINE,
    Item,
    PartKind,
    as_item,
    as_text,
    finished_part,
    kind_of,
    refusal_of,
    unfinished_part,
    usage_of,
)
from codex_tui.providers.stream_faults import fault_in_stream, is_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_tui.protocol.errors import ProviderError
    from codex_tui.providers.base import Endpoint, StreamEvent
    from codex_tui.providers.strange import StrangeThings

# Event type → kind of the part it extends, and the field that numbers the sections within it.
_DELTAS: Mapping[str, tuple[PartKind, str]] = {
    "response.output_text.delta": ("text", "content_index"),
    "response.refusal.delta": ("text", "content_index"),
    "response.reasoning_summary_text.delta": ("thinking", "summary_index"),
    "response.reasoning_text.delta": ("thinking", "content_index"),
    "response.function_call_arguments.delta": ("tool_call", ""),
}
_INCOMPLETE: Mapping[str, StopReason] = {
    "max_output_tokens": StopReason.LENGTH,
    "content_filter": StopReason.FILTER,
}
# What is known and means nothing here: the beginnings and repetitions of what other events bring.
_PASSED_OVER = frozenset({
    "response.in_progress", "response.queued", "response.compaction.compacting",
    "response.content_part.added", "response.content_part.done",
    "response.output_text.done", "response.output_text.annotation.added", "response.refusal.done",
    "response.reasoning_summary_part.added", "response.reasoning_summary_part.done",
    "response.reasoning_summary_text.done", "response.reasoning_text.done",
    "response.function_call_arguments.done", "keepalive", "ping",
})  # fmt: skip


@dataclass(slots=True)
class _Open:
    """An item on its way; `section` is the one its last delta belonged to."""

    index: int
    kind: PartKind
    begun: Item
    pieces: list[str] = field(default_factory=list[str])
    section: tuple[str, object] | None = None
    finished: bool = False


class ResponseReader:
    """Turns the events of one response into stream events.

    `finished` is True once the terminal event was read; nothing follows it.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        strange: StrangeThings,
        request_id: str | None = None,
    ) -> None:
        self.finished = False
        self._endpoint = endpoint
        self._origin = endpoint.origin(model)
        self._request_id = request_id
        self._strange = strange
        self._response_id: str | None = None
        self._items: dict[int | str, _Open] = {}
        self._calls: list[ToolCall] = []
        self._refusals: list[str] = []

    def read(self, event: Item, named: str = "") -> Iterator[StreamEvent]:
        """Yield what one event means; raises `ProviderError` when it reports a failure. `named` is
        what the stream calls an event that does not say its type.
        """
        name = event.get("type") or named or None
        match name:
            case "response.created":
                self._response_id = as_text(as_item(event.get("response")).get("id")) or None
            case "response.output_item.added":
                yield from self._begin(event)
            case "response.output_item.done":
                yield from self._end(event)
            case "response.completed" | "response.incomplete":
                yield from self._finish(as_item(event.get("response")), name)
            case "response.failed":
                used = usage_of(as_item(event.get("response")))
                if used is not None:
                    yield UsageSeen(usage=used)
                raise self._fault({"error": as_item(event.get("response")).get("error")})
            case "error":
                raise self._fault(event)
            case str() if name in _DELTAS:
                yield from self._extend(event, *_DELTAS[name])
            case _ if event.get("error") or (name is None and is_error(event)):
                raise self._fault(event)
            case str() if name not in _PASSED_OVER:
                self._strange.note("event", name)
            case _:
                return

    def _begin(self, event: Item) -> Iterator[StreamEvent]:
        key = _key(event)
        if key in self._items:
            return
        item = as_item(event.get("item"))
        kind = kind_of(item)
        if kind == "tool_call" and not as_text(item.get("call_id")):
            item = {**item, "call_id": as_text(item.get("id")) or new_id("call")}
        opened = self._items[key] = _Open(index=len(self._items), kind=kind, begun=item)
        if kind == "tool_call":
            call_id, name = as_text(item["call_id"]), as_text(item.get("name"))
            yield PartStarted(index=opened.index, kind=kind, call_id=call_id, name=name)
        elif kind != "server":
            yield PartStarted(index=opened.index, kind=kind)

    def _extend(self, event: Item, kind: PartKind, counter: str) -> Iterator[StreamEvent]:
        delta = as_text(event.get("delta"))
        opened = self._items.get(_key(event))
        if not delta or opened is None or opened.kind != kind or opened.finished:
            return
        section = (counter, event.get(counter))
        if kind != "tool_call" and opened.pieces and section != opened.section:
            delta = BLANK_LINE + delta
        opened.section = section
        opened.pieces.append(delta)
        yield PartDelta(index=opened.index, text=delta)

    def _end(self, event: Item) -> Iterator[StreamEvent]:
        yield from self._begin(event)
        opened = self._items[_key(event)]
        if opened.finished:
            return
        opened.finished = True
        item, pieces = as_item(event.get("item")), "".join(opened.pieces)
        part = finished_part(opened.kind, item, opened.begun, pieces, self._origin)
        if isinstance(part, ToolCall):
            self._calls.append(part)
        if opened.kind == "text" and (refusal := refusal_of(item)):
            self._refusals.append(refusal)
        yield PartFinished(index=opened.index, part=part)

    def _finish(self, response: Item, name: str) -> Iterator[StreamEvent]:
        for opened in self._items.values():
            if not opened.finished:
                pieces = "".join(opened.pieces)
                part = unfinished_part(opened.kind, opened.begun, pieces, self._origin)
                yield PartFinished(index=opened.index, part=part)
        self.finished = True
        stop, raw_stop, detail = self._stop(response, name.removeprefix("response."))
        yield StreamFinished(
            stop=stop,
            usage=usage_of(response),
            response_id=as_text(response.get("id")) or self._response_id,
            request_id=self._request_id,
            raw_stop=raw_stop,
            detail=detail,
        )

    def _stop(self, response: Item, ended: str) -> tuple[StopReason, str, str]:
        """Return the reason, the vendor's word for it, and words for the reader; `ended` is how the
        last event calls it.
        """
        status = as_text(response.get("status")) or ended
        reason = as_text(as_item(response.get("incomplete_details")).get("reason"))
        if status != "completed":
            if reason not in _INCOMPLETE:
                self._strange.note("reason to stop", reason or status)
            return _INCOMPLETE.get(reason, StopReason.UNKNOWN), reason or status, ""
        if self._refusals:
            return StopReason.REFUSAL, "refusal", BLANK_LINE.join(self._refusals)
        if any(call.complete for call in self._calls):
            return StopReason.TOOL_USE, status, ""
        return StopReason.END, status, ""

    def _fault(self, payload: Item) -> ProviderError:
        return fault_in_stream(self._endpoint, payload, self._request_id)


def _key(event: Item) -> int | str:
    """Tell items apart by their place in the output, by their id where a server leaves that out."""
    place: object = event.get("output_index")
    if isinstance(place, int):
        return place
    return as_text(event.get("item_id")) or as_text(as_item(event.get("item")).get("id"))
