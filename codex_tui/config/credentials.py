"""Finds and stores the providers' keys.

A key comes from the variable the configuration names, else from the vendor's own variables (for the
built-in providers only: a key is never sent to a server it was not issued for), else from the
command the configuration names, else from the system's key store, else from `credentials.json`.
That file also notes which providers have a key in the system's store, so that nobody has to wake
the store to know. Commands are run by `key_command`. Keys are in no repr, no message and no
exception.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from typing_extensions import override

from codex_tui.config import environment
from codex_tui.config.key_file import KeyFile, fields_of, in_system
from codex_tui.config.secrets import names_secret
from codex_tui.config.system_keys import SystemKeys
from codex_tui.config.vendors import VENDORS, first_set
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.config.paths import Paths


log = logging.getLogger(__name__)


class Credentials:
    """The keys within reach. The file is read anew each time, so a key added meanwhile is found.

    Two live sets grow with what is found: `keys`, and `known_secrets`, which has everything that
    may be one, for the log to redact.
    """

    def __init__(
        self,
        paths: Paths,
        env: Mapping[str, str] | None = None,
        *,
        system_keys: SystemKeys | None = None,
    ) -> None:
        self._file = KeyFile(paths.credentials_file)
        self._env = environment.current() if env is None else env
        self._system_keys = system_keys or SystemKeys()
        self.keys: set[str] = set()
        self.known_secrets: set[str] = set()

    @override
    def __repr__(self) -> str:
        return f"Credentials({str(self._file.path)!r})"

    def key_for(
        self,
        provider: str,
        *,
        api: str,
        api_key_env: str | None = None,
        base_url: str | None = None,
        has_command: bool = False,
    ) -> str | None:
        """Return the provider's key where it is at hand; see `comes_later` for None.

        Args:
            provider: the provider's name.
            api: the wire it speaks.
            api_key_env: the variable the configuration names.
            base_url: the address the configuration gives; None is the vendor's own.
            has_command: the configuration names a command, which goes before what is stored.

        Raises:
            ConfigError: a key is unusable, or the file is broken; the message never shows a key.
        """
        name = self.variable_in_use(provider, api=api, api_key_env=api_key_env, base_url=base_url)
        if name is not None:
            return self.accept(self._env[name], f"environment variable {name}")
        entry = None if has_command else self._entries().get(provider)
        if entry is None or in_system(entry):
            return None
        return self._key_in(provider, entry)

    def variable_in_use(
        self,
        provider: str,
        *,
        api: str,
        api_key_env: str | None = None,
        base_url: str | None = None,
    ) -> str | None:
        """Return the variable that supplies the key; the arguments are those of `key_for`."""
        names = _variables(provider, api, api_key_env, base_url)
        set_ones = [name for name in names if self._env.get(name, "").strip()]
        for name in set_ones:
            self._remember(self._env[name].strip())
        return set_ones[0] if set_ones else None

    def comes_later(self, provider: str) -> bool:
        """Say whether the provider's key is in the system's store; raises `ConfigError`."""
        return in_system(self._entries().get(provider))

    def fetch(self, provider: str) -> str | None:
        """Return a key from the system's store, else from the file; None when there is none.

        It may take as long as somebody needs to unlock the store, and belongs in a thread.

        Raises:
            ConfigError: the store cannot be used, or has no such key although it should.
        """
        entry = self._entries().get(provider)
        if entry is None:
            return None
        if in_system(entry):
            key = self._system_keys.get(provider)
            if key is not None:
                return self.accept(key, f"the key of {provider} in the system's key store")
            if "api_key" not in fields_of(entry):
                raise ConfigError(
                    f"the system's key store has no key for {provider} any more",
                    hint=f"Store it again: codex-tui login {provider}.",
                )
        return self._key_in(provider, entry)

    def accept(self, text: str, where: str) -> str:
        """Return a key without the line end it came with, and know it from here on as a secret.

        Raises:
            ConfigError: it cannot travel in a header; names `where` it came from.
        """
        return self._remember(_clean(text, where))

    def know(self, named: Mapping[str, str]) -> None:
        """Know what headers or a query carry: secret for the log, and a key if its name says so."""
        for name, value in named.items():
            if not value.strip():
                continue
            self.known_secrets.add(value)
            if names_secret(name):
                self._remember(value)
                self._remember(value.rpartition(" ")[2])  # without the word Bearer

    def key_hint(
        self,
        provider: str,
        *,
        api: str,
        api_key_env: str | None = None,
        base_url: str | None = None,
    ) -> str:
        """Say how to supply the provider's key; the arguments are those of `key_for`."""
        names = _variables(provider, api, api_key_env, base_url)
        begun = f"Set {names[0]}, or store" if names else "Store"
        words = f"{begun} it with: codex-tui login {provider}"
        withheld = () if names else self._withheld(provider, api)
        return " ".join((*self.notices(), *withheld, words))

    def _withheld(self, provider: str, api: str) -> tuple[str, ...]:
        """Say why the vendor's variable does not count, where it is set and another address has to
        be named for it.
        """
        vendor = VENDORS.get(provider)
        name = None if vendor is None else first_set(vendor.key_variables, self._env)
        if vendor is None or name is None or vendor.api != api or not vendor.host:
            return ()
        return (f'{name} is for {vendor.host} alone; api_key_env = "{name}" sends it here, too.',)

    def notices(self) -> tuple[str, ...]:
        """Say what is wrong with the file's permissions, if anything; such a file is not used."""
        words = self._file.too_open()
        return (words,) if words else ()

    def usable(self, provider: str, key: str) -> str:
        """Return a key as it will be stored; raises `ConfigError` for what can be none."""
        cleaned = self.accept(key, f"the key for {provider}")
        if not cleaned:
            raise ConfigError(
                f"The key for {provider} is empty.",
                hint=f"Paste all of it; codex-tui login {provider} < FILE takes it from a file.",
            )
        return cleaned

    def check_file(self) -> None:
        """Raise `ConfigError` where the file cannot be used, which notes every key that is stored:
        those in the system's store, too.
        """
        for notice in self.notices():
            raise ConfigError(notice)
        self._entries()

    def store(self, provider: str, key: str, *, in_file: bool = False) -> str:
        """Keep a key in the system's store where there is one, else in the file (mode 0600,
        replaced atomically); returns the place in words. It may block; see `fetch`.

        Raises:
            ConfigError: the key or the store is unusable, or the file cannot be read or written.
        """
        cleaned = self.usable(provider, key)
        self.check_file()
        before = in_system(self._entries().get(provider))
        if not in_file and self._system_keys.available():
            self._system_keys.put(provider, cleaned)
            self._file.note(provider, {"keyring": True})
            return "the system's key store"
        self._file.note(provider, {"api_key": cleaned})
        if before:
            self._remove_from_system(provider)
        return str(self._file.path)

    def forget(self, provider: str) -> bool:
        """Remove a provider's key from both places; False when there was none. It may block.

        Raises:
            ConfigError: the file cannot be read or written, or the system's store should have the
                key and cannot be used.
        """
        entry = self._entries().get(provider)
        if in_system(entry):
            self._system_keys.remove(provider)
        elif self._remove_from_system(provider) and entry is None:
            return True
        if entry is None:
            return False
        self._file.drop(provider)
        return True

    def _remove_from_system(self, provider: str) -> bool:
        """Remove what the system's store may have; one that cannot be used has nothing to say."""
        try:
            return self._system_keys.available() and self._system_keys.remove(provider)
        except ConfigError as error:
            log.warning("an older key for %s may still be kept: %s", provider, error)
            return False

    def _remember(self, key: str) -> str:
        if key:
            self.keys.add(key)
            self.known_secrets.add(key)
        return key

    def _entries(self) -> Mapping[str, object]:
        """Read the file, and know all keys in it, wanted or not, as secrets."""
        entries = self._file.entries()
        for entry in entries.values():
            value = fields_of(entry).get("api_key")
            if isinstance(value, str):
                self._remember(value.strip())
        return entries

    def _key_in(self, provider: str, entry: object) -> str:
        value, place = fields_of(entry).get("api_key"), f"{self._file.path}: {provider}"
        key = self.accept(value, place) if isinstance(value, str) else ""
        if not key:
            raise ConfigError(f'{place} must be {{"api_key": "…"}}')
        return key


def _variables(
    provider: str, api: str, api_key_env: str | None, base_url: str | None
) -> tuple[str, ...]:
    """Return the variables a provider's key may be in, best first."""
    vendor = VENDORS.get(provider)
    theirs = vendor is not None and vendor.api == api and vendor.issues_keys_for(base_url)
    own = vendor.key_variables if vendor is not None and theirs else ()
    return own if api_key_env is None else (api_key_env, *own)


def _clean(text: str, where: str) -> str:
    """Return a key without the line end it was pasted with; raises `ConfigError` for what cannot
    travel in a header.
    """
    key = text.strip()
    if not all("!" <= character <= "~" for character in key):
        raise ConfigError(
            f"{where} holds blanks, line breaks or characters that no key has",
            hint="Copy the key again, alone.",
        )
    return key
