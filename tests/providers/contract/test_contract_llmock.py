"""The three adapters against `llmock`, a server for many wires written by others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from llmock.scenarios import Fail, Reply, StreamFault
from llmock.scenarios import ToolCall as Called
from llmock.testing import LLMockServer

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.protocol.messages import StopReason, ToolResultMessage, UserMessage
from tests.providers.contract.support import ask, check_fault, message_of, opened, request_of
from tests.providers.contract.wire import Wire
from tests.providers.contract.wires import CHAT, MESSAGES, RESPONSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_tui.providers.base import LLMProvider

VENDORS = [
    *((CHAT, vendor) for vendor in ("openai", "groq", "mistral", "xai", "together")),
    (RESPONSES, "openai"),
    (MESSAGES, "anthropic"),
]
over_vendors = pytest.mark.parametrize(
    ("wire", "vendor"), VENDORS, ids=[f"{wire}-{vendor}" for wire, vendor in VENDORS]
)


@pytest.fixture(scope="module")
def running() -> Iterator[LLMockServer]:
    with LLMockServer() as started:
        yield started


@pytest.fixture
def server(running: LLMockServer) -> LLMockServer:
    running.state.scenarios.clear()
    return running


async def fails(wire: Wire, provider: LLMProvider) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await ask(provider, request_of(model=wire.model))
    check_fault(caught.value)
    return caught.value


@over_vendors
async def test_words_then_calls_and_their_results(
    server: LLMockServer, wire: Wire, vendor: str
) -> None:
    paths = ("a.py", "São Paulo.py")
    calls = tuple(Called("read_file", {"path": path}) for path in paths)
    server.state.scenarios.add(Reply(text="One moment.", tool_calls=calls), Reply(text="Empty."))
    history = [UserMessage(text="Read both.")]
    async with opened(wire, server.base_url(vendor)) as provider:
        answers = []
        for _ in range(2):
            events = await ask(provider, request_of(*history, model=wire.model))
            answers.append(message_of(events, provider.endpoint.origin(wire.model)))
            history.append(answers[-1])
            history += [
                ToolResultMessage(call_id=call.id, name=call.name, content="")
                for call in answers[-1].tool_calls
            ]
    first, second = answers
    assert (first.text, first.stop) == ("One moment.", StopReason.TOOL_USE)
    assert [json.loads(call.arguments)["path"] for call in first.tool_calls] == [*paths]
    assert (second.text, second.stop) == ("Empty.", StopReason.END)
    assert first.usage is None or first.usage.input_tokens > 0


@over_vendors
async def test_overload_and_rate_limit_come_with_their_delays(
    server: LLMockServer, wire: Wire, vendor: str
) -> None:
    server.state.scenarios.add(Fail(503, retry_after=3), Fail(429, retry_after=2), Fail(401))
    async with opened(wire, server.base_url(vendor)) as provider:
        overload, limit, refused = [await fails(wire, provider) for _ in range(3)]
    assert (overload.kind, overload.retry_after_s) == (Kind.OVERLOADED, 3.0)
    assert (limit.kind, limit.retry_after_s) == (Kind.RATE_LIMIT, 2.0)
    assert refused.kind is Kind.AUTHENTICATION


@over_vendors
@pytest.mark.parametrize("fault", ["truncate", "disconnect", "malformed"])
async def test_broken_stream_is_an_interruption(
    server: LLMockServer, wire: Wire, vendor: str, fault: str
) -> None:
    server.state.scenarios.add(
        Reply(text="one two three four five"), StreamFault(fault, after_chunks=4)
    )
    async with opened(wire, server.base_url(vendor)) as provider:
        assert (await fails(wire, provider)).kind is Kind.STREAM_INTERRUPTED


@over_vendors
async def test_models_of_a_server_that_tells_little(
    server: LLMockServer, wire: Wire, vendor: str
) -> None:
    async with opened(wire, server.base_url(vendor)) as provider:
        found = await provider.list_models()
    assert found
    assert all(info.ref.provider == "acme" and info.ref.model for info in found)
