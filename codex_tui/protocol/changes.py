"""A proposed edit: whole files before and after, cut into hunks that can be decided one by one.

Texts are the files' exact characters: strict UTF-8, byte-order mark and line ends included. Lines
split at LF only, and a line keeps its end, so `"".join(lines)` is the text again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class ChangeKind(StrEnum):
    """What happens to the file."""

    ADD = "add"
    MODIFY = "modify"
    DELETE = "delete"


LineTag = Literal["context", "removed", "added"]

MOVE_HUNK_ID = "move"
"""The id of the hunk that stands for a file's move, not for a part of its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HunkLine:
    """One line of a hunk with its line end; numbers count from 1, None on the side the line is
    missing from. The two lines of a move's hunk are paths and have no number at all.
    """

    tag: LineTag
    text: str
    before_number: int | None
    after_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One contiguous run of changed lines, with context around it for the reader.

    `before_start`/`before_end` and `after_start`/`after_end` are half-open line ranges from 0 of
    the *changed* lines alone; applying a hunk replaces `before[before_start:before_end]`. `header`
    is the nearest line above that names a function or class.

    The hunk with the id `MOVE_HUNK_ID` is the move of the file: all ranges are empty, the removed
    line is the old path and the added one the new path. A `ReplaceHunk` for it names another path.
    """

    id: str
    before_start: int
    before_end: int
    after_start: int
    after_end: int
    lines: tuple[HunkLine, ...]
    header: str = ""

    @property
    def added(self) -> int:
        """Number of added lines."""
        return self.after_end - self.after_start

    @property
    def removed(self) -> int:
        """Number of removed lines."""
        return self.before_end - self.before_start


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What a tool wants to make of one file.

    `path` is relative to the workspace root, with `/`. `before` is None when the file does not
    exist, `after` None when it is to be deleted. `before_hash` and `after_hash` are SHA-256 hex
    digests of the bytes ("" for no file): what was approved is what is written.

    `move_to` is where a modified file is to be afterwards, None when it stays. Then the first hunk
    is the move, decided like any other; `before` and `after` may be equal.
    """

    path: str
    kind: ChangeKind
    before: str | None
    after: str | None
    before_hash: str
    after_hash: str
    hunks: tuple[Hunk, ...]
    move_to: str | None = None

    @property
    def title(self) -> str:
        """The file's name for people: `old → new` where it moves."""
        return self.path if self.move_to is None else f"{self.path} → {self.move_to}"

    @property
    def place(self) -> str:
        """Where the file is afterwards (or was, when it is deleted)."""
        return self.path if self.move_to is None else self.move_to

    @property
    def added(self) -> int:
        """Number of added lines over all hunks."""
        return sum(hunk.added for hunk in self.hunks)

    @property
    def removed(self) -> int:
        """Number of removed lines over all hunks."""
        return sum(hunk.removed for hunk in self.hunks)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedChange:
    """What was really written to one file: the bytes on disk, not the bytes proposed.

    `move_to` is where the file is now if it was moved from `path`.
    """

    path: str
    kind: ChangeKind
    added: int
    removed: int
    hunks_applied: int
    hunks_proposed: int
    after_hash: str
    move_to: str | None = None

    @property
    def title(self) -> str:
        """The file's name for people: `old → new` where it moves."""
        return self.path if self.move_to is None else f"{self.path} → {self.move_to}"
