"""Notices when a server refuses a key that was fetched for it: such a key may simply be out of
date, and the next one good. Everything else passes through.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import LLMProvider, ModelRequest, StreamEvent


class FetchedKeyProvider:
    """An `LLMProvider` around another one; `refused` is called when its key is not accepted."""

    def __init__(self, provider: LLMProvider, refused: Callable[[], None]) -> None:
        self.endpoint = provider.endpoint
        self._provider = provider
        self._refused = refused

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Make one model call; see `LLMProvider.stream`."""
        try:
            async with aclosing(self._provider.stream(request)) as events:
                async for event in events:
                    yield event
        except ProviderError as error:
            self._look_at(error)
            raise

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """Ask the server what it serves; see `LLMProvider.list_models`."""
        try:
            return await self._provider.list_models()
        except ProviderError as error:
            self._look_at(error)
            raise

    async def aclose(self) -> None:
        """Close the connections."""
        await self._provider.aclose()

    def _look_at(self, error: ProviderError) -> None:
        if error.kind is ProviderErrorKind.AUTHENTICATION:
            self._refused()
