"""`credentials.json`: an entry a provider, readable by the user alone, changed under a lock.

    {"NAME": {"api_key": "…"}}      the key itself
    {"NAME": {"keyring": true}}     a note that the key is in the system's key store

Fields and entries of somebody else's stay as they are. A file that others may read is not used.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, cast

from codex_tui.config.private_files import OTHERS, exclusive, replace_private
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_REPAIR = "Repair it, or remove it and give the keys again with codex-tui login."


class KeyFile:
    """The file. It is read anew each time; every method raises `ConfigError` where that fails."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def too_open(self) -> str:
        """Say what is wrong with the file's permissions, nothing when they are good."""
        try:
            mode = self.path.stat().st_mode
        except OSError:
            return ""
        if not mode & OTHERS:
            return ""
        return (
            f"{self.path} is open to other users and is not used; `chmod 600 {self.path}` makes it "
            "yours alone."
        )

    def entries(self) -> Mapping[str, object]:
        """Return the file's entries; empty when there is no file or it is open to others."""
        text = _read_private(self.path)
        if text is None or not text.strip():
            return {}
        try:
            entries: object = json.loads(text)
        except (ValueError, RecursionError):
            raise ConfigError(f"{self.path}: is not valid JSON", hint=_REPAIR) from None
        if not isinstance(entries, dict):
            raise ConfigError(
                f"{self.path}: must hold one JSON object, an entry a provider", hint=_REPAIR
            )
        return cast("Mapping[str, object]", entries)

    def note(self, provider: str, fields: Mapping[str, object]) -> None:
        """Write what is known of a provider's key, in the place of what was known."""

        def change(entries: dict[str, object]) -> dict[str, object]:
            old = fields_of(entries.get(provider))
            kept = {name: old[name] for name in old if name not in {"api_key", "keyring"}}
            return entries | {provider: {**kept, **fields}}

        self._change(change)

    def drop(self, provider: str) -> None:
        """Remove a provider's entry."""
        self._change(lambda entries: {name: entries[name] for name in entries if name != provider})

    def _change(self, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
        try:
            with exclusive(self.path.parent):
                entries = change(dict(self.entries()))
                replace_private(self.path, json.dumps(entries, indent=2) + "\n")
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot be written: {error.strerror}") from error


def in_system(entry: object) -> bool:
    """Say whether an entry notes that the key is in the system's key store."""
    return fields_of(entry).get("keyring") is True


def fields_of(entry: object) -> Mapping[str, object]:
    """Return an entry's fields, none when it is not a JSON object."""
    return cast("Mapping[str, object]", entry) if isinstance(entry, dict) else {}


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
