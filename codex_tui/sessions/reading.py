"""Reads session files: whole for resuming, or just the head for a list.

Reading never changes a file, and never refuses one for what is in it.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from codex_tui.protocol.ids import SessionId
from codex_tui.protocol.messages import UserMessage
from codex_tui.sessions.codec import Decoder
from codex_tui.sessions.records import MessageAdded, SessionOpened, StoredRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_TITLE_CHARS = 80

_HEAD_BYTES = 1_000_000
"""How far a summary looks for the user's first words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSession:
    """What a file holds. `skipped` lines were damaged or of an unknown kind, in whole or in part;
    `torn` is the number of bytes after the last line end, a record that was never finished.
    """

    session: SessionId
    records: tuple[StoredRecord, ...] = ()
    skipped: int = 0
    torn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """A session in a list. `title` is the beginning of the user's first words, empty when nothing
    was said yet; `changed` is UTC.
    """

    session: SessionId
    directory: str
    title: str
    changed: datetime
    size_bytes: int


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


def summarise(session: SessionId, path: Path) -> SessionSummary:
    """Return a file's summary from its head; raises `OSError`."""
    descriptor = open_regular(path, os.O_RDONLY)
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        directory, title = _head(session, file.read(_HEAD_BYTES))
    return SessionSummary(
        session=session,
        directory=directory,
        title=title,
        changed=datetime.fromtimestamp(facts.st_mtime, UTC),
        size_bytes=facts.st_size,
    )


def _head(session: SessionId, content: bytes) -> tuple[str, str]:
    """Return the workspace's directory and the title."""
    directory = ""
    for stored in _decoded(session, content):
        match stored.record:
            case SessionOpened(directory=named):
                directory = directory or named
            case MessageAdded(message=UserMessage(text=text)):
                return directory, _title(text)
            case _:
                continue
    return directory, ""


def _decoded(session: SessionId, content: bytes) -> Iterator[StoredRecord]:
    """Decode line by line, so that a summary stops at what it needs."""
    decoder = Decoder(session)
    start = 0
    while (end := content.find(b"\n", start)) >= 0:
        stored = decoder.decode(content[start:end])
        if stored is not None:
            yield stored
        start = end + 1


def _title(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= MAX_TITLE_CHARS else f"{words[: MAX_TITLE_CHARS - 1]}…"
