"""Which providers there are, what is known of them and their models, and who may be listed.

Listing imports no adapter and asks nobody; `opened` has the adapters. The registry belongs to one
event loop, and whoever makes one closes it.
"""

from __future__ import annotations

import asyncio
import difflib
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.errors import ConfigError, ProviderError, ProviderErrorKind
from codex_tui.protocol.models import ProviderStatus
from codex_tui.providers.base import Endpoint
from codex_tui.providers.kept_lessons import KeptLessons
from codex_tui.providers.knowledge import ModelKnowledge
from codex_tui.providers.local.listing import local_models
from codex_tui.providers.local.models import PROVIDER
from codex_tui.providers.opened import LOCAL_API, SCRIPTED_API, OpenedProviders
from codex_tui.providers.platforms import TITLES
from codex_tui.providers.presets import PRESETS, cloud_endpoints, is_local, key_page_of
from codex_tui.providers.prices import PriceBook
from codex_tui.providers.profiles import Profiles
from codex_tui.providers.served import ServedLists

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from codex_tui.protocol.models import Effort, ModelInfo, ModelRef
    from codex_tui.protocol.profiles import ProfileInForce
    from codex_tui.providers.base import LLMProvider
    from codex_tui.providers.local.host import LocalHost

LIST_TIMEOUT_S: Final = 10.0
"""How long a server may take to say what it serves, in seconds."""

KEYLESS_APIS: Final = frozenset({LOCAL_API, SCRIPTED_API})
"""Wires on which nobody asks for a key."""


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
        Endpoint(
            name=PROVIDER,
            api=LOCAL_API,
            base_url="",
            title="Local model",
            needs_key=False,
            timeout_s=600.0,  # a long prompt is read for minutes before the first token
            tools=False,  # none of the small models can drive a loop of tool calls
        ),
        *(preset.endpoint() for preset in PRESETS.values()),
        *cloud_endpoints(),
    )


