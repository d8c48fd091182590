"""Reads a session file whole, for going on with it.

Reading never changes a file, and never refuses one for what is in it.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.protocol.ids import SessionId
from codex_tui.sessions.codec import Decoder
from codex_tui.sessions.records import FORMAT_VERSION, StoredRecord

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSession:
    """What a file holds. `skipped` lines were damaged or of an unknown kind, in whole or in part;
    `torn` is the number of bytes after the last line end, a record that was never finished.
    `newer` is the file's format when it is one this program does not know.
    """

    session: SessionId
    records: tuple[StoredRecord, ...] = ()
    skipped: int = 0
    torn: int = 0
    newer: int | None = None


def parse(session: SessionId, content: bytes) -> LoadedSession:
    """Read a whole file's bytes. What follows the last line end is no record yet."""
    *lines, tail = content.split(b"\n")
    decoder = Decoder(session)
    stored = [decoder.decode(line) for line in lines]
    return LoadedSession(
        session=session,
        records=tuple(each for each in stored if each is not None),
        skipped=decoder.skipped,
        torn=len(tail),
        newer=decoder.version if decoder.version > FORMAT_VERSION else None,
    )


def read_all(descriptor: int) -> bytes:
    """Return a regular file's whole content; raises `OSError`, also for anything but a file."""
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read()


def open_regular(path: Path, flags: int) -> int:
    """Open a file and make sure it is one: a pipe would block, a device never end."""
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "not a regular file")
    return descriptor
