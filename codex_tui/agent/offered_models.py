"""What there is to choose from: the providers and their models as the front ends see them.

Opening providers, asking servers and keeping their lists is the registry's business; which of the
models a session speaks to is chosen elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from codex_tui.protocol.models import ModelInfo, ModelRef, ProviderStatus
    from codex_tui.providers.registry import ProviderRegistry


class OfferedModels:
    """All models that the providers have. `news` is called when a server was asked."""

    def __init__(self, providers: ProviderRegistry, *, news: Callable[[], None]) -> None:
        self._providers = providers
        self._news = news

    def known(self) -> tuple[ModelInfo, ...]:
        """Every model that is known without asking a server."""
        return self._providers.models()

    def describe(self, ref: ModelRef) -> ModelInfo:
        """Return what is known of any model; raises `ConfigError`: unknown provider."""
        return self._providers.describe(ref)

    def status(self, provider: str) -> ProviderStatus:
        """Say of any provider whether it can be used; raises `ConfigError`: unknown provider."""
        return self._providers.status(provider)

    def statuses(self) -> tuple[ProviderStatus, ...]:
        """The configured providers and whether they can be used."""
        return self._providers.statuses()

    def unlisted(self) -> tuple[ProviderStatus, ...]:
        """The providers that are known but neither configured nor supplied with a key."""
        return self._providers.unlisted()

    def speaks(self, provider: str) -> str:
        """Return the wire format of a provider; raises `ConfigError`."""
        return self._providers.endpoint(provider).api

    def outdated(self) -> tuple[str, ...]:
        """The ready providers that were not asked for a day what they serve."""
        return self._providers.outdated()

    def served_at(self, provider: str) -> datetime | None:
        """When a provider last told what it serves; raises `ConfigError`."""
        return self._providers.served_at(provider)

    def serves_more(self, provider: str) -> bool:
        """Whether a provider serves more models than are listed; raises `ConfigError`."""
        return self._providers.serves_more(provider)

    async def refresh(self, provider: str, *, force: bool = False) -> tuple[ModelInfo, ...]:
        """Ask a provider what it serves if its list is old, in any case with `force`; return its
        models. Raises `ProviderError`.
        """
        models = await self._providers.refresh_models(provider, force=force)
        self._news()
        return models

    async def try_provider(self, provider: str) -> tuple[ModelInfo, ...]:
        """Ask a provider what it serves; an unlisted one that answers is listed from then on.

        Raises `ProviderError`, and `ConfigError` for an unknown provider.
        """
        listed = provider in self._providers.names()
        answered = False
        try:
            models = await self.refresh(provider, force=True)
            answered = True
        finally:
            if not (answered or listed):
                await self._providers.close(provider)  # an open provider is a listed one
        self._providers.include(provider)
        return models