class ProviderRegistry:
    """The providers by name, in the order they were given.

    A preset or a cloud can always be opened. It is listed once it has a key, once the user has
    named it (`named` are the names in the configuration) or once it was opened: nobody needs a list
    of all the vendors they have no account with. `fetch_key` gets a provider's key where the
    endpoint says `key_later`; it may take seconds, is called in a thread and raises `ConfigError`.
    `served` keeps what the servers said they serve; each of them gets `list_timeout_s` to say it.
    `lessons` keeps what they were found to take, until one is asked again what it serves or gets
    another key. `local` is what the local model uses of this machine, `profiles` say how models are
    asked.
    """

    def __init__(
        self,
        endpoints: Iterable[Endpoint],
        *,
        named: Collection[str] = (),
        fetch_key: Callable[[str], str | None] = lambda _name: None,
        served: ServedLists | None = None,
        prices: PriceBook | None = None,
        list_timeout_s: float = LIST_TIMEOUT_S,
        local: LocalHost | None = None,
        profiles: Profiles | None = None,
        lessons: KeptLessons | None = None,
    ) -> None:
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints}
        self._named = set(named)
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._served = served or ServedLists()
        self._lessons = lessons or KeptLessons()
        self._prices = prices or PriceBook()
        self._profiles = profiles or Profiles()
        self._knowledge = ModelKnowledge(self._served, self._prices, self._profiles)
        self._opened = OpenedProviders(
            self.endpoint,
            fetch_key=fetch_key,
            local=local,
            sees_nothing=self._knowledge.note_blind,
            lessons=self._lessons,
        )
        self._list_timeout_s = list_timeout_s
        self._local = local
        if local is not None:
            self._know_local_models(local)

    def _know_local_models(self, local: LocalHost) -> None:
        """Take this machine's models as what its server serves: nobody has to be asked."""
        for endpoint in [each for each in self._endpoints.values() if each.api == LOCAL_API]:
            infos = local_models(endpoint.name, local)
            names = endpoint.models or tuple(info.ref.model for info in infos)
            self._endpoints[endpoint.name] = known = replace(endpoint, models=names)
            self._served.keep(known, infos)

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
        return tuple(self._status(endpoint) for endpoint in self._listed())

    def status(self, name: str) -> ProviderStatus:
        """Say of one provider, listed or not, whether it can be used; raises `ConfigError`."""
        return self._status(self.endpoint(name))

    def unlisted(self) -> tuple[ProviderStatus, ...]:
        """Return the presets that are not listed, in the order they are shown; the clouds are not
        among them, as it takes more than a key to set one up.
        """
        listed = {*self.names(), *TITLES}
        rest = (each for name, each in self._endpoints.items() if name not in listed)
        return tuple(self._status(endpoint) for endpoint in rest)

    def include(self, name: str) -> None:
        """List a provider from now on."""
        self._named.add(name)

    # -- models -------------------------------------------------------------------------------

    def describe(self, ref: ModelRef) -> ModelInfo:
        """Return what is known of a model at this moment; raises `ConfigError`."""
        return self._knowledge.describe(ref, self.endpoint(ref.provider))

    def profile(self, ref: ModelRef, effort: Effort | None = None) -> ProfileInForce:
        """Return how a model is asked, as far as it is known to take that, with the effort that was
        chosen; raises `ConfigError`.
        """
        return self._profiles.in_force(self.describe(ref), self.endpoint(ref.provider), effort)

    def is_effort_configured(self, ref: ModelRef) -> bool:
        """Say whether the user's configuration names an effort for a model."""
        return self._profiles.names_effort(ref)

    def models(self) -> tuple[ModelInfo, ...]:
        """Return every model of every listed provider that is known without asking a server."""
        return tuple(info for name in self.names() for info in self.models_of(name))

    def models_of(self, name: str) -> tuple[ModelInfo, ...]:
        """Return the models of one provider, listed or not; raises `ConfigError`."""
        return self._knowledge.models(self.endpoint(name))

    def served_at(self, name: str) -> datetime | None:
        """Say when a provider's server last told what it serves; raises `ConfigError`."""
        listed = self._served.of(self.endpoint(name))
        return listed and listed.asked_at

    def serves_more(self, name: str) -> bool:
        """Say whether a provider's server named more than is listed; raises `ConfigError`."""
        endpoint = self.endpoint(name)
        listed = self._served.of(endpoint)
        return listed is not None and listed.more and not endpoint.models

    def outdated(self) -> tuple[str, ...]:
        """Name the listed providers that could be asked what they serve, and should be."""
        return tuple(
            endpoint.name
            for endpoint in self._listed()
            if self._status(endpoint).ready
            and self._is_outdated(endpoint)
            and not self._opened.awaits_key(endpoint)
        )

    def _is_outdated(self, endpoint: Endpoint) -> bool:
        return _can_be_asked(endpoint) and not self._served.is_fresh(endpoint)

    async def refresh_models(self, name: str, *, force: bool = False) -> tuple[ModelInfo, ...]:
        """Ask a server what it serves unless it said so within a day, or in any case with `force`,
        which forgets what it was found not to take; return the provider's models.

        Raises:
            ConfigError: unknown provider, or a key that cannot be had.
            ProviderError: the server does not say, or not in time. What was known before stays.
        """
        async with self._asking[name]:
            endpoint = self.endpoint(name)
            if force:
                await asyncio.to_thread(self._lessons.forget, endpoint)
            if _can_be_asked(endpoint) and (force or self._is_outdated(endpoint)):
                models = await self._ask(name, endpoint)
                if self.endpoint(name) is endpoint:  # else the answer is to a key that is gone
                    self._served.keep(endpoint, models)
                    await asyncio.to_thread(self._served.store, endpoint)
        return self.models_of(name)

    async def _ask(self, name: str, endpoint: Endpoint) -> tuple[ModelInfo, ...]:
        provider = await self.open(name)
        try:
            async with asyncio.timeout(self._list_timeout_s):
                return await provider.list_models()
        except TimeoutError:
            raise ProviderError(
                f"{endpoint.title or name} did not say within {self._list_timeout_s:g} s which "
                "models it serves.",
                kind=ProviderErrorKind.TIMEOUT,
                provider=name,
                hint="Try again, or name the models yourself: "
                f"models = [...] under [providers.{name}].",
            ) from None

    async def load_prices(self, name: str | None = None) -> None:
        """Read the price data where it is of use: for a provider, or for all that are listed.

        The first time takes a fifth of a second, in a thread.
        """
        asked = self._listed() if name is None else (self.endpoint(name),)
        if not self._prices.loaded and not all(is_local(endpoint) for endpoint in asked):
            await asyncio.to_thread(self._prices.load)

    # -- adapters -----------------------------------------------------------------------------

    async def open(self, name: str) -> LLMProvider:
        """Return the provider, importing and creating its adapter at the first call.

        Raises:
            ConfigError: unknown provider, or an `api` that no adapter speaks.
        """
        return await self._opened.open(name)

    async def replace(self, endpoint: Endpoint) -> None:
        """Put `endpoint` in the place of the one of its name (a key came or went); a provider that
        was opened on the old one is closed, and its running streams with it.
        """
        self._endpoints[endpoint.name] = endpoint
        self._served.forget(endpoint)
        self._named.add(endpoint.name)
        await self._opened.close(endpoint.name)
        await asyncio.to_thread(self._lessons.forget, endpoint)

    async def close(self, name: str) -> None:
        """Close an opened provider, so that its next use opens it anew, with a fresh key."""
        await self._opened.close(name)

    async def warm_up(self, name: str) -> None:
        """Open a provider ahead of its first use; a failure is logged and shows up in `open`."""
        await self._opened.warm_up(name)

    async def aclose(self) -> None:
        """Close every opened provider."""
        await self._opened.aclose()

    def _status(self, endpoint: Endpoint) -> ProviderStatus:
        local = self._local if endpoint.api == LOCAL_API else None
        return _status(endpoint, endpoint.missing if local is None else local.missing())

    def _listed(self) -> Iterator[Endpoint]:
        for name, endpoint in self._endpoints.items():
            wanted = (
                endpoint.api_key
                or endpoint.key_later
                or name in self._named
                or name in self._opened.by_name
            )
            if wanted or not (name in PRESETS or name in TITLES):
                yield endpoint


def _can_be_asked(endpoint: Endpoint) -> bool:
    """Say whether there is somebody to ask what is served: no script, and no cloud."""
    return bool(endpoint.base_url) and endpoint.platform is None


def _status(endpoint: Endpoint, missing: str) -> ProviderStatus:
    ready = not missing and (bool(endpoint.api_key) or endpoint.key_later or not endpoint.needs_key)
    hint = missing or endpoint.key_hint or f"No key is set for {endpoint.name}."
    return ProviderStatus(
        name=endpoint.name,
        title=endpoint.title or endpoint.name,
        base_url=endpoint.address,
        ready=ready,
        key_hint=None if ready else hint,
        key_page=key_page_of(endpoint),
        takes_key=endpoint.api not in KEYLESS_APIS and not endpoint.missing,
        set_up=not endpoint.missing_fact,
    )
