"""The keys of the running program: fetched at a provider's first use, checked and stored when the
user logs in, forgotten on request. Whatever changes, the registry has the new endpoint at once.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from codex_tui.composition.endpoints import endpoint_of, variable_of
from codex_tui.config.vendors import VENDORS
from codex_tui.protocol.errors import ConfigError, ProviderError, ProviderErrorKind
from codex_tui.providers.registry import KEYLESS_APIS, ProviderRegistry

if TYPE_CHECKING:
    from codex_tui.config.credentials import Credentials
    from codex_tui.config.key_command import KeyCommands
    from codex_tui.config.settings import ProviderSettings, Settings
    from codex_tui.providers.base import Endpoint

CHECK_TIMEOUT_S: Final = 15.0
WRONG_KEY: Final = "codex-tui-asks-whether-any-key-will-do"
"""Some gateways list their models without a key; who takes this one has checked nothing."""


class Accounts:
    """Gets, checks, stores and forgets keys."""

    def __init__(
        self,
        settings: Settings,
        credentials: Credentials,
        commands: KeyCommands,
        *,
        check_timeout_s: float = CHECK_TIMEOUT_S,
    ) -> None:
        self._settings = settings
        self._credentials = credentials
        self._commands = commands
        self._check_timeout_s = check_timeout_s
        self._fetching = threading.Lock()
        self._closed = False

    def close(self) -> None:
        """Fetch no more keys; whoever closes ends the programs that are fetching one."""
        self._closed = True

    def key_variables(self) -> frozenset[str]:
        """Return the names of all variables that hold keys of providers."""
        configured = (each.api_key_env for each in self._settings.providers.values())
        vendors = (name for vendor in VENDORS.values() for name in vendor.key_variables)
        return frozenset((*vendors, *(name for name in configured if name)))

    def fetch_key(self, provider: str) -> str | None:
        """Return a key that is not at hand: by the user's command, or out of the system's store.

        It takes seconds, half a minute at most, and belongs in a thread. Raises `ConfigError`.
        """
        given = self._given(provider)
        if given is None or given.api_key_command is None:
            return self._credentials.fetch(provider)
        with self._fetching:  # a second command beside the first would ask for a password twice
            if self._closed:
                raise ConfigError(f"There is no key for {provider}: codex-tui is ending.")
            printed = self._commands.run(
                provider,
                given.api_key_command,
                secrets=tuple(self._credentials.known_secrets),
                key_variables=self.key_variables(),
            )
        return self._credentials.accept(printed, f"what the api_key_command of {provider} printed")

    async def log_in(
        self, registry: ProviderRegistry, provider: str, key: str, *, in_file: bool = False
    ) -> str:
        """Check a key with its provider, store it and put it to use; say in words what was done.

        Raises `ConfigError`, and `ProviderError` when the provider refuses the key.
        """
        endpoint = registry.endpoint(provider)
        if endpoint.api in KEYLESS_APIS:
            raise ConfigError(f"{provider} takes no key.")
        key = self._credentials.usable(provider, key)
        await asyncio.to_thread(self._credentials.check_file)
        remark = await self._check(replace(endpoint, api_key=key, needs_key=True, key_later=False))
        place = await asyncio.to_thread(self._credentials.store, provider, key, in_file=in_file)
        anew = endpoint_of(provider, self._settings, self._credentials)
        rival = self._rival(anew)
        # The key that was given is the one to use, even where another goes before it next time.
        await registry.replace(replace(anew, api_key=key, key_later=False))
        if rival:
            remark += f" {rival} goes before it from the next start on."
        return f"The key for {provider} is kept in {place}.{remark}"

    async def log_out(self, registry: ProviderRegistry, provider: str) -> str:
        """Forget a stored key; say in words what was done. Raises `ConfigError`."""
        registry.endpoint(provider)
        forgotten = await asyncio.to_thread(self._credentials.forget, provider)
        anew = endpoint_of(provider, self._settings, self._credentials)
        await registry.replace(anew)
        rival = self._rival(anew)
        done = "The key for {} is forgotten." if forgotten else "No key was kept for {}."
        return done.format(provider) + (f" {rival} still supplies one." if rival else "")

    async def _check(self, endpoint: Endpoint) -> str:
        """Have the provider take the key; returns a remark where that proves nothing."""
        if endpoint.platform is not None:
            return " It is checked with the first message: only that asks a cloud anything."
        try:
            async with asyncio.timeout(self._check_timeout_s):
                await _list_models(endpoint)
                if not await _answers_anybody(endpoint):
                    return ""
            why = "it lists its models for anybody."
        except TimeoutError:
            why = f"no answer within {self._check_timeout_s:g} s."
        except ProviderError as error:
            if error.kind is ProviderErrorKind.AUTHENTICATION:
                raise
            why = error.message
        return f" It could not be checked: {why}"

    def _rival(self, endpoint: Endpoint) -> str:
        """Name what supplies a key before the stored ones do, nothing when there is no such."""
        variable = variable_of(endpoint, self._settings, self._credentials)
        if variable is not None:
            return variable
        given = self._given(endpoint.name)
        return "Its api_key_command" if given and given.api_key_command else ""

    def _given(self, provider: str) -> ProviderSettings | None:
        return self._settings.providers.get(provider)


async def _list_models(endpoint: Endpoint) -> None:
    """Make the one request that needs a key and costs nothing."""
    checking = ProviderRegistry([endpoint])
    try:
        await (await checking.open(endpoint.name)).list_models()
    finally:
        await checking.aclose()


async def _answers_anybody(endpoint: Endpoint) -> bool:
    try:
        await _list_models(replace(endpoint, api_key=WRONG_KEY))
    except ProviderError:
        return False
    return True
