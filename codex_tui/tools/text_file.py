"""Reads a file as exact text, or says precisely why it is none.

Only regular files are opened, without following a link and without blocking: a pipe or a device
must not hang a turn. Text is strict UTF-8; a byte-order mark and the line ends are kept.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ToolError
from codex_tui.tools.limits import MAX_FILE_BYTES

if TYPE_CHECKING:
    from pathlib import Path

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_OPEN_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A file's exact characters, the SHA-256 hex digest of its bytes, and their number."""

    text: str
    hash: str
    size: int


def read_text_file(path: Path, name: str) -> TextFile:
    """Read a whole text file.

    Args:
        path: Where it is, links already resolved.
        name: What messages call it.

    Raises:
        ToolError: It is missing, not a regular file, unreadable, too large, binary or not UTF-8.
    """
    return text_file_of(read_beginning(path, name), name)


def text_file_of(data: bytes, name: str) -> TextFile:
    """Take a file's bytes, as `read_beginning` gives them, for text; raises `ToolError`."""
    refuse_large(data, name)
    return TextFile(text=_decode(data, name), hash=hashlib.sha256(data).hexdigest(), size=len(data))


def read_bytes(path: Path, name: str) -> bytes:
    """Read a regular file of at most `MAX_FILE_BYTES`; raises `ToolError`."""
    data = read_beginning(path, name)
    refuse_large(data, name)
    return data


def read_beginning(path: Path, name: str) -> bytes:
    """Read a regular file, of a larger one than `MAX_FILE_BYTES` one byte more than that; raises
    `ToolError`.
    """
    try:
        _refuse_special(os.lstat(path).st_mode, name)
        descriptor = os.open(path, _OPEN_FLAGS)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            _refuse_special(os.fstat(descriptor).st_mode, name)
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _unreadable(error, name) from None


def refuse_large(data: bytes, name: str) -> None:
    """Raise `ToolError` for more bytes than a file may have."""
    if len(data) > MAX_FILE_BYTES:
        raise ToolError(
            f"{name} is larger than {MAX_FILE_BYTES // 1_000_000} MB and is not read.",
            hint="Use search on it, with context, to see the parts you need.",
        )


def refuse_binary_text(text: str, name: str) -> None:
    """Raise `ToolError` for a text that could not be read again as one."""
    if "\0" in text:
        raise ToolError(f"The text for {name} holds a NUL character; only text is written.")
    if len(text) > MAX_FILE_BYTES or len(text.encode()) > MAX_FILE_BYTES:
        raise ToolError(f"The text for {name} is too large: it could not be read again.")


def _refuse_special(mode: int, name: str) -> None:
    if stat.S_ISDIR(mode):
        raise ToolError(f"{name} is a directory.", hint="Use list_files to see what is in it.")
    for test, kind in _KINDS:
        if test(mode):
            raise ToolError(f"{name} is {kind}, not a file; it is not opened.")


def _unreadable(error: OSError, name: str) -> ToolError:
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return ToolError(f"{name} does not exist.", hint="Use list_files to see what is there.")
    if error.errno == errno.ELOOP:
        return ToolError(f"{name} became a symbolic link while it was opened; try again.")
    return ToolError(f"{name} cannot be read: {error.strerror or error}.")


def _decode(data: bytes, name: str) -> str:
    if data.startswith(_UTF16_MARKS):
        raise ToolError(
            f"{name} is UTF-16 text, and only UTF-8 is read and edited.",
            hint="Ask the user to convert it: iconv -f UTF-16 -t UTF-8.",
        )
    place = data.find(b"\0")
    if place >= 0:
        raise ToolError(f"{name} is binary (a NUL byte at offset {place:,}), not text.")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ToolError(
            f"{name} is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start:,}, "
            f"line {line:,}. Only UTF-8 is read and edited.",
            hint="It may be Windows-1252 or Latin-1; ask the user to convert it: "
            "iconv -f WINDOWS-1252 -t UTF-8.",
        ) from None
