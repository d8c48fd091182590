"""Texts by name in a folder of the user's own: what can be asked for again, should it be lost.

The names are the program's (a provider's, for one), made of letters, digits, - and _; what the
texts mean is their owner's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.config.private_files import read_regular, replace_private

if TYPE_CHECKING:
    from pathlib import Path


class KeptTexts:
    """One file a name, readable by the user alone; nothing is created before the first text."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> str:
        """Return a kept text; raises `OSError`, and ValueError for what is no text."""
        return read_regular(self._file(name))

    def write(self, name: str, text: str) -> None:
        """Make `text` the whole content of a file; raises `OSError`."""
        replace_private(self._file(name), text)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"
