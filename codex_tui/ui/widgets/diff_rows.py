"""What stands on which row of a diff: files, hunk heads, remarks and wrapped lines of code.

Pure: a review, a width and the way of showing it give a list of rows. Rows hold places in the
text, not the text, so that a change of 5,000 lines is laid out at once and painted as it is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from codex_tui.edits.words import paired_lines
from codex_tui.ui.review import HunkRef, Review
from codex_tui.ui.widgets.diff_notes import Note, hunk_notes, mixed_line_ends
from codex_tui.ui.widgets.diff_text import DisplayLine, display_line, wrap_cells

if TYPE_CHECKING:
    from codex_tui.protocol.changes import Hunk

BAR_CELLS = 1
SIGN_CELLS = 3
"""Blank, sign, blank: between a line's number and its text."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """The head of a file."""

    file: int


@dataclass(frozen=True, slots=True)
class GapRow:
    """An empty row between files."""


@dataclass(frozen=True, slots=True)
class HunkRow:
    """The head of a hunk, or all of it once it is decided and folded."""

    ref: HunkRef


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


Row = FileRow | GapRow | HunkRow | NoteRow | UnifiedRow | SplitRow


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


class DiffRows:
    """The rows of one review. Hunks are laid out once for each frame; folding only rearranges."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.rows: list[Row] = []
        self.starts: dict[HunkRef, int] = {}
        self.frame = Frame(width=80, number_cells=self._number_cells(), split=False)
        self._lines: dict[HunkRef, tuple[DisplayLine, ...]] = {}
        self._bodies: dict[HunkRef, list[Row]] = {}

    def arrange(self, width: int, *, split: bool) -> None:
        """Lay the rows out anew for `width` cells and the review's present state."""
        frame = Frame(width=width, number_cells=self.frame.number_cells, split=split)
        if frame != self.frame:
            self.frame = frame
            self._bodies.clear()
        self.rows = []
        for file in range(len(self.review.changes)):
            self._arrange_file(file)

    def lines(self, ref: HunkRef) -> tuple[DisplayLine, ...]:
        """Return a hunk's lines ready to be shown."""
        if ref not in self._lines:
            hunk = self.review.hunk(ref)
            mark = mixed_line_ends(hunk)
            self._lines[ref] = tuple(
                display_line(line.text, mark_carriage_return=mark) for line in hunk.lines
            )
        return self._lines[ref]

    def extent(self, ref: HunkRef) -> tuple[int, int]:
        """Return the half-open range of rows a hunk stands on, its file's head included when it
        directly follows it.
        """
        start = self.starts[ref]
        height = 1 if self.review.folded(ref) else 1 + len(self._body(ref))
        return start - (ref.hunk == 0), start + height

    def _arrange_file(self, file: int) -> None:
        if file:
            self.rows.append(GapRow())
        self.rows.append(FileRow(file))
        for ref in self.review.refs_of(file):
            self.starts[ref] = len(self.rows)
            self.rows.append(HunkRow(ref))
            if not self.review.folded(ref):
                self.rows.extend(self._body(ref))

    def _body(self, ref: HunkRef) -> list[Row]:
        if ref not in self._bodies:
            self._bodies[ref] = [*self._notes(ref), *self._code(ref)]
        return self._bodies[ref]

    def _notes(self, ref: HunkRef) -> list[Row]:
        kind = self.review.changes[ref.file].kind
        notes = hunk_notes(self.review.hunk(ref), self.lines(ref), kind)
        return [NoteRow(ref, note) for note in notes]

    def _code(self, ref: HunkRef) -> list[Row]:
        hunk = self.review.hunk(ref)
        rows: list[Row] = []
        if not self.frame.split:
            for index in range(len(hunk.lines)):
                rows.extend(UnifiedRow(ref, piece) for piece in self._pieces(ref, index))
            return rows
        for before, after in _side_by_side(hunk):
            left = [] if before is None else self._pieces(ref, before)
            right = [] if after is None else self._pieces(ref, after)
            rows.extend(SplitRow(ref, one, other) for one, other in zip_longest(left, right))
        return rows

    def _pieces(self, ref: HunkRef, index: int) -> list[Piece]:
        spans = wrap_cells(self.lines(ref)[index].text, self.frame.text_cells)
        return [Piece(index, start, end) for start, end in spans]

    def _number_cells(self) -> int:
        highest = max(
            (
                max(line.before_number or 0, line.after_number or 0)
                for change in self.review.changes
                for hunk in change.hunks
                for line in hunk.lines[-1:]
            ),
            default=0,
        )
        return max(3, len(str(highest)) + 1)


def _side_by_side(hunk: Hunk) -> list[tuple[int | None, int | None]]:
    """Return pairs of line indices, before and after, from the top of the hunk down."""
    places = {id(line): index for index, line in enumerate(hunk.lines)}
    changed = [
        (
            None if before is None else places[id(before)],
            None if after is None else places[id(after)],
        )
        for before, after in paired_lines(hunk)
    ]
    context = [index for index, line in enumerate(hunk.lines) if line.tag == "context"]
    above = next((at for at, line in enumerate(hunk.lines) if line.tag != "context"), 0)
    return [
        *((index, index) for index in context[:above]),
        *changed,
        *((index, index) for index in context[above:]),
    ]
