"""What the tests of the Responses adapter share: endpoints, requests, and whole streams."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.messages import AssistantMessage, Message, UserMessage
from codex_tui.protocol.tools import ToolSpec
from codex_tui.providers.base import (
    Endpoint,
    ModelRequest,
    PartFinished,
    StreamEvent,
    StreamFinished,
)
from codex_tui.providers.openai_responses.adapter import OpenAIResponses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MODEL = "gpt-6.1-sol"
READ_FILE = ToolSpec(
    name="read_file",
    description="Read a file.",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}},
)


def endpoint_at(base_url: str, **fields: Any) -> Endpoint:
    values = {"name": "openai", "api": "openai-responses", "api_key": "test-key", "timeout_s": 5.0}
    return Endpoint(**{**values, "base_url": base_url, "title": "OpenAI", **fields})


def request_of(*messages: Message, **fields: Any) -> ModelRequest:
    values = {"model": MODEL, "system": "Be brief.", "tools": (READ_FILE,), "session": "s1"}
    return ModelRequest(**{**values, "messages": messages or (UserMessage(text="hi"),), **fields})


@asynccontextmanager
async def opened(endpoint: Endpoint) -> AsyncIterator[OpenAIResponses]:
    provider = OpenAIResponses(endpoint)
    try:
        yield provider
    finally:
        await provider.aclose()


async def stream_all(endpoint: Endpoint, request: ModelRequest | None = None) -> list[StreamEvent]:
    async with (
        opened(endpoint) as provider,
        aclosing(provider.stream(request or request_of())) as stream,
    ):
        return [event async for event in stream]


async def fails(endpoint: Endpoint, request: ModelRequest | None = None) -> ProviderError:
    """The error a call ends with, whatever came before it."""
    with pytest.raises(ProviderError) as caught:
        await stream_all(endpoint, request)
    return caught.value


def message_of(
    events: list[StreamEvent], endpoint: Endpoint, model: str = MODEL
) -> AssistantMessage:
    """Put a stream together the way the engine does: finished parts by index."""
    parts = {event.index: event.part for event in events if isinstance(event, PartFinished)}
    assert sorted(parts) == list(range(len(parts))), "indices are dense from 0"
    end = events[-1]
    assert isinstance(end, StreamFinished)
    return AssistantMessage(
        parts=tuple(parts[index] for index in sorted(parts)),
        origin=endpoint.origin(model),
        stop=end.stop,
        usage=end.usage,
        response_id=end.response_id,
        request_id=end.request_id,
    )
