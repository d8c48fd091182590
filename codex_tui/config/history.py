"""What was sent from the composer, across starts of the program.

Text that looks like it holds a key is not kept. Files are for the user alone (0600); a failing disk
costs the memory only, said once to the log by whoever calls. Of a damaged file the user is told
once: it is kept aside, and what can be read of it goes on in a new one.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, cast

from codex_tui.config.drafts import Drafts
from codex_tui.config.private_files import (
    exclusive,
    make_private_directory,
    open_private,
    replace_private,
)
from codex_tui.config.secrets import looks_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.config.paths import Paths

MAX_ENTRIES = 500
MAX_ENTRY_CHARS = 100_000
"""Longer entries are pasted material; nobody walks to them with the arrow keys."""

_TAIL_BYTES = 4_000_000
"""How much of the end of the file is looked at for the last entries."""


class History:
    """The composer's memory, with its `drafts`; `notices` are what went wrong while reading. Every
    method raises `OSError` where the disk refuses.
    """

    def __init__(self, paths: Paths) -> None:
        self._path = paths.history_file
        self.drafts = Drafts(paths.drafts_dir)
        self.notices: tuple[str, ...] = ()

    def load(self) -> list[str]:
        """Return the last `MAX_ENTRIES` entries, oldest first; damaged lines are left out."""
        try:
            lines = self._lines()
        except (FileNotFoundError, NotADirectoryError):
            return []
        found = [_text(line) for line in lines]
        entries = [each for each in found if each][-MAX_ENTRIES:]
        if None in found:
            self._put_aside(entries, found.count(None))
        return entries

    def _lines(self) -> list[bytes]:
        """Return the last whole lines of the file."""
        with self._path.open("rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES)
            file.seek(start)
            lines = file.read().split(b"\n")
        return [line for line in (lines[1:] if start else lines) if line.strip()]

    def _put_aside(self, entries: list[str], damaged: int) -> None:
        """Go on in a new file with what could be read, and say so."""
        aside = self._path.with_name(f"{self._path.name}.bad")
        skipped = f"{self._path}: {damaged} damaged line{'s' * (damaged != 1)} left out"
        try:
            with exclusive(self._path.parent):
                self._path.replace(aside)
                replace_private(self._path, "".join(_line(text) for text in entries))
        except OSError as error:
            self.notices = (f"{skipped}; the file cannot be replaced: {error.strerror}.",)
        else:
            self.notices = (f"{skipped}; the whole file is kept as {aside}.",)

    def add(self, text: str) -> bool:
        """Keep an entry; False when it is blank, very long or looks like it holds a key."""
        if not text.strip() or len(text) > MAX_ENTRY_CHARS or looks_secret(text):
            return False
        make_private_directory(self._path.parent)
        descriptor = open_private(str(self._path), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        with os.fdopen(descriptor, "ab") as file:
            file.write(_line(text).encode("ascii"))
        return True


def _line(text: str) -> str:
    return json.dumps({"text": text}) + "\n"


def _text(line: bytes) -> str | None:
    """Return what a line holds, None when it is damaged; a line of a later version may hold no
    text.
    """
    try:
        content: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    text = cast("Mapping[str, object]", content).get("text", "")
    return text if isinstance(text, str) else None
