"""The lines of one hunk as rows, laid out some hundred at a time and only where somebody looks.

Rows hold places in the text, not the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from codex_tui.edits.words import paired_lines
from codex_tui.ui.review import HunkRef
from codex_tui.ui.widgets.diff_notes import Note, hunk_notes, mixed_line_ends
from codex_tui.ui.widgets.diff_text import (
    MAX_LINE_CHARACTERS,
    DisplayLine,
    display_line,
    wrap_cells,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.protocol.changes import ChangeKind, Hunk

BAR_CELLS = 1
SIGN_CELLS = 3
"""Blank, sign, blank: between a line's number and its text."""
CHUNK_LINES = 200
"""Laid out together: a few milliseconds, and more than a screen."""


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A remark on a hunk."""

    ref: HunkRef
    note: Note


class Piece(NamedTuple):
    """Part of a shown line that fits one row: line of the hunk, span of its shown text."""

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class UnifiedRow:
    """A row of a line, before and after below each other."""

    ref: HunkRef
    piece: Piece


@dataclass(frozen=True, slots=True)
class SplitRow:
    """A row of two lines side by side; None where a side has nothing."""

    ref: HunkRef
    before: Piece | None
    after: Piece | None


LineRow = UnifiedRow | SplitRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The room for a diff: cells in all, cells of a line number, and whether it is side by side."""

    width: int
    number_cells: int
    split: bool

    @property
    def side_cells(self) -> int:
        """Cells of one half, number and sign included, beside the bar and the rule between."""
        return (self.width - BAR_CELLS - 1) // 2 if self.split else self.width - BAR_CELLS

    @property
    def text_cells(self) -> int:
        """Cells left for the text of a line."""
        return max(2, self.side_cells - self.number_cells - SIGN_CELLS)


class HunkRows:
    """One hunk's remarks, and its lines in chunks whose heights are estimates until laid out."""

    def __init__(self, ref: HunkRef, hunk: Hunk, kind: ChangeKind, frame: Frame) -> None:
        self.notes = tuple(NoteRow(ref, note) for note in hunk_notes(hunk, kind))
        self._ref = ref
        self._hunk = hunk
        self._frame = frame
        self._mark = mixed_line_ends(hunk)
        self._lines: dict[int, DisplayLine] = {}
        self._pairs: Sequence[tuple[int | None, int | None]] | None = None
        self._laid_out: dict[int, tuple[LineRow, ...]] = {}
        self._estimates: dict[int, int] = {}

    def fit(self, frame: Frame) -> None:
        """Forget the rows: they are wanted for other room."""
        self._frame = frame
        self._laid_out.clear()
        self._estimates.clear()

    @property
    def chunks(self) -> int:
        """How many chunks the lines make."""
        count = len(self._side_by_side) if self._frame.split else len(self._hunk.lines)
        return -(-count // CHUNK_LINES)

    def height(self, chunk: int) -> int:
        """Return the number of a chunk's rows, estimated where nobody looked yet."""
        rows = self._laid_out.get(chunk)
        if rows is not None:
            return len(rows)
        if chunk not in self._estimates:
            self._estimates[chunk] = self._estimate(chunk)
        return self._estimates[chunk]

    def rows(self, chunk: int) -> tuple[LineRow, ...]:
        """Return a chunk's rows, laid out now if they are not at hand."""
        if chunk not in self._laid_out:
            self._laid_out[chunk] = (
                self._split(chunk) if self._frame.split else self._unified(chunk)
            )
        return self._laid_out[chunk]

    def line(self, index: int) -> DisplayLine:
        """Return a line ready to be shown."""
        if index not in self._lines:
            text = self._hunk.lines[index].text
            self._lines[index] = display_line(text, mark_carriage_return=self._mark)
        return self._lines[index]

    @property
    def _side_by_side(self) -> Sequence[tuple[int | None, int | None]]:
        if self._pairs is None:
            self._pairs = _side_by_side(self._hunk)
        return self._pairs

    def _unified(self, chunk: int) -> tuple[LineRow, ...]:
        lines = range(len(self._hunk.lines))[_span(chunk)]
        return tuple(UnifiedRow(self._ref, each) for at in lines for each in self._pieces(at))

    def _split(self, chunk: int) -> tuple[LineRow, ...]:
        rows: list[LineRow] = []
        for before, after in self._side_by_side[_span(chunk)]:
            left = [] if before is None else self._pieces(before)
            right = [] if after is None else self._pieces(after)
            rows += [SplitRow(self._ref, one, other) for one, other in zip_longest(left, right)]
        return tuple(rows)

    def _pieces(self, index: int) -> list[Piece]:
        spans = wrap_cells(self.line(index).text, self._frame.text_cells)
        return [Piece(index, start, end) for start, end in spans]

    def _estimate(self, chunk: int) -> int:
        """Guess from the lengths: exact but for tabs, wide characters and what is spelled out."""
        if not self._frame.split:
            return sum(map(self._guess, range(len(self._hunk.lines))[_span(chunk)]))
        return sum(
            max(
                0 if before is None else self._guess(before),
                0 if after is None else self._guess(after),
            )
            for before, after in self._side_by_side[_span(chunk)]
        )

    def _guess(self, index: int) -> int:
        characters = min(len(self._hunk.lines[index].text) - 1, MAX_LINE_CHARACTERS)
        return -(-characters // self._frame.text_cells) or 1


def _span(chunk: int) -> slice:
    return slice(chunk * CHUNK_LINES, (chunk + 1) * CHUNK_LINES)


def _side_by_side(hunk: Hunk) -> list[tuple[int | None, int | None]]:
    """Return pairs of line indices, before and after, from the top of the hunk down."""
    at: dict[str, list[int]] = {"context": [], "removed": [], "added": []}
    for index, line in enumerate(hunk.lines):
        at[line.tag].append(index)
    changed: list[tuple[int | None, int | None]]
    if not at["removed"]:
        changed = [(None, index) for index in at["added"]]
    elif not at["added"]:
        changed = [(index, None) for index in at["removed"]]
    else:
        changed = _replaced(hunk)
    first = min([*at["removed"][:1], *at["added"][:1]], default=0)
    above = [(index, index) for index in at["context"] if index < first]
    below = [(index, index) for index in at["context"] if index >= first]
    return [*above, *changed, *below]


def _replaced(hunk: Hunk) -> list[tuple[int | None, int | None]]:
    places = {id(line): index for index, line in enumerate(hunk.lines)}
    return [
        (
            None if before is None else places[id(before)],
            None if after is None else places[id(after)],
        )
        for before, after in paired_lines(hunk)
    ]
