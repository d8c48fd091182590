"""Keeps a provider's key fresh where a key is fetched: tokens of clouds and gateways last an hour.

A key that the server has taken before and refuses now is out of date: it is fetched again, once,
and the call is made again with it; nothing of an answer was there yet. A key that was never any
good ends the call, and the provider is opened anew the next time. Everything else passes through.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import LLMProvider, ModelRequest, StreamEvent

log = logging.getLogger(__name__)


class FetchedKeyProvider:
    """An `LLMProvider` around those that `make` returns, each with a key fetched anew: it blocks,
    and is called in a thread after the first time. `refused` is called when a key is not accepted.
    """

    def __init__(self, make: Callable[[], LLMProvider], refused: Callable[[], None]) -> None:
        self._make = make
        self._refused = refused
        self._made = [make()]
        self._worked = False
        self._renewing = asyncio.Lock()
        self.endpoint = self._made[0].endpoint

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Make one model call; see `LLMProvider.stream`."""
        provider = self._made[-1]
        try:
            async with aclosing(provider.stream(request)) as events:
                async for event in events:
                    self._worked = True
                    yield event
        except ProviderError as error:
            if not await self._renewed(error, provider):
                raise
        else:
            return
        try:
            async with aclosing(self._made[-1].stream(request)) as events:
                async for event in events:
                    self._worked = True
                    yield event
        except ProviderError as error:
            self._look_at(error)
            raise

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """Ask the server what it serves; see `LLMProvider.list_models`."""
        try:
            return await self._made[-1].list_models()
        except ProviderError as error:
            self._look_at(error)
            raise

    async def aclose(self) -> None:
        """Close the connections, those of earlier keys as well: calls may still run on them."""
        while self._made:
            await self._made.pop().aclose()

    async def _renewed(self, error: ProviderError, provider: LLMProvider) -> bool:
        """Say whether there is a newer key than that of `provider`, which was refused."""
        if error.kind is not ProviderErrorKind.AUTHENTICATION:
            return False
        async with self._renewing:  # calls side by side fetch one key
            if self._made[-1] is not provider:
                return True
            if not self._worked:
                self._refused()
                return False
            self._worked = False
            log.info("the key of %s is out of date and fetched again", self.endpoint.name)
            self._made.append(await asyncio.to_thread(self._make))
            return True

    def _look_at(self, error: ProviderError) -> None:
        if error.kind is ProviderErrorKind.AUTHENTICATION:
            self._refused()
