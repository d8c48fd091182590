"""What a patch consists of once it is read, and the one error that patches end in.

Texts are as the patch has them: lines without their ends, paths as they were written.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

from codex_tui.protocol.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Sequence


class PatchFault(StrEnum):
    """What is wrong: the patch's own form, a file it names, or that its lines are not there."""

    FORMAT = "format"
    FILE = "file"
    MATCH = "match"


class PatchError(EditError):
    """A patch of which nothing is applied; `fault` says in one word why."""

    def __init__(self, message: str, *, fault: PatchFault, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.fault = fault


PatchTag = Literal[" ", "-", "+"]
"""A line that stays, goes, or comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchLine:
    """One line of a hunk, without its tag and its end."""

    tag: PatchTag
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchHunk:
    """Lines to be found and changed below `headers`, which are lines of the file themselves.

    `number` counts hunks of the file from 1, `line_number` lines of the patch. `at_end` says that
    the lines found are the file's last.
    """

    number: int
    line_number: int
    headers: tuple[str, ...]
    lines: tuple[PatchLine, ...]
    at_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedFile:
    """A file to be made with this text."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedFile:
    """A file to be removed."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatedFile:
    """A file to be changed, moved (`move_to` is not None), or both."""

    path: str
    move_to: str | None
    hunks: tuple[PatchHunk, ...]


PatchedFile = AddedFile | DeletedFile | UpdatedFile


class LineEdit(NamedTuple):
    """Lines `start:end` of a file, from 0, give way to `added`, which has no line ends."""

    start: int
    end: int
    added: Sequence[str]
