"""Against `llmock`, a Responses server written by others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from llmock.scenarios import Fail, Reply, StreamFault
from llmock.scenarios import ToolCall as Called
from llmock.testing import LLMockServer

from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.protocol.messages import StopReason, ToolResultMessage, UserMessage
from tests.providers.openai_support import endpoint_at, fails, message_of, request_of, stream_all

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[LLMockServer]:
    with LLMockServer() as running:
        yield running


async def test_text_then_a_call_and_its_result(server: LLMockServer) -> None:
    server.state.scenarios.add(
        Reply(text="Let me look.", tool_calls=(Called("read_file", {"path": "a.py"}),)),
        Reply(text="It is empty."),
    )
    endpoint = endpoint_at(server.base_url("openai"))
    first = message_of(await stream_all(endpoint), endpoint)
    assert (first.text, first.stop) == ("Let me look.", StopReason.TOOL_USE)
    (call,) = first.tool_calls
    assert call.name == "read_file"
    result = ToolResultMessage(call_id=call.id, name=call.name, content="")
    history = (UserMessage(text="Read a.py"), first, result)
    second = message_of(await stream_all(endpoint, request_of(*history)), endpoint)
    assert (second.text, second.stop) == ("It is empty.", StopReason.END)
    assert second.usage is not None
    assert second.usage.input_tokens > 0


async def test_overload_is_reported(server: LLMockServer) -> None:
    server.state.scenarios.add(Fail(503, retry_after=3))
    error = await fails(endpoint_at(server.base_url("openai")))
    assert (error.kind, error.retryable, error.retry_after_s) == (Kind.OVERLOADED, True, 3.0)


@pytest.mark.parametrize("fault", ["truncate", "disconnect", "malformed"])
async def test_broken_stream_is_an_interruption(server: LLMockServer, fault: str) -> None:
    server.state.scenarios.add(Reply(text="one two three"), StreamFault(fault, after_chunks=6))
    error = await fails(endpoint_at(server.base_url("openai")))
    assert error.kind is Kind.STREAM_INTERRUPTED
