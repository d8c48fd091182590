"""What was sent from the composer, across starts of the program.

Text that looks like it holds a key is not kept. Files are for the user alone (0600); a failing disk
costs the memory only, said once to the log by whoever calls.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, cast

from codex_tui.config.drafts import Drafts
from codex_tui.config.private_files import make_private_directory, open_private
from codex_tui.config.secrets import looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_tui.config.paths import Paths

MAX_ENTRIES = 500
MAX_ENTRY_CHARS = 100_000
"""Longer entries are pasted material; nobody walks to them with the arrow keys."""

_TAIL_BYTES = 4_000_000
"""How much of the end of the file is looked at for the last entries."""


class History:
    """The composer's memory, with its `drafts`. Every method raises `OSError` where the disk
    refuses.
    """

    def __init__(self, paths: Paths) -> None:
        self._path = paths.history_file
        self.drafts = Drafts(paths.drafts_dir)

    def load(self) -> list[str]:
        """Return the last `MAX_ENTRIES` entries, oldest first; damaged lines are passed over."""
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL_BYTES))
                tail = file.read()
        except (FileNotFoundError, NotADirectoryError):
            return []
        return list(_entries(tail))[-MAX_ENTRIES:]

    def add(self, text: str) -> bool:
        """Keep an entry; False when it is blank, very long or looks like it holds a key."""
        if not text.strip() or len(text) > MAX_ENTRY_CHARS or looks_secret(text):
            return False
        line = json.dumps({"text": text}) + "\n"
        make_private_directory(self._path.parent)
        descriptor = open_private(str(self._path), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        with os.fdopen(descriptor, "ab") as file:
            file.write(line.encode("ascii"))
        return True


def _entries(tail: bytes) -> Iterator[str]:
    for line in tail.split(b"\n"):
        try:
            content: object = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(content, dict):
            text = cast("Mapping[str, object]", content).get("text")
            if isinstance(text, str):
                yield text
