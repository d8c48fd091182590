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
from codex_tui.providers.base import PartDelta, PartFinished, PartStarted, StreamFinished
from codex_tui.providers.faults import fault_from_code
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

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_tui.protocol.errors import ProviderError
    from codex_tui.providers.base import Endpoint, StreamEvent

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

    def __init__(self, endpoint: Endpoint, model: str, *, request_id: str | None = None) -> None:
        self.finished = False
        self._endpoint = endpoint
        self._origin = endpoint.origin(model)
        self._request_id = request_id
        self._response_id: str | None = None
        self._items: dict[int | str, _Open] = {}
        self._calls: list[ToolCall] = []
        self._refusals: list[str] = []

    def read(self, event: Item) -> Iterator[StreamEvent]:
        """Yield what one event means; raises `ProviderError` when it reports a failure."""
        name = event.get("type")
        match name:
            case "response.created":
                self._response_id = as_text(as_item(event.get("response")).get("id")) or None
            case "response.output_item.added":
                yield from self._begin(event)
            case "response.output_item.done":
                yield from self._end(event)
            case "response.completed" | "response.incomplete":
                yield from self._finish(as_item(event.get("response")))
            case "response.failed":
                raise self._fault(as_item(as_item(event.get("response")).get("error")))
            case "error":
                raise self._fault(as_item(event.get("error")) or event)
            case str() if name in _DELTAS:
                yield from self._extend(event, *_DELTAS[name])
            case None if isinstance(event.get("error"), dict):
                raise self._fault(as_item(event["error"]))
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

    def _finish(self, response: Item) -> Iterator[StreamEvent]:
        for opened in self._items.values():
            if not opened.finished:
                pieces = "".join(opened.pieces)
                part = unfinished_part(opened.kind, opened.begun, pieces, self._origin)
                yield PartFinished(index=opened.index, part=part)
        self.finished = True
        stop, raw_stop, detail = self._stop(response)
        yield StreamFinished(
            stop=stop,
            usage=usage_of(response.get("usage")),
            response_id=as_text(response.get("id")) or self._response_id,
            request_id=self._request_id,
            raw_stop=raw_stop,
            detail=detail,
        )

    def _stop(self, response: Item) -> tuple[StopReason, str, str]:
        """Return the reason, the vendor's word for it, and words for the reader."""
        status = as_text(response.get("status")) or "completed"
        reason = as_text(as_item(response.get("incomplete_details")).get("reason"))
        if status != "completed":
            return _INCOMPLETE.get(reason, StopReason.UNKNOWN), reason or status, ""
        if self._refusals:
            return StopReason.REFUSAL, "refusal", BLANK_LINE.join(self._refusals)
        if any(call.complete for call in self._calls):
            return StopReason.TOOL_USE, status, ""
        return StopReason.END, status, ""

    def _fault(self, error: Item) -> ProviderError:
        code = as_text(error.get("code")) or as_text(error.get("type"))
        return fault_from_code(
            self._endpoint,
            # A failure without a name of its own is the server's.
            code=code if code not in {"", "error"} else "server_error",
            message=as_text(error.get("message")),
            request_id=self._request_id,
        )


def _key(event: Item) -> int | str:
    """Tell items apart by their place in the output, by their id where a server leaves that out."""
    place: object = event.get("output_index")
    if isinstance(place, int):
        return place
    return as_text(event.get("item_id")) or as_text(as_item(event.get("item")).get("id"))
