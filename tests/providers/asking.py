"""One way to ask one adapter, for the tests of what only its wire has."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ProviderError
from tests.providers.contract import support

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from codex_tui.protocol.messages import AssistantMessage, Message
    from codex_tui.providers.base import Endpoint, LLMProvider, ModelRequest, StreamEvent
    from tests.providers.contract.wire import Wire


@dataclass(frozen=True)
class Asking:
    """Endpoints named `name`, requests for the wire's model, and whole streams."""

    wire: Wire
    name: str
    title: str

    def endpoint_at(self, base_url: str, **fields: Any) -> Endpoint:
        values = {"name": self.name, "title": self.title, "api_key": "test-key", "key_hint": ""}
        return self.wire.endpoint(base_url, **{**values, **fields})

    def request_of(self, *messages: Message, **fields: Any) -> ModelRequest:
        return support.request_of(*messages, **{"model": self.wire.model, **fields})

    @asynccontextmanager
    async def opened(self, endpoint: Endpoint) -> AsyncIterator[LLMProvider]:
        provider = self.wire.adapter(endpoint)
        try:
            yield provider
        finally:
            await provider.aclose()

    async def ask(
        self, provider: LLMProvider, request: ModelRequest | None = None
    ) -> list[StreamEvent]:
        return await support.ask(provider, request or self.request_of())

    async def stream_all(
        self, endpoint: Endpoint, request: ModelRequest | None = None
    ) -> list[StreamEvent]:
        async with self.opened(endpoint) as provider:
            return await self.ask(provider, request)

    async def fails(self, endpoint: Endpoint, request: ModelRequest | None = None) -> ProviderError:
        """The error a call ends with, whatever came before it."""
        with pytest.raises(ProviderError) as caught:
            await self.stream_all(endpoint, request)
        return caught.value

    def message_of(self, events: list[StreamEvent], endpoint: Endpoint) -> AssistantMessage:
        return support.message_of(events, endpoint.origin(self.wire.model))
