"""The Messages event stream as neutral stream events, one event at a time; no SDK, no connection.

Tolerant by intent: pings, events, blocks and deltas that are not known are passed over. What is not
tolerated is an answer that only looks complete: a call is complete when its JSON parses (`blocks`)
and the model did not stop for want of room.

Source: https://platform.claude.com/docs/en/build-with-claude/streaming.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from codex_tui.protocol.compaction import SUMMARY_BLOCK
from codex_tui.protocol.messages import StopReason, TextPart, ToolCall
from codex_tui.providers.anthropic_messages.blocks import KINDS, Block, named
from codex_tui.providers.anthropic_messages.thinking import log_passed_over
from codex_tui.providers.anthropic_messages.usage import UsageCount
from codex_tui.providers.base import (
    PartDelta,
    PartFinished,
    PartStarted,
    StreamFinished,
    ThinkingSeen,
    UsageSeen,
)
from codex_tui.providers.faults import garbled
from codex_tui.providers.stream_faults import fault_in_stream, is_error
from codex_tui.providers.wire_json import as_count, as_object, as_text, load_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_tui.protocol.messages import Origin
    from codex_tui.providers.base import Endpoint, StreamEvent
    from codex_tui.providers.sse import ServerSentEvent
    from codex_tui.providers.strange import StrangeThings

_STOPS: Final[Mapping[str, StopReason]] = {
    "end_turn": StopReason.END,
    "stop_sequence": StopReason.END,
    "tool_use": StopReason.TOOL_USE,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.CONTEXT,
    "refusal": StopReason.REFUSAL,
    "pause_turn": StopReason.PAUSE,
    "compaction": StopReason.END,
}
# With these the model was cut short, and the call it was writing with it.
_CUT_SHORT: Final = frozenset({StopReason.LENGTH, StopReason.CONTEXT, StopReason.REFUSAL})
Fields = dict[str, Any]


class MessageReader:
    """Reads one answer. Feed it every server-sent event until `finished`, then take `outcome()`."""

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        strange: StrangeThings,
        request_id: str | None,
        notes: bool,
    ) -> None:
        self.finished = False
        self._notes = notes
        self._endpoint = endpoint
        self._origin: Origin = endpoint.origin(model)
        self._request_id = request_id
        self._strange = strange
        self._response_id: str | None = None
        self._open: dict[object, Block] = {}
        self._next_index = 0
        self._held: tuple[int, ToolCall] | None = None
        self._usage = UsageCount()
        self._raw_stop = ""
        self._detail = ""

    def feed(self, event: ServerSentEvent) -> Iterator[StreamEvent]:
        """Read one event; raises `ProviderError` for an error event and for one that is no JSON."""
        if event.data.strip() in {"", "[DONE]"}:
            return  # some gateways keep alive with nothing, and end every stream the OpenAI way
        try:
            data = as_object(load_json(event.data))
        except ValueError:
            raise garbled(self._endpoint, event.data) from None
        name = data.get("type") or event.event or None
        match name:
            case "content_block_delta":
                yield from self._grow(data)
            case "content_block_start":
                yield from self._end(data.get("index"))
                yield from self._release()
                yield from self._begin(data.get("index"), as_object(data.get("content_block")))
            case "content_block_stop":
                yield from self._end(data.get("index"))
            case "message_start":
                message = as_object(data.get("message"))
                self._response_id = as_text(message.get("id")) or None
                log_passed_over(self._endpoint, message)
                yield from self._count(as_object(message.get("usage")))
            case "message_delta":
                self._note_stop(as_object(data.get("delta")))
                yield from self._count(as_object(data.get("usage")))
            case "message_stop":
                yield from self._finish()
            case _ if name == "error" or data.get("error") or (name is None and is_error(data)):
                told = as_text(data.get("request_id"))
                raise fault_in_stream(self._endpoint, data, told or self._request_id)
            case str() if name != "ping":
                self._strange.note("event", name)
            case _:
                return

    def outcome(self) -> StreamFinished:
        """Return the last event of the stream, once `finished`."""
        return StreamFinished(
            stop=self._stop,
            usage=self._usage.total(),
            response_id=self._response_id,
            request_id=self._request_id,
            raw_stop=self._raw_stop,
            detail=self._detail,
        )

    @property
    def _stop(self) -> StopReason:
        return _STOPS.get(self._raw_stop, StopReason.UNKNOWN)

    def _count(self, usage: Fields) -> Iterator[StreamEvent]:
        self._usage.update(usage)
        seen = self._usage.total()
        if usage and seen is not None:
            yield UsageSeen(usage=seen)

    def _begin(self, key: object, wire: Fields) -> Iterator[StreamEvent]:
        kind = KINDS.get(as_text(wire.get("type")))
        if kind is None:
            if wire.get("type") != SUMMARY_BLOCK:
                self._strange.note("block", as_text(wire.get("type")))
            self._open[key] = Block(-1, wire)
            return
        block = self._open[key] = Block(self._take_index(), wire)
        call_id, name = named(wire) if kind == "tool_call" else ("", "")
        yield PartStarted(index=block.index, kind=kind, call_id=call_id, name=name)
        already = block.begin()
        if already:
            yield PartDelta(index=block.index, text=already)

    def _grow(self, data: Fields) -> Iterator[StreamEvent]:
        block = self._open.get(data.get("index"))
        if block is None:
            return
        delta = as_object(data.get("delta"))
        tokens = as_count(delta.get("estimated_tokens"))
        if tokens and block.type == "thinking":
            yield ThinkingSeen(tokens=tokens)
        shown = block.grow(delta)
        if shown:
            yield PartDelta(index=block.index, text=shown)

    def _end(self, key: object) -> Iterator[StreamEvent]:
        block = self._open.pop(key, None)
        if block is None:
            return
        match block.type:
            case "text":
                yield PartFinished(index=block.index, part=TextPart(text=block.text))
            case "thinking" | "redacted_thinking":
                part = block.thinking(self._origin, notes=self._notes)
                yield PartFinished(index=block.index, part=part)
            case "tool_use":
                yield from self._release()
                self._held = (block.index, block.call())
            case _:
                kept = block.server_part(self._origin)
                if kept is not None:
                    yield PartFinished(index=self._take_index(), part=kept)

    def _release(self) -> Iterator[StreamEvent]:
        """Report the finished call that was held back until it was known not to be cut short."""
        if self._held is not None:
            index, call = self._held
            self._held = None
            yield PartFinished(index=index, part=call)

    def _finish(self) -> Iterator[StreamEvent]:
        """Report what is left: a call the model was cut short in, and blocks never closed."""
        if self._held is not None and self._stop in _CUT_SHORT:
            self._held = (self._held[0], _incomplete(self._held[1]))
        yield from self._release()
        for key, block in tuple(self._open.items()):
            block.whole = False
            yield from self._end(key)
            if self._held is not None:
                self._held = (self._held[0], _incomplete(self._held[1]))
            yield from self._release()
        self.finished = True

    def _note_stop(self, delta: Fields) -> None:
        self._raw_stop = as_text(delta.get("stop_reason")) or self._raw_stop
        if self._stop is StopReason.UNKNOWN and self._raw_stop:
            self._strange.note("reason to stop", self._raw_stop)
        details = as_object(delta.get("stop_details"))
        said = (as_text(details.get("category")), as_text(details.get("explanation")))
        self._detail = ": ".join(filter(None, said)) or self._detail

    def _take_index(self) -> int:
        index = self._next_index
        self._next_index += 1
        return index


def _incomplete(call: ToolCall) -> ToolCall:
    return replace(call, complete=False)
