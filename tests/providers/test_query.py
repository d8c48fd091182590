"""What the user adds to a provider's address is on every request of every wire."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.messages import UserMessage
from codex_tui.providers.base import Endpoint, ModelRequest, PartFinished
from codex_tui.providers.registry import ProviderRegistry
from tests.servers import anthropic_wire, chat_wire, openai_wire
from tests.servers.anthropic_wire import AnthropicWire
from tests.servers.chat_wire import ChatWire
from tests.servers.loopback import LoopbackServer, Plain
from tests.servers.openai_wire import OpenAIWire

QUERY = {"api-version": "2026-01-01 preview", "subscription": "a&b=c%20ü"}

WIRES = {
    "openai-responses": (
        lambda query: OpenAIWire([openai_wire.answer(openai_wire.text("Hello."))], query=query),
        "gpt-6.1-sol",
    ),
    "openai-chat": (
        lambda query: ChatWire([chat_wire.answer(chat_wire.text("Hello."))], query=query),
        "house-model",
    ),
    "anthropic-messages": (
        lambda query: AnthropicWire([anthropic_wire.Reply("Hello.")], query=query),
        "claude-opus-5-5",
    ),
}


@pytest.mark.parametrize("api", WIRES)
@pytest.mark.parametrize("query", [{}, QUERY])
async def test_query_is_on_model_calls_and_on_the_list_of_models(api, query):
    serve, model = WIRES[api]
    async with serve(query) as wire:
        endpoint = Endpoint(
            name="mine", api=api, base_url=wire.base_url, api_key="test-key", query=query
        )
        registry = ProviderRegistry([endpoint])
        provider = await registry.open("mine")
        request = ModelRequest(model=model, system="", messages=(UserMessage(text="hi"),))
        async with aclosing(provider.stream(request)) as stream:
            parts = [event.part.text async for event in stream if isinstance(event, PartFinished)]
        assert parts == ["Hello."]
        assert model in {info.ref.model for info in await provider.list_models()}
        await registry.aclose()


@pytest.mark.parametrize("api", WIRES)
async def test_secret_of_a_query_is_in_no_repr_and_no_error(api):
    def echo(request):
        return Plain(status=400, body=f"cannot serve {request.path} hush-hush-1".encode())

    async with LoopbackServer(echo) as server:
        endpoint = Endpoint(
            name="mine",
            api=api,
            base_url=server.base_url,
            api_key="test-key",
            query={"api-key": "hush-hush-1"},
        )
        registry = ProviderRegistry([endpoint])
        with pytest.raises(ProviderError) as caught:
            await (await registry.open("mine")).list_models()
        await registry.aclose()
    assert "hush" not in repr(endpoint) + str(caught.value) + repr(caught.value)
    assert "cannot serve" in str(caught.value)
