"""What stands on which row of a diff: files, hunk heads, remarks and wrapped lines of code.

Pure: a review, a width and the way of showing it give rows. Only what is looked at is laid out, so
that a new file of 50,000 lines opens as fast as one of fifty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from codex_tui.ui.review import HunkRef, Review
from codex_tui.ui.widgets.heights import Heights
from codex_tui.ui.widgets.hunk_rows import Frame, HunkRows, LineRow, NoteRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.ui.widgets.diff_text import DisplayLine


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


Row = FileRow | GapRow | HunkRow | NoteRow | LineRow


class _Segment(NamedTuple):
    """Rows that are laid out together: heads and remarks (no `ref`), or some lines of a hunk."""

    rows: tuple[Row, ...] = ()
    ref: HunkRef | None = None
    chunk: int = 0


class DiffRows:
    """The rows of one review. Lines are laid out in chunks as they come into view (`settle`), once
    for each frame; the heights of the others are estimates. Folding only rearranges.
    """

    def __init__(self, review: Review) -> None:
        self.review = review
        self.frame = Frame(width=80, number_cells=self._number_cells(), split=False)
        self._segments: list[_Segment] = []
        self._heights = Heights()
        self._heads: dict[HunkRef, int] = {}
        self._hunks: dict[HunkRef, HunkRows] = {}

    def arrange(self, width: int, *, split: bool) -> None:
        """Lay the rows out anew for `width` cells and the review's present state."""
        frame = Frame(width=width, number_cells=self.frame.number_cells, split=split)
        if frame != self.frame:
            self.frame = frame
            for hunk in self._hunks.values():
                hunk.fit(frame)
        self._segments.clear()
        self._heads.clear()
        for file in range(len(self.review.changes)):
            self._arrange_file(file)
        self._heights.reset(map(self._height, self._segments))

    def settle(self, top: int, rows: int) -> int:
        """Lay out what a view of `rows` rows from `top` on shows; return where its top is then."""
        first = self._heights.find(top)
        if first < 0:
            return 0
        inside, estimated = top - self._heights.top(first), self._heights[first]
        self._lay_out(first)
        if self._heights[first] != estimated:
            inside = inside * self._heights[first] // estimated
        top = self._heights.top(first) + inside
        at, end = first + 1, self._heights.top(first + 1)
        while at < len(self._segments) and end < top + rows:
            self._lay_out(at)
            end += self._heights[at]
            at += 1
        return top

    @property
    def height(self) -> int:
        """The number of rows, as far as it is known."""
        return self._heights.total

    def row(self, at: int) -> Row:
        """Return a row that was settled, from 0 to `height`."""
        index = self._heights.find(at)
        rows = self._rows(self._segments[index])
        inside = at - self._heights.top(index)
        return rows[inside] if inside < len(rows) else GapRow()

    def line(self, ref: HunkRef, index: int) -> DisplayLine:
        """Return a line of a hunk ready to be shown."""
        return self._hunk(ref).line(index)

    def extent(self, ref: HunkRef) -> tuple[int, int]:
        """Return the half-open range of rows a hunk stands on, its file's head included when it
        directly follows it.
        """
        head = self._heads[ref]
        start = self._heights.top(head) + self._segments[head].rows.index(HunkRow(ref))
        chunks = 0 if self.review.folded(ref) else self._hunk(ref).chunks
        return start - (ref.hunk == 0), self._heights.top(head + 1 + chunks)

    def _arrange_file(self, file: int) -> None:
        above: tuple[Row, ...] = (GapRow(), FileRow(file)) if file else (FileRow(file),)
        for ref in self.review.refs_of(file):
            hunk = None if self.review.folded(ref) else self._hunk(ref)
            notes = hunk.notes if hunk else ()
            self._heads[ref] = len(self._segments)
            self._segments.append(_Segment(rows=(*above, HunkRow(ref), *notes)))
            above = ()
            if hunk:
                self._segments += [_Segment(ref=ref, chunk=at) for at in range(hunk.chunks)]

    def _hunk(self, ref: HunkRef) -> HunkRows:
        hunk = self._hunks.get(ref)
        if hunk is None:
            kind = self.review.changes[ref.file].kind
            hunk = self._hunks[ref] = HunkRows(ref, self.review.hunk(ref), kind, self.frame)
        return hunk

    def _height(self, segment: _Segment) -> int:
        if segment.ref is None:
            return len(segment.rows)
        return self._hunk(segment.ref).height(segment.chunk)

    def _rows(self, segment: _Segment) -> Sequence[Row]:
        if segment.ref is None:
            return segment.rows
        return self._hunk(segment.ref).rows(segment.chunk)

    def _lay_out(self, index: int) -> None:
        self._heights[index] = len(self._rows(self._segments[index]))

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
