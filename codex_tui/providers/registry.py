"""Which providers there are, and the one door through which an adapter is opened.

Listing imports nothing: an adapter's module, and with it the vendor's SDK (up to a second and a
half), is imported when its provider is opened, in a thread. The registry creates each provider once
and closes all of them; callers never do. It belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import difflib
import importlib
import logging
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import ProviderStatus
from codex_tui.providers.base import Endpoint
from codex_tui.providers.catalog import offered_models
from codex_tui.providers.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import LLMProvider

log = logging.getLogger(__name__)

ADAPTERS: Mapping[str, str] = {
    "openai-responses": "codex_tui.providers.openai_responses.adapter:OpenAIResponses",
    "openai-chat": "codex_tui.providers.openai_chat.adapter:OpenAIChat",
    "anthropic-messages": "codex_tui.providers.anthropic_messages.adapter:AnthropicMessages",
    "scripted": "codex_tui.providers.scripted:ScriptedProvider",
}
"""Wire format → module and class of its adapter, which is called with the endpoint."""


def built_in_endpoints() -> tuple[Endpoint, ...]:
    """Return the providers that exist without configuration; none of them has a key yet."""
    return (
        Endpoint(
            name="openai",
            api="openai-responses",
            base_url="https://api.openai.com/v1",
            title="OpenAI",
        ),
        Endpoint(
            name="anthropic",
            api="anthropic-messages",
            base_url="https://api.anthropic.com",
            title="Anthropic",
        ),
        Endpoint(name="demo", api="scripted", base_url="", title="Demonstration", needs_key=False),
        *(preset.endpoint() for preset in PRESETS.values()),
    )


class ProviderRegistry:
    """The providers by name, in the order they were given.

    A preset can always be opened. It is listed once it has a key, once the user has named it
    (`named` are the names in the configuration) or once it was opened: nobody needs a list of all
    the vendors they have no account with. `fetch_key` gets a provider's key where the endpoint says
    `key_later`; it may take seconds, is called in a thread and raises `ConfigError`.
    """

    def __init__(
        self,
        endpoints: Iterable[Endpoint],
        *,
        named: Collection[str] = (),
        fetch_key: Callable[[str], str | None] = lambda _name: None,
    ) -> None:
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints}
        self._named = set(named)
        self._fetch_key = fetch_key
        self._opened: dict[str, LLMProvider] = {}
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def names(self) -> tuple[str, ...]:
        """Return the names of the listed providers."""
        return tuple(endpoint.name for endpoint in self._listed())

    def endpoint(self, name: str) -> Endpoint:
        """Return any provider's endpoint; raises `ConfigError` with the nearest known name."""
        try:
            return self._endpoints[name]
        except KeyError:
            near = difflib.get_close_matches(name, self._endpoints, n=1)
            known = ", ".join(self.names()) or "none"
            hint = f"Did you mean {near[0]!r}?" if near else f"Known providers: {known}."
            raise ConfigError(f"There is no provider {name!r}", hint=hint) from None

    def statuses(self) -> tuple[ProviderStatus, ...]:
        """Say of every listed provider whether it can be used now."""
        return tuple(_status(endpoint) for endpoint in self._listed())

    def models(self) -> tuple[ModelInfo, ...]:
        """Return every model of every listed provider that is known without asking a server."""
        return tuple(info for name in self.names() for info in offered_models(self.endpoint(name)))

    async def open(self, name: str) -> LLMProvider:
        """Return the provider, importing and creating its adapter at the first call.

        Raises:
            ConfigError: unknown provider, or an `api` that no adapter speaks.
        """
        self.endpoint(name)
        async with self._opening[name]:
            if name not in self._opened:
                self._opened[name] = await asyncio.to_thread(self._create, name)
            return self._opened[name]

    def _create(self, name: str) -> LLMProvider:
        endpoint = self.endpoint(name)
        if endpoint.key_later and endpoint.api_key is None:
            endpoint = replace(endpoint, api_key=self._fetch_key(name))
        return _create(endpoint)

    async def replace(self, endpoint: Endpoint) -> None:
        """Put `endpoint` in the place of the one of its name (a key came or went); a provider that
        was opened on the old one is closed, and its running streams with it.
        """
        self._endpoints[endpoint.name] = endpoint
        self._named.add(endpoint.name)
        await self.close(endpoint.name)

    async def close(self, name: str) -> None:
        """Close an opened provider, so that its next use opens it anew, with a fresh key."""
        async with self._opening[name]:
            provider = self._opened.pop(name, None)
            if provider is not None:
                await provider.aclose()

    async def warm_up(self, name: str) -> None:
        """Open a provider ahead of its first use; a failure is logged and shows up in `open`."""
        try:
            await self.open(name)
        except Exception:  # a named border: what runs ahead must not bring anything down
            log.exception("provider %s could not be opened ahead of its use", name)

    async def aclose(self) -> None:
        """Close every opened provider."""
        while self._opened:
            _, provider = self._opened.popitem()
            await provider.aclose()

    def _listed(self) -> Iterator[Endpoint]:
        for name, endpoint in self._endpoints.items():
            wanted = (
                endpoint.api_key
                or endpoint.key_later
                or name in self._named
                or name in self._opened
            )
            if wanted or name not in PRESETS:
                yield endpoint


def _status(endpoint: Endpoint) -> ProviderStatus:
    ready = bool(endpoint.api_key) or endpoint.key_later or not endpoint.needs_key
    return ProviderStatus(
        name=endpoint.name,
        title=endpoint.title or endpoint.name,
        base_url=endpoint.address,
        ready=ready,
        key_hint=None if ready else endpoint.key_hint or f"No key is set for {endpoint.name}.",
    )


def _create(endpoint: Endpoint) -> LLMProvider:
    target = ADAPTERS.get(endpoint.api)
    if target is None:
        raise ConfigError(
            f"provider {endpoint.name!r}: no adapter speaks api {endpoint.api!r}",
            hint=f"Known: {', '.join(ADAPTERS)}.",
        )
    module, _, name = target.partition(":")
    adapter = cast(
        "Callable[[Endpoint], LLMProvider]", getattr(importlib.import_module(module), name)
    )
    return adapter(endpoint)
