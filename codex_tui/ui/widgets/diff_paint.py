"""Turns rows of a diff into strips of cells. Colours come in by name, from the widget's theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, assert_never

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from codex_tui.protocol.approvals import RejectHunk
from codex_tui.protocol.changes import ChangeKind, HunkLine
from codex_tui.protocol.display import one_line
from codex_tui.ui.review import HunkRef, mark_of
from codex_tui.ui.widgets.cell_fit import fit_end, fit_start
from codex_tui.ui.widgets.diff_rows import DiffRows, FileRow, GapRow, HunkRow, Row
from codex_tui.ui.widgets.diff_syntax import SYNTAX_KINDS, HunkDetail
from codex_tui.ui.widgets.hunk_rows import BAR_CELLS, NoteRow, Piece, SplitRow, UnifiedRow

if TYPE_CHECKING:
    from codex_tui.ui.widgets.diff_text import Span

STYLE_NAMES = (
    "file",
    "muted",
    "faint",
    "current",
    "warning",
    "plus",
    "minus",
    "mark",
    "added",
    "added-word",
    "removed",
    "removed-word",
    "special",
    *SYNTAX_KINDS,
)
"""Names a row is painted with; later ones in a combination win over earlier ones."""

StyleOf = Callable[[tuple[str, ...]], Style]

PLAIN = HunkDetail(syntax={}, words={})
"""Nothing stands out."""

_CONTINUED = "↳"
_SIGNS = {"context": " ", "added": "+", "removed": "-"}
_KIND_WORDS = {ChangeKind.ADD: "new file", ChangeKind.MODIFY: "", ChangeKind.DELETE: "deleted"}
_MAX_TITLE_CHARACTERS = 400


class Bit(NamedTuple):
    """Text in a combination of named styles."""

    text: str
    styles: tuple[str, ...] = ()


class DiffPainter:
    """Paints the rows of one review.

    `details` is filled in as hunks are worked out; a hunk without is painted plainly.
    """

    def __init__(self, rows: DiffRows, style_of: StyleOf) -> None:
        self.details: dict[HunkRef, HunkDetail] = {}
        self._rows = rows
        self.review = rows.review
        self._style_of = style_of

    def paint(self, row: Row) -> Strip:
        """Return the row as a strip as wide as the frame."""
        match row:
            case FileRow(file=file):
                bits = self._file(file)
            case GapRow():
                bits = [_blank(self._rows.frame.width)]
            case HunkRow(ref=ref):
                bits = [self._bar(ref), *self._head(ref)]
            case NoteRow(ref=ref, note=note):
                style = "warning" if note.warning else "muted"
                text = fit_end(note.text, self._rows.frame.width - BAR_CELLS - 1)
                bits = [self._bar(ref), *_row([Bit(" " + text, (style,))], [], self._inner)]
            case UnifiedRow(ref=ref, piece=piece):
                bits = [self._bar(ref), *self._side(ref, piece, after=None)]
            case SplitRow(ref=ref, before=before, after=after):
                bits = [
                    self._bar(ref),
                    *self._side(ref, before, after=False),
                    Bit("│", ("faint",)),
                    *self._side(ref, after, after=True),
                ]
            case _:
                assert_never(row)
        return self._strip(bits)

    @property
    def _inner(self) -> int:
        """Cells of a row beside the bar."""
        return self._rows.frame.width - BAR_CELLS

    def _strip(self, bits: list[Bit]) -> Strip:
        segments = [Segment(bit.text, self._style_of(bit.styles)) for bit in bits if bit.text]
        return Strip(segments).adjust_cell_length(self._rows.frame.width, self._style_of(()))

    def _bar(self, ref: HunkRef) -> Bit:
        return Bit("▌", ("current",)) if ref == self.review.cursor else Bit(" ")

    def _file(self, file: int) -> list[Bit]:
        change = self.review.changes[file]
        counts = _counts(change.added, change.removed, ("file",))
        word = _KIND_WORDS[change.kind]
        room = self._rows.frame.width - _cells(counts) - len(word) - 5
        path = fit_start(one_line(change.title, _MAX_TITLE_CHARACTERS), room)
        title = [Bit(f" {path}  ", ("file",)), Bit(word, ("file", "muted"))]
        return _row(title, [*counts, Bit(" ", ("file",))], self._rows.frame.width, ("file",))

    def _head(self, ref: HunkRef) -> list[Bit]:
        hunk = self.review.hunk(ref)
        counts = _counts(hunk.added, hunk.removed, ())
        number = self.review.refs.index(ref) + 1
        style = () if ref == self.review.cursor else ("muted",)
        right = [*counts, Bit(f"  hunk {number}/{len(self.review.refs)} ", style)]
        lead = self._outcome(ref)
        room = self._inner - _cells(lead) - _cells(right) - 1
        title = fit_end(self._title(ref), room)
        return _row([*lead, Bit(title, style)], right, self._inner)

    def _outcome(self, ref: HunkRef) -> list[Bit]:
        decision = self.review.decision_of(ref)
        if decision is None:
            return [Bit("@@ ", ("faint",))]
        style, word = (
            ("minus", "rejected") if isinstance(decision, RejectHunk) else ("plus", "accepted")
        )
        return [Bit(mark_of(decision), (style, "mark")), Bit(f" {word}", (style,)), Bit("  ")]

    def _title(self, ref: HunkRef) -> str:
        """Return why a hunk was rejected, else where in the file it is."""
        decision = self.review.decision_of(ref)
        reason = decision.reason if isinstance(decision, RejectHunk) else ""
        hunk = self.review.hunk(ref)
        where = hunk.header.strip() or f"line {hunk.after_start + 1}"
        return one_line(reason or where, _MAX_TITLE_CHARACTERS)

    def _side(self, ref: HunkRef, piece: Piece | None, *, after: bool | None) -> list[Bit]:
        """Paint one side of a row; `after` is None where both sides are one."""
        frame = self._rows.frame
        if piece is None:
            return [_blank(frame.side_cells)]
        line = self.review.hunk(ref).lines[piece.line]
        tint = () if line.tag == "context" else (line.tag,)
        number = _number(line, after=after) if piece.start == 0 else _CONTINUED
        sign = _SIGNS[line.tag] if piece.start == 0 else " "
        gutter = Bit(f"{number:>{frame.number_cells}}", (*tint, "faint"))
        bits = [gutter, Bit(f" {sign} ", (*tint, "muted")), *self._code(ref, piece, line)]
        room = frame.side_cells - _cells(bits)
        return [*bits, Bit(" " * max(0, room), tint)]

    def _code(self, ref: HunkRef, piece: Piece, line: HunkLine) -> Iterator[Bit]:
        """Paint the characters of a piece: tint of the line, changed words, syntax, specials."""
        shown = self._rows.line(ref, piece.line)
        detail = self.details.get(ref, PLAIN)
        words = [
            (shown.shown(span), f"{line.tag}-word") for span in detail.words.get(piece.line, ())
        ]
        kinds = [
            (shown.shown((span.start, span.end)), span.kind)
            for span in detail.syntax.get(piece.line, ())
        ]
        tabs = [(span, "faint") for span in shown.tabs]
        specials = [(span, "special") for span in shown.specials]
        backs = _layer(piece, "" if line.tag == "context" else line.tag, words)
        fronts = _layer(piece, "", [*kinds, *tabs, *specials])
        text = shown.text[piece.start : piece.end]
        for styles, group in groupby(zip(backs, fronts, text, strict=True), lambda cell: cell[:2]):
            names = tuple(name for name in styles if name)
            yield Bit("".join(cell[2] for cell in group), names)


def _layer(piece: Piece, ground: str, spans: list[tuple[Span, str]]) -> list[str]:
    """Return one style name a character of the piece; later spans win."""
    names = [ground] * (piece.end - piece.start)
    for (start, end), name in spans:
        first, last = max(start, piece.start), min(end, piece.end)
        if first < last:
            names[first - piece.start : last - piece.start] = [name] * (last - first)
    return names


def _number(line: HunkLine, *, after: bool | None) -> str:
    before_side = line.tag == "removed" if after is None else not after
    number = line.before_number if before_side else line.after_number
    return "" if number is None else str(number)


def _counts(added: int, removed: int, ground: tuple[str, ...]) -> list[Bit]:
    bits = [Bit(f"+{added}", (*ground, "plus"))] if added else []
    if removed:
        bits.append(Bit(f" −{removed}" if added else f"−{removed}", (*ground, "minus")))
    return bits


def _cells(bits: list[Bit]) -> int:
    return sum(cell_len(bit.text) for bit in bits)


def _row(left: list[Bit], right: list[Bit], cells: int, ground: tuple[str, ...] = ()) -> list[Bit]:
    """Put bits at both ends of a row of `cells` cells."""
    return [*left, Bit(" " * max(0, cells - _cells(left) - _cells(right)), ground), *right]


def _blank(cells: int) -> Bit:
    return Bit(" " * cells)
