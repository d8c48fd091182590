"""Files only the user can read, replaced as a whole or not at all.

A crash at any moment leaves the old file or the new one. Every function raises `OSError`; the
callers know what the failure means to the user.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

OTHERS = 0o077
"""Permission bits of everybody but the owner."""


def make_private_directory(directory: Path) -> None:
    """Create `directory` for the user alone, or take the others' permissions away."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = directory.stat().st_mode
    if mode & OTHERS:
        # A folder that belongs to somebody else cannot be tightened; the files in it are 0600.
        with suppress(PermissionError):
            directory.chmod(mode & 0o700)


def open_private(path: str, flags: int) -> int:
    """Open or create a file, mode 0600 even if it was wider before; returns its descriptor."""
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    if os.fstat(descriptor).st_mode & OTHERS:
        os.fchmod(descriptor, 0o600)
    return descriptor


def read_regular(path: Path) -> str:
    """Return the text of a file that is one: a pipe would block, a device never end. Raises
    ValueError, too: it is no UTF-8.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, encoding="utf-8") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return file.read()


def replace_private(path: Path, text: str) -> None:
    """Make `text` the whole content of `path`, mode 0600.

    A symbolic link keeps pointing where it does; the folder there is not ours to tighten.
    """
    make_private_directory(path.parent)
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(target.parent)


@contextmanager
def exclusive(directory: Path) -> Generator[None]:
    """Keep other codex-tui processes from changing the files of `directory` meanwhile."""
    make_private_directory(directory)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync_directory(directory: Path) -> None:
    """Make a rename in `directory` survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
