"""What only the program's root knows of a session: version, provider and its key's source, files.

It tells where a key comes from and never what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui import __version__
from codex_tui.composition.endpoints import variable_of
from codex_tui.config.describe import files_in_force
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.config.credentials import Credentials
    from codex_tui.config.settings import Loaded
    from codex_tui.providers.base import Endpoint

Fact = tuple[str, str]


class SessionFacts:
    """Facts as label and words; those about keys are found out anew each time."""

    def __init__(self, loaded: Loaded, credentials: Credentials) -> None:
        self._settings = loaded.settings
        self._files = files_in_force(loaded)
        self._credentials = credentials

    def about(self, endpoint: Endpoint | None, file: Path) -> tuple[Fact, ...]:
        """Return the facts for the provider in use, if there is one, and the session's file."""
        facts: list[Fact] = []
        if endpoint is not None:
            said = (endpoint.address, endpoint.api, self._key_source(endpoint))
            facts.append(("provider", " · ".join(each for each in said if each)))
        facts.append(("settings", ", ".join(self._files) or "no file: what is built in"))
        kept = str(file) if file.exists() else f"{file} (made with the first message)"
        return (*facts, ("session file", kept), ("version", f"codex-tui {__version__}"))

    def _key_source(self, endpoint: Endpoint) -> str:
        variable = variable_of(endpoint, self._settings, self._credentials)
        if variable is not None:
            return f"key from {variable}"
        if not (endpoint.needs_key or endpoint.api_key or endpoint.key_later):
            return "needs no key"
        given = self._settings.providers.get(endpoint.name)
        if given and given.api_key_command:
            return "key from its api_key_command"
        try:
            in_system = self._credentials.comes_later(endpoint.name)
        except ConfigError as error:
            return f"no key: {error.message}"
        if in_system:
            return "key from the system's key store"
        return "key from credentials.json" if endpoint.api_key else "no key"
