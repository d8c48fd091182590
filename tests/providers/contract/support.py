"""Asking a provider over its wire, and comparing what came, whatever the wire."""

from __future__ import annotations

import traceback
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    Origin,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    Usage,
    UserMessage,
)
from codex_tui.protocol.tools import ToolSpec
from codex_tui.providers.base import (
    LLMProvider,
    ModelRequest,
    PartDelta,
    PartFinished,
    PartStarted,
    StreamEvent,
    StreamFinished,
    UsageSeen,
)
from tests.providers.contract.clouds import CLOUDS
from tests.providers.contract.wire import COUNTED, KEY, Said, Say, Think, Use, Wire
from tests.providers.contract.wires import ALL, WIRES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from codex_tui.protocol.messages import AssistantPart

over_all = pytest.mark.parametrize("wire", ALL, ids=str)
"""The three wires and the dialects."""
over_wires = pytest.mark.parametrize("wire", WIRES, ids=str)
over_places = pytest.mark.parametrize("wire", [*WIRES, *CLOUDS], ids=str)
"""The three wires, and each once more in every cloud that carries it."""

READ_FILE = ToolSpec(
    name="read_file",
    description="Read a file.",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}},
)


def request_of(*messages: Message, **fields: Any) -> ModelRequest:
    values = {"system": "Be brief.", "tools": (READ_FILE,), "session": "s1"}
    return ModelRequest(**{**values, "messages": messages or (UserMessage(text="hi"),), **fields})


@asynccontextmanager
async def opened(wire: Wire, base_url: str, **fields: Any) -> AsyncIterator[LLMProvider]:
    provider = wire.adapter(wire.endpoint(base_url, **fields))
    try:
        yield provider
    finally:
        await provider.aclose()


async def ask(provider: LLMProvider, request: ModelRequest) -> list[StreamEvent]:
    async with aclosing(answer_of(provider, request)) as stream:
        return [event async for event in stream]


async def answer_of(provider: LLMProvider, request: ModelRequest) -> AsyncGenerator[StreamEvent]:
    """The answer alone, without the counts that come on the way."""
    async with aclosing(provider.stream(request)) as stream:
        async for event in stream:
            if not isinstance(event, UsageSeen):
                yield event


async def play(wire: Wire, *script: Any, **fields: Any) -> list[StreamEvent]:
    """What comes of one request; the strict server had nothing to object."""
    async with wire.server(script) as server, opened(wire, server.base_url) as provider:
        events = await ask(provider, request_of(**{"model": wire.model, **fields}))
        assert server.refused == []
    return events


async def fault_of(
    wire: Wire, *script: Any, before: list[StreamEvent] | None = None, **fields: Any
) -> ProviderError:
    """The error one request ends with; what came before it is put into `before`."""
    shown = [] if before is None else before
    async with (
        wire.server(script) as server,
        opened(wire, server.base_url, **fields) as provider,
    ):
        with pytest.raises(ProviderError) as caught:
            async with aclosing(answer_of(provider, request_of(model=wire.model))) as stream:
                async for event in stream:
                    shown.append(event)
        assert server.refused == []
        assert len(server.received) <= 1, "an adapter does not try again on its own"
    check_fault(caught.value)
    return caught.value


def check_fault(error: ProviderError) -> None:
    """What holds for every error: it names its provider and never the key."""
    assert error.provider == "acme"
    shown = [*traceback.format_exception(error), repr(error), str(error), repr(vars(error))]
    assert KEY not in "".join(shown)


def message_of(events: list[StreamEvent], origin: Origin) -> AssistantMessage:
    """Put a stream together the way the engine does: finished parts by index."""
    parts = {event.index: event.part for event in events if isinstance(event, PartFinished)}
    assert sorted(parts) == list(range(len(parts))), "indices are dense from 0"
    end = events[-1]
    assert isinstance(end, StreamFinished)
    return AssistantMessage(
        parts=tuple(parts[index] for index in sorted(parts)),
        origin=origin,
        stop=end.stop,
        usage=end.usage,
        response_id=end.response_id,
        request_id=end.request_id,
    )


def expected(
    *said: Said, wire: Wire, stop: StopReason | None = None, usage: Usage = COUNTED
) -> list[StreamEvent]:
    """The whole stream, part by part, in the form `trace` gives it."""
    events: list[StreamEvent] = []
    number = 0
    for index, each in enumerate(said):
        match each:
            case Say(text):
                events += _part(PartStarted(index=index, kind="text"), text, TextPart(text=text))
            case Think(text):
                part = ThinkingPart(text=text)
                events += _part(PartStarted(index=index, kind="thinking"), text, part)
            case Use(name):
                call_id, number = f"call {number}", number + 1
                start = PartStarted(index=index, kind="tool_call", call_id=call_id, name=name)
                part = ToolCall(id=call_id, name=name, arguments=each.raw or "{}")
                events += _part(start, each.raw, part)
    natural = StopReason.TOOL_USE if number else StopReason.END
    counted = usage if wire.counts else None
    return [*events, StreamFinished(stop=stop or natural, usage=counted)]


def _part(start: PartStarted, text: str, part: AssistantPart) -> list[StreamEvent]:
    deltas = [PartDelta(index=start.index, text=text)] if text else []
    return [start, *deltas, PartFinished(index=start.index, part=part)]


def trace(events: list[StreamEvent]) -> list[StreamEvent]:
    """A stream without what wires do each their own way: order between parts (within each it
    stays), sizes of deltas, ids, and the vendor's own words and state.
    """
    check_order(events)
    *parts, end = events
    merged: list[StreamEvent] = []
    ids: dict[str, str] = {}
    for event in sorted(parts, key=lambda each: getattr(each, "index", -1)):
        last = merged[-1] if merged else None
        match event:
            case PartStarted(call_id=str(given)) if event.kind == "tool_call":
                ids[given] = f"call {len(ids)}"
                merged.append(replace(event, call_id=ids[given]))
            case PartDelta() if isinstance(last, PartDelta) and last.index == event.index:
                merged[-1] = replace(last, text=last.text + event.text)
            case PartFinished(part=ToolCall() as part):
                part = replace(part, id=ids[part.id], opaque=None)
                merged.append(PartFinished(index=event.index, part=part))
            case PartFinished(part=TextPart() as part):
                merged.append(PartFinished(index=event.index, part=replace(part, opaque=None)))
            case PartFinished(part=ThinkingPart() as part):
                part = replace(part, opaque=None, note=False)
                merged.append(PartFinished(index=event.index, part=part))
            case _:
                merged.append(event)
    assert isinstance(end, StreamFinished)
    return [*merged, StreamFinished(stop=end.stop, usage=end.usage)]


def check_order(events: list[StreamEvent]) -> None:
    """What every stream keeps: parts begin in the order of their numbers, grow, and end once; the
    end of the stream comes last.
    """
    assert [type(event) for event in events].index(StreamFinished) == len(events) - 1
    begun: list[int] = []
    ended: set[int] = set()
    for event in events[:-1]:
        match event:
            case PartStarted(index=index):
                assert index > max(begun, default=-1)
                begun.append(index)
            case PartDelta(index=index, text=text):
                assert text
                assert index in begun
                assert index not in ended
            case PartFinished(index=index, part=part):
                assert index not in ended
                if isinstance(part, ServerPart):
                    begun.append(index)
                assert index in begun
                ended.add(index)
            case _:
                raise AssertionError(event)
    assert ended == set(range(len(begun)))


def words_of(events: list[StreamEvent]) -> str:
    """All that was shown, in the order it came."""
    return "".join(event.text for event in events if isinstance(event, PartDelta))
