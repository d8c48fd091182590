"""The end of a session file: the last record, and the stub of one that was never finished."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.sessions.reading import LoadedSession, parse

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.protocol.ids import SessionId

TAIL_BYTES = 1_000_000
"""How far back the last record is looked for."""


def torn_of(path: Path) -> Path:
    """Return where stubs of a session file are kept."""
    return path.with_name(f"{path.name}.torn")


def read_tail(session: SessionId, descriptor: int) -> LoadedSession | None:
    """Read the last record alone, None when it does not stand near the file's end."""
    size = os.fstat(descriptor).st_size
    content = os.pread(descriptor, TAIL_BYTES, max(0, size - TAIL_BYTES))
    *whole, torn = content.split(b"\n")
    last = parse(session, whole[-1] + b"\n") if len(whole) > 1 else None
    return replace(last, torn=len(torn)) if last is not None and last.records else None


def move_torn(descriptor: int, path: Path, length: int) -> None:
    """Cut the last `length` bytes off and keep them beside the file, on the disk first."""
    if length == 0:
        return
    start = os.fstat(descriptor).st_size - length
    stub = os.pread(descriptor, length, start)
    with os.fdopen(
        os.open(torn_of(path), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "ab"
    ) as file:
        file.write(stub + b"\n")
        file.flush()
        os.fsync(file.fileno())
    os.ftruncate(descriptor, start)
    os.fsync(descriptor)


def sync_directory(directory: Path) -> None:
    """Force a folder's names to the disk; raises `OSError`."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
