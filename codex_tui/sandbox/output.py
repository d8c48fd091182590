"""What a command says: kept within bounds while it is read, made into plain text at the end.

The beginning and the end stay in memory; once something between them has to go, everything is also
written to a private file. What comes fast is thinned out for those who watch.
"""

from __future__ import annotations

import codecs
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codex_tui.protocol.display import display_safe

if TYPE_CHECKING:
    from collections.abc import Callable

_LINE_SEARCH_BYTES = 4_096
"""So far from a cut a line's end is looked for, so that whole lines are kept."""
_LONGEST_HELD = 64
"""Characters of an unfinished escape sequence that wait for the rest of it."""

# CSI, OSC with its end on the same line, and short sequences (ECMA-48; xterm's control sequences).
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b\][^\x07\x1b\n]{0,2000}(?:\x07|\x1b\\)"
    r"|\x1b[ -/]{0,4}[0-OQ-WYZ`-~]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputLimits:
    """Bytes of an output that are kept: for the model its beginning and its end, in the file, and
    at most at a time for those who watch.
    """

    head_bytes: int = 16_384
    tail_bytes: int = 49_152
    file_bytes: int = 50_000_000
    live_bytes: int = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOutput:
    """An output as plain text: all of it in `head`, or its beginning and its `tail`.

    `left_out_bytes` lie between them. `file` then holds the first `file_bytes` bytes of everything,
    or `file_fault` says why there is none or why it is not longer.
    """

    head: str
    tail: str = ""
    total_bytes: int = 0
    left_out_bytes: int = 0
    file: Path | None = None
    file_bytes: int = 0
    file_fault: str = ""


class OutputKeeper:
    """Takes an output piece by piece; its memory does not grow with it."""

    def __init__(self, limits: OutputLimits, name_file: Callable[[], Path]) -> None:
        """`name_file` gives a path that does not exist yet; it is asked for at most once."""
        self.total_bytes = 0
        self._limits = limits
        self._head = bytearray()
        self._tail = bytearray()
        self._file = _FullOutput(limits.file_bytes, name_file)

    def take(self, chunk: bytes) -> None:
        """Keep what is to be kept of the next bytes; never raises."""
        fitted = self._fits
        self.total_bytes += len(chunk)
        if not self._fits:
            if fitted:
                self._file.write(bytes(self._head + self._tail))
            self._file.write(chunk)
        room = self._limits.head_bytes - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        if not self._fits:
            del self._tail[: -self._limits.tail_bytes]

    @property
    def _fits(self) -> bool:
        return self.total_bytes <= self._limits.head_bytes + self._limits.tail_bytes

    def finish(self) -> KeptOutput:
        """Close the file and return what was kept."""
        if self._fits:
            text = plain_text(bytes(self._head + self._tail))
            return KeptOutput(head=text, total_bytes=self.total_bytes)
        self._file.close()
        head, tail = _whole_lines_before(self._head), _whole_lines_after(self._tail)
        return KeptOutput(
            head=plain_text(head),
            tail=plain_text(tail),
            total_bytes=self.total_bytes,
            left_out_bytes=self.total_bytes - len(head) - len(tail),
            file=self._file.path,
            file_bytes=self._file.size,
            file_fault=self._file.fault,
        )


class _FullOutput:
    """The file with everything, readable by the user alone, up to a cap."""

    def __init__(self, max_bytes: int, name_file: Callable[[], Path]) -> None:
        self.path: Path | None = None
        self.size = 0
        self.fault = ""
        self._max_bytes = max_bytes
        self._name_file = name_file
        self._descriptor: int | None = None

    def write(self, chunk: bytes) -> None:
        """Append, or note why that is not possible."""
        data = memoryview(chunk)[: self._max_bytes - self.size]
        if self.fault or not data:
            return
        try:
            if self._descriptor is None:
                self._descriptor = self._create()
            while data:
                written = os.write(self._descriptor, data)
                self.size += written
                data = data[written:]
        except OSError as error:
            self.fault = error.strerror or str(error)

    def _create(self) -> int:
        path = self._name_file()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        self.path = path
        return descriptor

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class LiveOutput:
    """The output for those who watch: decoded as it comes, thinned out where it comes too fast."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._waiting = bytearray()
        self._thinned = False
        self._held = ""

    @property
    def waiting(self) -> bool:
        """There is something to show."""
        return bool(self._waiting)

    def take(self, chunk: bytes) -> None:
        """Add the next bytes; of too many the first are forgotten."""
        self._waiting += chunk
        if len(self._waiting) > self._max_bytes:
            del self._waiting[: -self._max_bytes]
            self._thinned = True

    def text(self) -> str:
        """Return what came since the last call, without escape sequences."""
        lead = ""
        if self._thinned:
            self._decoder.reset()
            self._held, self._thinned, lead = "", False, "…\n"
            self._waiting = bytearray(_whole_lines_after(self._waiting))
        text = self._held + self._decoder.decode(bytes(self._waiting))
        self._waiting.clear()
        start = text.rfind("\x1b", max(0, len(text) - _LONGEST_HELD))
        whole = start < 0 or _ESCAPES.match(text, start)
        self._held = "" if whole else text[start:]
        return lead + _ESCAPES.sub("", text if whole else text[:start])


def plain_text(output: bytes) -> str:
    """Return an output as a model reads it and a screen can show it.

    Escape sequences go, a line that was written over shows what it said last, and every other
    character that steers or hides is made visible.
    """
    text = _ESCAPES.sub("", output.decode("utf-8", "replace"))
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return display_safe(text)


def _whole_lines_before(head: bytearray) -> bytes:
    """Cut the beginning of an output behind a line's end, or at least not within a character."""
    end = head.rfind(b"\n", max(0, len(head) - _LINE_SEARCH_BYTES))
    if end >= 0:
        return bytes(head[: end + 1])
    size = len(head)
    while size and len(head) - size < 4 and head[size - 1] & 0xC0 == 0x80:
        size -= 1
    if size and head[size - 1] >= 0xC0:
        size -= 1
    return bytes(head[:size])


def _whole_lines_after(tail: bytearray) -> bytes:
    """Begin the end of an output behind a line's end, or at least not within a character."""
    end = tail.find(b"\n", 0, _LINE_SEARCH_BYTES)
    if 0 <= end < len(tail) - 1:
        return bytes(tail[end + 1 :])
    start = 0
    while start < min(4, len(tail)) and tail[start] & 0xC0 == 0x80:
        start += 1
    return bytes(tail[start:])
