"""What is being written in the composer, kept while it is written.

Each running program has a draft of its own, a file beside a lock that is held as long as the
program lives: whoever starts next takes over the newest draft whose writer is gone, by a quit or by
a crash, and never the one that somebody is writing in another window. Files are for the user alone
(0600); text that looks like it holds a key is not kept.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from codex_tui.config.private_files import make_private_directory, open_private, replace_private
from codex_tui.config.secrets import looks_secret

_SEARCHED_AT_ONCE = 32_000
_OVERLAP = 4_000
_PAUSE_S = 0.001
"""Keys are looked for in slices with pauses: one search over megabytes holds up all threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owned:
    """A draft's file, its lock, and the descriptor that holds it."""

    text: Path
    lock: Path
    descriptor: int

    def release(self) -> None:
        """Let the next start have what is left."""
        if not self.text.exists():
            self.lock.unlink(missing_ok=True)
        os.close(self.descriptor)


class Drafts:
    """The drafts in one folder, of which one may be ours. Methods may be called from any thread,
    one draft after the other, and raise `OSError` where the disk refuses.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ours: _Owned | None = None
        self._left = False
        self._turn = threading.Lock()

    def take(self) -> str:
        """Take over the newest draft nobody is writing, and return it; empty when there is none."""
        with self._turn:
            for text in self._newest_first():
                if self._ours is None and (owned := _own(text)) is not None:
                    found = _read(text)
                    if found:
                        self._ours = owned
                        return found
                    owned.release()
        return ""

    def keep(self, text: str) -> None:
        """Make `text` our draft; blank or secret-looking text removes it instead."""
        with self._turn:
            if not self._left:
                self._keep(text)

    def leave(self, text: str) -> None:
        """Keep `text` for the next start. Nothing is kept after that: a write that was on its way
        comes too late.
        """
        with self._turn:
            self._left = True
            try:
                self._keep(text)
            finally:
                self._release()

    def _keep(self, text: str) -> None:
        if not text.strip() or _looks_secret(text):
            if self._ours is not None:
                self._ours.text.unlink(missing_ok=True)
                self._release()
            return
        if self._ours is None:
            make_private_directory(self._folder)
            self._ours = _own(self._folder / f"{secrets.token_hex(8)}.txt")
        if self._ours is not None:
            whole = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates become "?"
            replace_private(self._ours.text, whole)

    def _release(self) -> None:
        if self._ours is not None:
            self._ours.release()
            self._ours = None

    def _newest_first(self) -> list[Path]:
        found: list[tuple[int, Path]] = []
        for path in self._folder.glob("*.txt"):
            try:
                found.append((path.stat().st_mtime_ns, path))
            except FileNotFoundError:  # sent or cleared meanwhile
                continue
        return [path for _, path in sorted(found, reverse=True)]


def _own(text: Path) -> _Owned | None:
    """Lock a draft; None when a running program has it."""
    lock = text.with_suffix(".lock")
    descriptor = open_private(str(lock), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return _Owned(text=text, lock=lock, descriptor=descriptor)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _looks_secret(text: str) -> bool:
    for at in range(0, len(text), _SEARCHED_AT_ONCE):
        if at:
            time.sleep(_PAUSE_S)
        if looks_secret(text[max(0, at - _OVERLAP) : at + _SEARCHED_AT_ONCE]):
            return True
    return False
