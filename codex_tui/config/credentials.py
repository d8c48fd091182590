"""Finds and stores the providers' keys.

A key comes from the variable the configuration names, else from the vendor's own variables (for the
built-in providers only: a key is never sent to a server it was not issued for), else from
`credentials.json`. Keys are in no repr, no message and no exception.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, cast

from typing_extensions import override

from codex_tui.config import environment
from codex_tui.config.private_files import OTHERS, exclusive, replace_private
from codex_tui.config.vendors import VENDORS
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from codex_tui.config.paths import Paths


class Credentials:
    """The keys within reach. The file is read anew each time, so a key added meanwhile is found.

    `known_secrets` grows with every key handed out; it is the live set the log redacts.
    """

    def __init__(self, paths: Paths, env: Mapping[str, str] | None = None) -> None:
        self._path = paths.credentials_file
        self._env = environment.current() if env is None else env
        self.known_secrets: set[str] = set()

    @override
    def __repr__(self) -> str:
        return f"Credentials({str(self._path)!r})"

    def key_for(
        self,
        provider: str,
        *,
        api: str,
        api_key_env: str | None = None,
        base_url: str | None = None,
    ) -> str | None:
        """Return the provider's key, None when there is none.

        Args:
            provider: the provider's name.
            api: the wire it speaks.
            api_key_env: the variable the configuration names.
            base_url: the address the configuration gives; None is the vendor's own.

        Raises:
            ConfigError: a key is unusable, or the file is broken; the message never shows a key.
        """
        for name in _variables(provider, api, api_key_env, base_url):
            key = _clean(self._env.get(name, ""), f"environment variable {name}")
            if key:
                return self._remember(key)
        entry = self._entries().get(provider)
        return None if entry is None else self._remember(self._key_in(provider, entry))

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
        entry = json.dumps({provider: {"api_key": "…"}}, ensure_ascii=False)
        words = f"put {entry} into {self._path} with mode 0600"
        words = f"Set {names[0]}, or {words}." if names else f"{words[0].upper()}{words[1:]}."
        return " ".join((*self.notices(), words))

    def notices(self) -> tuple[str, ...]:
        """Say what is wrong with the file's permissions, if anything; such a file is not used."""
        try:
            mode = self._path.stat().st_mode
        except OSError:
            return ()
        return (self._too_open(),) if mode & OTHERS else ()

    def store(self, provider: str, key: str) -> None:
        """Keep a key in the file (mode 0600, replaced atomically).

        Raises:
            ConfigError: the key is unusable, or the file cannot be read or written.
        """
        cleaned = _clean(key, f"the key for {provider}")
        if not cleaned:
            raise ConfigError(f"the key for {provider} is empty")
        if self.notices():
            raise ConfigError(self._too_open())
        self._change(lambda entries: entries | {provider: _with_key(entries, provider, cleaned)})
        self._remember(cleaned)

    def forget(self, provider: str) -> bool:
        """Remove a provider's key from the file; False when there was none.

        Raises:
            ConfigError: the file cannot be read or written.
        """
        if provider not in self._entries():
            return False
        self._change(lambda entries: {name: entries[name] for name in entries if name != provider})
        return True

    def _change(self, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
        try:
            with exclusive(self._path.parent):
                entries = change(dict(self._entries()))
                replace_private(self._path, json.dumps(entries, indent=2) + "\n")
        except OSError as error:
            raise ConfigError(f"{self._path}: cannot be written: {error.strerror}") from error

    def _remember(self, key: str) -> str:
        self.known_secrets.add(key)
        return key

    def _too_open(self) -> str:
        return f"{self._path} is open to other users and is not used; run: chmod 600 {self._path}"

    def _entries(self) -> Mapping[str, object]:
        """Return the file's entries; empty when there is no file or it is open to others."""
        text = _read_private(self._path)
        if text is None or not text.strip():
            return {}
        try:
            entries: object = json.loads(text)
        except (ValueError, RecursionError):
            raise ConfigError(f"{self._path}: is not valid JSON") from None
        if not isinstance(entries, dict):
            raise ConfigError(f"{self._path}: must hold one JSON object, an entry a provider")
        return cast("Mapping[str, object]", entries)

    def _key_in(self, provider: str, entry: object) -> str:
        value = _fields(entry).get("api_key")
        key = _clean(value, f"{self._path}: {provider}") if isinstance(value, str) else ""
        if not key:
            raise ConfigError(f'{self._path}: {provider} must be {{"api_key": "…"}}')
        return key


def _with_key(entries: Mapping[str, object], provider: str, key: str) -> dict[str, object]:
    return {**_fields(entries.get(provider)), "api_key": key}


def _fields(entry: object) -> Mapping[str, object]:
    """Return an entry's fields, none when it is not a JSON object."""
    return cast("Mapping[str, object]", entry) if isinstance(entry, dict) else {}


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


def _read_private(path: Path) -> str | None:
    """Return the file's text; None when it is missing or others may read it.

    Permissions are those of the very file that is read, whatever its name points to a moment later.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            return None if os.fstat(file.fileno()).st_mode & OTHERS else file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None
