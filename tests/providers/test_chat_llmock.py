"""Against `llmock`, a server for many wires written by others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from llmock.scenarios import Fail, Reply, StreamFault
from llmock.scenarios import ToolCall as Called
from llmock.testing import LLMockServer

from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.protocol.messages import StopReason, ToolResultMessage, UserMessage
from tests.providers.chat_support import (
    endpoint_at,
    fails,
    message_of,
    opened,
    request_of,
    stream_all,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running() -> Iterator[LLMockServer]:
    with LLMockServer() as started:
        yield started


@pytest.fixture
def server(running: LLMockServer) -> LLMockServer:
    running.state.scenarios.clear()
    return running


@pytest.mark.parametrize("vendor", ["openai", "groq", "mistral", "xai", "together"])
async def test_text_then_calls_and_their_results(server: LLMockServer, vendor: str) -> None:
    server.state.scenarios.add(
        Reply(
            text="Let me look.",
            tool_calls=(
                Called("read_file", {"path": "a.py"}),
                Called("read_file", {"path": "b.py"}),
            ),
        ),
        Reply(text="Both are empty."),
    )
    endpoint = endpoint_at(server.base_url(vendor), name=vendor)
    first = message_of(await stream_all(endpoint), endpoint)
    assert (first.text, first.stop) == ("Let me look.", StopReason.TOOL_USE)
    assert [call.arguments for call in first.tool_calls] == [
        '{"path": "a.py"}',
        '{"path": "b.py"}',
    ]
    results = (ToolResultMessage(call_id=c.id, name=c.name, content="") for c in first.tool_calls)
    history = (UserMessage(text="Read both."), first, *results)
    second = message_of(await stream_all(endpoint, request_of(*history)), endpoint)
    assert (second.text, second.stop) == ("Both are empty.", StopReason.END)
    assert second.usage is None or second.usage.output_tokens > 0


async def test_overload_and_rate_limit_are_reported(server: LLMockServer) -> None:
    server.state.scenarios.add(Fail(503, retry_after=3), Fail(429, retry_after=2))
    endpoint = endpoint_at(server.base_url("openai"))
    overload, limit = await fails(endpoint), await fails(endpoint)
    assert (overload.kind, overload.retryable, overload.retry_after_s) == (
        Kind.OVERLOADED,
        True,
        3.0,
    )
    assert (limit.kind, limit.retry_after_s) == (Kind.RATE_LIMIT, 2.0)


@pytest.mark.parametrize("fault", ["truncate", "disconnect", "malformed"])
async def test_broken_stream_is_an_interruption(server: LLMockServer, fault: str) -> None:
    server.state.scenarios.add(Reply(text="one two three"), StreamFault(fault, after_chunks=2))
    assert (await fails(endpoint_at(server.base_url("openai")))).kind is Kind.STREAM_INTERRUPTED


async def test_models_of_a_server_that_tells_little(server: LLMockServer) -> None:
    async with opened(endpoint_at(server.base_url("openai"))) as provider:
        found = await provider.list_models()
    assert found
    assert all(info.ref.provider == "house" for info in found)
