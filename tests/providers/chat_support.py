"""What the tests of the Chat Completions adapter share: endpoints, requests, and whole streams."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.messages import Message, UserMessage
from codex_tui.protocol.tools import ToolSpec
from codex_tui.providers.base import Endpoint, ModelRequest, StreamEvent
from codex_tui.providers.openai_chat.adapter import OpenAIChat
from tests.providers import openai_support
from tests.servers.chat_wire import ChatWire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from codex_tui.protocol.messages import AssistantMessage
    from tests.servers.chat_wire import Reply

MODEL = "house-model"
READ_FILE = ToolSpec(
    name="read_file",
    description="Read a file.",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}},
)


def endpoint_at(base_url: str, **fields: Any) -> Endpoint:
    values = {"name": "house", "api": "openai-chat", "api_key": "test-key", "timeout_s": 5.0}
    return Endpoint(**{**values, "base_url": base_url, "title": "House", **fields})


def request_of(*messages: Message, **fields: Any) -> ModelRequest:
    values = {"model": MODEL, "system": "Be brief.", "tools": (READ_FILE,), "session": "s1"}
    return ModelRequest(**{**values, "messages": messages or (UserMessage(text="hi"),), **fields})


@asynccontextmanager
async def opened(endpoint: Endpoint) -> AsyncIterator[OpenAIChat]:
    provider = OpenAIChat(endpoint)
    try:
        yield provider
    finally:
        await provider.aclose()


async def ask(provider: OpenAIChat, request: ModelRequest | None = None) -> list[StreamEvent]:
    async with aclosing(provider.stream(request or request_of())) as stream:
        return [event async for event in stream]


async def stream_all(endpoint: Endpoint, request: ModelRequest | None = None) -> list[StreamEvent]:
    async with opened(endpoint) as provider:
        return await ask(provider, request)


async def fails(endpoint: Endpoint, request: ModelRequest | None = None) -> ProviderError:
    """The error a call ends with, whatever came before it."""
    with pytest.raises(ProviderError) as caught:
        await stream_all(endpoint, request)
    return caught.value


def message_of(
    events: list[StreamEvent], endpoint: Endpoint, model: str = MODEL
) -> AssistantMessage:
    return openai_support.message_of(events, endpoint, model)


async def heard(reply: Reply, **options: Any) -> AssistantMessage:
    """The message the adapter makes of a single reply."""
    async with ChatWire([reply], **options) as wire:
        endpoint = endpoint_at(wire.base_url)
        return message_of(await stream_all(endpoint), endpoint)
