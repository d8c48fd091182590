"""Finds matching lines in given files with a helper program, and reads its report.

Which files are searched is decided elsewhere; here the work is cut into command lines of bearable
length, started under one deadline, and read back from ripgrep's JSON lines. `line_matcher` speaks
the same, so that a search gives the same answer with and without ripgrep.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pydantic import Base64Bytes, BaseModel

from codex_tui.protocol.errors import ToolError
from codex_tui.tools import line_matcher
from codex_tui.tools.limits import SEARCH_TIMEOUT_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_tui.protocol.programs import Completed, Programs

MAX_ARGUMENT_BYTES = 400_000  # of file names on one command line; macOS allows 1 MB in all
MAX_REPORT_BYTES = 16_000_000
MAX_COUNTED = 10_000  # matching lines, after which no further files are searched
MAX_COMPLAINT_CHARS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for; `context` counts lines on each side of a match."""

    pattern: str
    literal: bool = False
    ignore_case: bool = False
    context: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """A line without its end; `position` is the character its match begins at, None for context."""

    number: int
    text: str
    position: int | None


@dataclass(slots=True, kw_only=True)
class FileMatches:
    """The matching lines of one file and their context, in order."""

    path: str
    lines: list[FoundLine] = field(default_factory=list[FoundLine])
    binary: bool = False

    @property
    def count(self) -> int:
        """Number of matching lines."""
        return sum(line.position is not None for line in self.lines)


@dataclass(slots=True, kw_only=True)
class Matches:
    """What was found, file by file in the order given; `complete` is false when the search was
    given up, `timed_out` says that it was for want of time.
    """

    files: list[FileMatches] = field(default_factory=list[FileMatches])
    unreadable: int = 0
    complete: bool = True
    timed_out: bool = False

    @property
    def count(self) -> int:
        """Number of matching lines in text files."""
        return sum(file.count for file in self.files if not file.binary)


class Matcher(Protocol):
    """A program that reports matching lines as ripgrep does."""

    def command(self, query: Query) -> list[str]:
        """Return the program and its arguments, up to the first file name."""
        ...


@dataclass(frozen=True, slots=True)
class Ripgrep:
    """The `rg` program, given by its absolute path. Files are taken as bytes in UTF-8."""

    program: Path

    def command(self, query: Query) -> list[str]:
        """Return the command line; the pattern cannot be taken for an option."""
        return [
            str(self.program),
            "--no-config",
            "--json",
            "--no-mmap",
            "--encoding=none",
            "--crlf",
            "--fixed-strings" if query.literal else "--no-fixed-strings",
            "--ignore-case" if query.ignore_case else "--case-sensitive",
            f"--context={query.context}",
            f"--regexp={query.pattern}",
            "--",
        ]


@dataclass(frozen=True, slots=True)
class LineMatcher:
    """Our own `line_matcher`, run by the Python that runs us."""

    def command(self, query: Query) -> list[str]:
        """Return the command line."""
        return [
            sys.executable,
            "-I",
            "-S",
            "-Wignore",
            line_matcher.__file__,
            query.pattern,
            str(int(query.literal)),
            str(int(query.ignore_case)),
            str(query.context),
        ]


def find_matches(
    query: Query, files: Sequence[str], *, cwd: Path, matcher: Matcher, runner: Programs
) -> Matches:
    """Look for `query` in `files`, given relative to `cwd`.

    Raises:
        ToolError: The pattern is none, or the program cannot be run.
    """
    matches = Matches()
    deadline = time.monotonic() + SEARCH_TIMEOUT_S
    for batch in _batches(files):
        try:
            finished = runner.run(
                [*matcher.command(query), *batch],
                cwd=cwd,
                timeout_s=max(0.0, deadline - time.monotonic()),
                max_output_bytes=MAX_REPORT_BYTES,
            )
        except OSError as error:
            raise ToolError(f"The search program cannot be started: {error.strerror}.") from None
        _read(finished, batch, matches)
        if not matches.complete:
            break
    return matches


def _batches(files: Sequence[str]) -> Iterator[list[str]]:
    """Cut the file names into command lines; `./` keeps a name from being read as an option."""
    batch: list[str] = []
    size = 0
    for file in files:
        batch.append(f"./{file}")
        size += len(os.fsencode(file)) + 11  # the prefix, the end, and a pointer
        if size > MAX_ARGUMENT_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Text(BaseModel):
    """Text where it is UTF-8, otherwise bytes in base64."""

    text: str | None = None
    bytes: Base64Bytes | None = None

    @property
    def raw(self) -> bytes:
        return self.bytes or (self.text or "").encode()


class _Submatch(BaseModel):
    start: int


class _Data(BaseModel):
    path: _Text | None = None
    lines: _Text | None = None
    line_number: int | None = None
    submatches: tuple[_Submatch, ...] = ()
    binary_offset: int | None = None


class _Record(BaseModel):
    """One line of the report; see `rg --help` on `--json`."""

    type: str
    data: _Data


def _read(finished: Completed, batch: Sequence[str], matches: Matches) -> None:
    """Add one program's report to the matches, in the order of the batch."""
    if finished.exit_code == line_matcher.FAILED and not finished.stdout:
        raise _pattern_error(finished.stderr)
    found: dict[str, FileMatches] = {}
    ended = False
    for line in finished.stdout.split(b"\n")[:-1]:  # a cut report's last line is a stub
        record = _Record.model_validate_json(line)
        ended = ended or record.type == "summary"
        data = record.data
        if data.path is None or record.type == "begin":
            continue
        path = os.fsdecode(data.path.raw)
        file = found.setdefault(path, FileMatches(path=path.removeprefix("./")))
        if data.lines is None:
            file.binary = data.binary_offset is not None
        else:
            file.lines.append(_found_line(data, data.lines.raw))
    if not ended and finished.exit_code >= 0:
        raise ToolError(f"The search program failed: {_said(finished.stderr)}")
    matches.unreadable += finished.stderr.count(b"(os error ")
    matches.files += (found[path] for path in batch if path in found)
    matches.complete = ended and matches.count <= MAX_COUNTED
    matches.timed_out = finished.timed_out


def _found_line(data: _Data, raw: bytes) -> FoundLine:
    text = raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
    position = None
    if data.submatches:
        position = len(raw[: data.submatches[0].start].decode("utf-8", "replace"))
    return FoundLine(number=data.line_number or 0, text=text, position=position)


def _pattern_error(stderr: bytes) -> ToolError:
    return ToolError(
        f"The pattern is not a regular expression the search understands.\n{_said(stderr)}",
        hint="Correct it, or set literal to true to search for the text itself.",
    )


def _said(stderr: bytes) -> str:
    return stderr.decode("utf-8", "replace").strip()[-MAX_COMPLAINT_CHARS:]
