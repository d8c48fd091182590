"""The door to the adapters: each is imported, given its key and opened once, and closed in the end.

An adapter's module, and with it the vendor's SDK (up to a second and a half), is imported when its
provider is opened, in a thread. What is known of providers and models is the registry's business.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from codex_tui.protocol.errors import ConfigError
from codex_tui.providers.fetched_key import FetchedKeyProvider
from codex_tui.providers.presets import CHAT_API

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_tui.protocol.models import ModelRef
    from codex_tui.providers.base import Endpoint, LLMProvider
    from codex_tui.providers.kept_lessons import KeptLessons
    from codex_tui.providers.local.host import LocalHost

log = logging.getLogger(__name__)

LOCAL_API: Final = "local"
SCRIPTED_API: Final = "scripted"
ADAPTERS: Final[Mapping[str, str]] = {
    "openai-responses": "codex_tui.providers.openai_responses.adapter:OpenAIResponses",
    CHAT_API: "codex_tui.providers.openai_chat.adapter:OpenAIChat",
    "anthropic-messages": "codex_tui.providers.anthropic_messages.adapter:AnthropicMessages",
    LOCAL_API: "codex_tui.providers.local.adapter:LocalProvider",
    SCRIPTED_API: "codex_tui.providers.scripted:ScriptedProvider",
}
"""Wire format → module and class of its adapter, which is called with the endpoint."""
_LEARNING: Final = frozenset({"openai-responses", CHAT_API, "anthropic-messages"})
"""The wires whose adapters learn from refusals."""


class OpenedProviders:
    """The providers in use, by name. It belongs to one event loop.

    `endpoint_of` tells a provider's place as it is at the moment; `fetch_key` gets its key where
    the endpoint says `key_later`: it is called in a thread and raises `ConfigError`. `sees_nothing`
    is told of a model when its server refuses pictures, `lessons` keeps what else is learned.
    """

    def __init__(
        self,
        endpoint_of: Callable[[str], Endpoint],
        *,
        fetch_key: Callable[[str], str | None],
        local: LocalHost | None,
        sees_nothing: Callable[[ModelRef], None],
        lessons: KeptLessons,
    ) -> None:
        self.by_name: dict[str, LLMProvider] = {}
        self._endpoint_of = endpoint_of
        self._fetch_key = fetch_key
        self._local = local
        self._sees_nothing = sees_nothing
        self._lessons = lessons
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._refused: set[str] = set()

    async def open(self, name: str) -> LLMProvider:
        """Return the provider, importing and creating its adapter at the first call; raises
        `ConfigError`.
        """
        self._endpoint_of(name)  # an unknown name leaves no lock behind
        async with self._opening[name]:
            if name in self._refused:
                await self._drop(name)
            if name not in self.by_name:
                self.by_name[name] = await asyncio.to_thread(self._create, name)
            return self.by_name[name]

    def _create(self, name: str) -> LLMProvider:
        endpoint = self._endpoint_of(name)
        adapter = _adapter(endpoint)
        if endpoint.api == LOCAL_API:
            return adapter(endpoint, self._local)
        if endpoint.api in _LEARNING:
            adapter = partial(adapter, kept_lessons=self._lessons)
        if endpoint.api == CHAT_API:
            adapter = partial(adapter, sees_nothing=self._sees_nothing)
        if not endpoint.key_later:
            return adapter(endpoint)
        return FetchedKeyProvider(
            lambda: adapter(replace(endpoint, api_key=self._fetch_key(name))),
            lambda: self._refused.add(name),
        )

    def awaits_key(self, endpoint: Endpoint) -> bool:
        """Say whether opening the provider would fetch its key, and maybe ask the user for a
        password: that is for what the user does, never for what runs ahead.
        """
        return endpoint.key_later and endpoint.name not in self.by_name

    async def warm_up(self, name: str) -> None:
        """Open a provider ahead of its first use, or import its adapter where a key has to be
        fetched; a failure is logged and shows up in `open`.
        """
        try:
            endpoint = self._endpoint_of(name)
            if self.awaits_key(endpoint):
                await asyncio.to_thread(_adapter, endpoint)
            else:
                await self.open(name)
        except Exception:  # a named border: what runs ahead must not bring anything down
            log.exception("provider %s could not be opened ahead of its use", name)

    async def close(self, name: str) -> None:
        """Close an opened provider, so that its next use opens it anew, with a fresh key."""
        async with self._opening[name]:
            await self._drop(name)

    async def _drop(self, name: str) -> None:
        self._refused.discard(name)
        provider = self.by_name.pop(name, None)
        if provider is not None:
            await provider.aclose()

    async def aclose(self) -> None:
        """Close every opened provider."""
        while self.by_name:
            _, provider = self.by_name.popitem()
            await provider.aclose()


def _adapter(endpoint: Endpoint) -> Callable[..., LLMProvider]:
    """Return the adapter of an endpoint's wire, imported."""
    target = ADAPTERS.get(endpoint.api)
    if target is None:
        raise ConfigError(
            f"provider {endpoint.name!r}: no adapter speaks api {endpoint.api!r}",
            hint=f"Known: {', '.join(ADAPTERS)}.",
        )
    module, _, name = target.partition(":")
    return cast("Callable[..., LLMProvider]", getattr(importlib.import_module(module), name))
