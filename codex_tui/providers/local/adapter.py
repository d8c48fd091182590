"""The local model as a provider: Chat Completions to a server of our own that starts when needed.

What the wire needs is the chat adapter's business; this one sees to it that there is a server, says
so while there is none yet, and tells what became of one that died. One model is loaded at a time.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.providers.base import Waiting
from codex_tui.providers.local.faults import unavailable
from codex_tui.providers.local.listing import local_models
from codex_tui.providers.local.server import LocalServer
from codex_tui.providers.local.start import how
from codex_tui.providers.openai_chat.adapter import OpenAIChat
from codex_tui.providers.presets import CHAT_API

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import Endpoint, ModelRequest, StreamEvent
    from codex_tui.providers.local.host import LocalHost

_BROKEN: Final = frozenset({ProviderErrorKind.CONNECTION, ProviderErrorKind.STREAM_INTERRUPTED})


class LocalProvider:
    """Implements `LLMProvider` on this machine's own model; without a host there is none."""

    def __init__(self, endpoint: Endpoint, host: LocalHost | None = None) -> None:
        self.endpoint = endpoint
        self._host = host
        self._changing = asyncio.Lock()
        self._model = ""
        self._server: LocalServer | None = None
        self._chat: OpenAIChat | None = None

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Have the model's server ready and make one call; see `LLMProvider.stream`."""
        server = await self._server_of(request.model)
        async with aclosing(server.prepare()) as words:
            async for text in words:
                yield Waiting(text=text)
        yield Waiting(text="")
        chat = await self._chat_with(server)
        try:
            async with aclosing(chat.stream(request)) as events:
                async for event in events:
                    yield event
        except ProviderError as error:
            code = await server.death() if error.kind in _BROKEN else None
            if code is None:
                raise
            raise unavailable(
                f"The server of {request.model} ended {how(code)}.",
                "It is started again with the next message.",
                ProviderErrorKind.STREAM_INTERRUPTED,
                retryable=error.retryable,
            ) from error

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """Return the models whose weights are on this machine."""
        return () if self._host is None else local_models(self.endpoint.name, self._host)

    async def aclose(self) -> None:
        """End the server and the connections to it."""
        chat, self._chat = self._chat, None
        server, self._server = self._server, None
        try:
            if chat is not None:
                await chat.aclose()
        finally:
            if server is not None:
                await server.aclose()

    async def _server_of(self, model: str) -> LocalServer:
        """Return the model's server, after ending another model's."""
        if self._host is None:
            raise unavailable("There is no local model here.", "Choose another model.")
        async with self._changing:
            if self._server is None or self._model != model:
                await self.aclose()
                self._model, self._server = model, LocalServer(model, self._host)
            return self._server

    async def _chat_with(self, server: LocalServer) -> OpenAIChat:
        """Return a client for the server as it runs now; a new start has a new place."""
        place = server.place
        chat = self._chat
        if chat is None or chat.endpoint.base_url != place.base_url:
            endpoint = replace(
                self.endpoint, api=CHAT_API, base_url=place.base_url, api_key=place.key
            )
            self._chat = await asyncio.to_thread(OpenAIChat, endpoint)
            if chat is not None:
                await chat.aclose()
            chat = self._chat
        return chat
