from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest
from llmock.scenarios import Fail, Reply, StreamFault
from llmock.scenarios import ToolCall as MockCall
from llmock.testing import LLMockServer

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import (
    AssistantMessage,
    StopReason,
    TextPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.protocol.tools import ToolSpec
from codex_tui.providers.anthropic_messages.adapter import AnthropicMessages
from codex_tui.providers.base import Endpoint, ModelRequest, PartFinished, StreamFinished

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from codex_tui.protocol.messages import Message
    from codex_tui.providers.base import StreamEvent

TOOL = ToolSpec(
    name="get_weather",
    description="Weather.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}},
)


@pytest.fixture(scope="module")
def server() -> Iterator[LLMockServer]:
    with LLMockServer() as running:
        yield running


@pytest.fixture
async def provider(server: LLMockServer) -> AsyncIterator[AnthropicMessages]:
    server.state.scenarios.clear()
    opened = AnthropicMessages(
        Endpoint(
            name="llmock",
            api="anthropic-messages",
            base_url=server.base_url("anthropic"),
            api_key="test",
            timeout_s=5.0,
        )
    )
    yield opened
    await opened.aclose()


async def ask(provider: AnthropicMessages, *messages: Message) -> list[StreamEvent]:
    asked = ModelRequest(model="claude-opus-4-6", system="Help.", messages=messages, tools=(TOOL,))
    async with aclosing(provider.stream(asked)) as stream:
        return [event async for event in stream]


async def test_a_tool_call_and_the_answer_to_its_result(
    server: LLMockServer, provider: AnthropicMessages
) -> None:
    server.state.scenarios.add(
        Reply(text="One moment.", tool_calls=(MockCall("get_weather", {"city": "São Paulo"}),)),
        Reply(text="It rains in São Paulo."),
    )
    question = UserMessage(text="What is the weather?")
    first = await ask(provider, question)
    parts = tuple(event.part for event in first if isinstance(event, PartFinished))
    assert parts[0] == TextPart(text="One moment.")
    call = parts[1]
    assert isinstance(call, ToolCall)
    assert json.loads(call.arguments) == {"city": "São Paulo"}
    assert isinstance(first[-1], StreamFinished)
    assert first[-1].stop is StopReason.TOOL_USE
    assert first[-1].usage is not None
    assert first[-1].usage.input_tokens > 0

    reply = AssistantMessage(
        parts=parts, origin=provider.endpoint.origin("claude-opus-4-6"), stop=first[-1].stop
    )
    result = ToolResultMessage(call_id=call.id, name=call.name, content="rain")
    second = await ask(provider, question, reply, result)
    assert second[-2] == PartFinished(index=0, part=TextPart(text="It rains in São Paulo."))
    assert isinstance(second[-1], StreamFinished)
    assert second[-1].stop is StopReason.END


async def test_an_overloaded_server(server: LLMockServer, provider: AnthropicMessages) -> None:
    server.state.scenarios.add(Fail(529))
    with pytest.raises(ProviderError) as caught:
        await ask(provider, UserMessage(text="hi"))
    assert caught.value.kind is ProviderErrorKind.OVERLOADED
    assert caught.value.retryable


async def test_a_rate_limit_with_its_delay(
    server: LLMockServer, provider: AnthropicMessages
) -> None:
    server.state.scenarios.add(Fail(429, retry_after=3))
    with pytest.raises(ProviderError) as caught:
        await ask(provider, UserMessage(text="hi"))
    assert caught.value.kind is ProviderErrorKind.RATE_LIMIT
    assert caught.value.retry_after_s == 3.0


@pytest.mark.parametrize("fault", ["truncate", "disconnect", "malformed"])
async def test_a_broken_stream(
    server: LLMockServer, provider: AnthropicMessages, fault: str
) -> None:
    server.state.scenarios.add(
        Reply(text="one two three four five"), StreamFault(fault, after_chunks=4)
    )
    with pytest.raises(ProviderError) as caught:
        await ask(provider, UserMessage(text="hi"))
    assert caught.value.kind is ProviderErrorKind.STREAM_INTERRUPTED


async def test_models_of_a_server_that_tells_little(provider: AnthropicMessages) -> None:
    models = {info.ref.model: info for info in await provider.list_models()}
    assert models["claude-opus-4-6"].name == "Claude Opus 4.6"
    assert models["claude-opus-4-6"].context_window == 1_000_000
    assert models["claude-3-opus-20240229"].context_window is None
