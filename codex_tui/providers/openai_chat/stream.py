"""Chat Completions chunks as the neutral stream: one reader for one answer, without the SDK.

Tolerant by intent, because every server writes its own dialect: unknown fields pass unnoticed,
missing ones mean nothing. What is not tolerated is an answer that only looks complete. The wire's
end is a `finish_reason` or, where a server gives none, `[DONE]` or the counts of the whole answer
after something was said; usage may still come between the two. Source:
https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from codex_tui.protocol.messages import StopReason, TextPart, ThinkingPart
from codex_tui.providers.base import (
    PartDelta,
    PartFinished,
    PartStarted,
    StreamFinished,
    UsageSeen,
)
from codex_tui.providers.faults import garbled
from codex_tui.providers.openai_chat.calls import CallCollector
from codex_tui.providers.openai_chat.reasoning import Reasoning, objects, split_content
from codex_tui.providers.openai_chat.usage import usage_of
from codex_tui.providers.presets import preset_of
from codex_tui.providers.stream_faults import fault_in_stream, is_error
from codex_tui.providers.wire_json import as_object, as_text, clean_text, load_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_tui.protocol.messages import Usage
    from codex_tui.providers.base import Endpoint, StreamEvent
    from codex_tui.providers.sse import ServerSentEvent
    from codex_tui.providers.strange import StrangeThings

_STOPS: Final[Mapping[str, StopReason]] = {
    "": StopReason.END,
    "stop": StopReason.END,
    "end_turn": StopReason.END,
    "eos": StopReason.END,
    "stop_sequence": StopReason.END,
    "tool_calls": StopReason.END,  # without a call worth running there is nothing to run
    "tool_use": StopReason.END,
    "function_call": StopReason.END,
    "length": StopReason.LENGTH,
    "max_tokens": StopReason.LENGTH,
    "model_length": StopReason.CONTEXT,
    "model_context_window_exceeded": StopReason.CONTEXT,
    "content_filter": StopReason.FILTER,
    "safety": StopReason.FILTER,
    "sensitive": StopReason.FILTER,
    "refusal": StopReason.REFUSAL,
}
# With these the model was stopped, in the call it was writing if it was writing one.
_CUT_SHORT: Final = frozenset(
    {StopReason.LENGTH, StopReason.CONTEXT, StopReason.FILTER, StopReason.REFUSAL}
)
# A server's failure in the place of a reason.
_FAILURES: Final = frozenset({"error", "network_error", "insufficient_system_resource"})


@dataclass(slots=True)
class _Words:
    """The text or reasoning that is being written."""

    index: int
    kind: Literal["text", "thinking"]
    pieces: list[str] = field(default_factory=list[str])


class ChatReader:
    """Reads one answer: feed it every event until `ended`, then take `finish()`.

    `stopped` is True once the model was done; counts may follow, so reading goes on for a moment.
    `ended` is True once nothing more is to be waited for. `complete` says that a reply which comes
    to its own end here may be taken for whole: the counts of the answer came, though no reason.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        strange: StrangeThings,
        request_id: str | None = None,
    ) -> None:
        self.stopped = False
        self.ended = False
        self.complete = False
        self._endpoint = endpoint
        self._origin = endpoint.origin(model)
        self._request_id = request_id
        self._strange = strange
        self._response_id: str | None = None
        self._next_index = 0
        self._open: _Words | None = None
        self._calls = CallCollector(self._origin, self._take_index)
        self._reasoning = Reasoning()
        self._usage: Usage | None = None
        self._raw_stop = ""
        self._refusal: list[str] = []
        preset = preset_of(endpoint)
        self._counts_dollars = preset is not None and preset.name == "openrouter"

    def feed(self, event: ServerSentEvent) -> Iterator[StreamEvent]:
        """Read one event; raises `ProviderError` for a failure it reports and what is no JSON."""
        data = event.data.strip()
        if not data:
            return
        if data == "[DONE]":
            self.stopped = self.stopped or self._next_index > 0
            self.ended = self.stopped
            return
        try:
            chunk = as_object(load_json(data))
        except ValueError:
            raise garbled(self._endpoint, data) from None
        if event.event == "error" or is_error(chunk):
            raise fault_in_stream(self._endpoint, chunk, self._request_id)
        yield from self._read(chunk)

    def feed_whole(self, completion: dict[str, Any]) -> Iterator[StreamEvent]:
        """Read an answer that came in one piece; raises `ProviderError` for a failure."""
        if is_error(completion):
            raise fault_in_stream(self._endpoint, completion, self._request_id)
        yield from self._read(completion)
        self.stopped = self.ended = True

    def finish(self) -> Iterator[StreamEvent]:
        """Yield the ends of what is open, and the end of the stream; once, after `stopped`."""
        yield from self._close()
        yield from self._calls.announce_nameless()
        stop = _STOPS.get(self._raw_stop.lower(), StopReason.UNKNOWN)
        if stop is StopReason.UNKNOWN:
            self._strange.note("reason to stop", self._raw_stop)
        runnable = False
        for index, call in self._calls.finished(cut_short=stop in _CUT_SHORT):
            runnable = runnable or call.complete
            yield PartFinished(index=index, part=call)
        state = self._reasoning.part(self._origin)
        if state is not None:
            yield PartFinished(index=self._take_index(), part=state)
        yield StreamFinished(
            stop=self._judged(stop, runnable=runnable),
            usage=self._usage,
            response_id=self._response_id,
            request_id=self._request_id,
            raw_stop=self._raw_stop,
            detail="".join(self._refusal),
        )

    def _judged(self, stop: StopReason, *, runnable: bool) -> StopReason:
        """Decide by what came: servers name any reason beside calls that want to be run."""
        if stop is StopReason.LENGTH and not self._next_index:
            return StopReason.CONTEXT  # no room for a single token: the prompt fills the window
        if stop in _CUT_SHORT:
            return stop
        if self._refusal:
            return StopReason.REFUSAL
        return StopReason.TOOL_USE if runnable else stop

    def _read(self, chunk: dict[str, Any]) -> Iterator[StreamEvent]:
        self._response_id = self._response_id or as_text(chunk.get("id")) or None
        choice = next(
            (each for each in objects(chunk.get("choices")) if not each.get("index")),
            dict[str, Any](),
        )
        if choice.get("error"):
            raise fault_in_stream(self._endpoint, choice, self._request_id)
        yield from self._read_delta(
            as_object(choice.get("delta")) or as_object(choice.get("message"))
        )
        reason = as_text(choice.get("finish_reason"))
        if reason:
            self._stop(reason)
        usage = usage_of(chunk, choice, dollars=self._counts_dollars)
        if usage is not None:
            self._usage = usage
            self.ended = self.stopped
            self.complete = self.complete or (not choice and self._next_index > 0)
            if not self.stopped:  # servers that count as they go; else the end says it
                yield UsageSeen(usage=usage)

    def _read_delta(self, delta: dict[str, Any]) -> Iterator[StreamEvent]:
        thought, words = split_content(delta.get("content"))
        refusal = clean_text(as_text(delta.get("refusal")))
        if refusal:
            self._refusal.append(refusal)
        yield from self._say("thinking", self._reasoning.read(delta) or thought)
        yield from self._say("text", words + refusal)
        for piece in objects(delta.get("tool_calls")):
            yield from self._close()
            yield from self._calls.feed(piece)

    def _stop(self, reason: str) -> None:
        if reason in _FAILURES:
            payload = {"message": f"The server stopped with {reason!r}."}
            raise fault_in_stream(self._endpoint, payload, self._request_id)
        self.stopped = True
        self._raw_stop = reason

    def _say(self, kind: Literal["text", "thinking"], text: str) -> Iterator[StreamEvent]:
        if self._open is None or self._open.kind != kind:
            if not text.strip():
                return  # blank lines between reasoning, words and calls are no words
            yield from self._close()
            self._open = _Words(self._take_index(), kind)
            yield PartStarted(index=self._open.index, kind=kind)
        if text:
            self._open.pieces.append(text)
            yield PartDelta(index=self._open.index, text=text)

    def _close(self) -> Iterator[StreamEvent]:
        if self._open is None:
            return
        text = "".join(self._open.pieces)
        part = TextPart(text=text) if self._open.kind == "text" else ThinkingPart(text=text)
        yield PartFinished(index=self._open.index, part=part)
        self._open = None

    def _take_index(self) -> int:
        index = self._next_index
        self._next_index += 1
        return index
