"""The model's reasoning as a block: a line; below it its end while it streams, or all of it.

It grows by many small portions and can be long. Finished pieces of it are laid out once, not at
every portion.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from codex_tui.protocol.display import display_safe
from codex_tui.protocol.figures import format_duration
from codex_tui.ui.widgets.blocks import indented, piece_rows, text_rows
from codex_tui.ui.widgets.markdown import MARGIN
from codex_tui.ui.widgets.markdown_stream import MarkdownSplitter
from codex_tui.ui.widgets.rows import Block, Row, Run, estimate_rows
from codex_tui.ui.widgets.wrapping import flat

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codex_tui.ui.widgets.markdown_stream import Piece
    from codex_tui.ui.widgets.rows import Frame

THINKING_TAIL_ROWS = 2
"""Rows of reasoning to be seen while it streams and is collapsed."""

NOTE_ROWS = 3
"""Rows of a note to be seen while it is collapsed."""


class LaidThoughts:
    """The finished rows of a text that grows, for the frame it was laid out for last."""

    def __init__(self) -> None:
        self._reset(None)

    def _reset(self, frame: Frame | None) -> None:
        self._frame = frame
        self._splitter = MarkdownSplitter()
        self._text = ""
        self._rows: list[Row] = []

    @property
    def height(self) -> int:
        """Rows of what is finished, and one for what is not."""
        return len(self._rows) + 1

    def rows(self, text: str, frame: Frame, *, streaming: bool) -> list[Row]:
        """Lay `text` out; of one that goes on only what is new since the last time.

        A text that is complete leaves nothing behind here: its rows are the caller's.
        """
        if frame != self._frame or not text.startswith(self._text):
            self._reset(frame)
        _add(self._rows, self._splitter.feed(text[len(self._text) :]), frame)
        self._text = text
        if streaming:
            tail = self._splitter.tail
            return _add(list(self._rows), () if tail is None else (tail,), frame)
        rows = _add(self._rows, self._splitter.close(), frame)
        self._reset(None)
        return rows


def _add(rows: list[Row], pieces: Iterable[Piece], frame: Frame) -> list[Row]:
    """Put pieces below rows, a blank row between what does not go on where the last one stopped."""
    for piece in pieces:
        if rows and not piece.joined:
            rows += indented([Row((Run(" " * MARGIN),), margin=MARGIN)])
        rows += indented(piece_rows(piece, frame, role="muted"))
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingBlock(Block):
    """Reasoning of the model. `duration_ms` is None while it streams or when nobody measured it. Of
    a `note`, which is written for the user, the beginning stays to be seen. While it streams,
    `laid` keeps what the blocks before this one laid out.
    """

    text: str
    streaming: bool = False
    duration_ms: int | None = None
    note: bool = False
    laid: LaidThoughts | None = field(default=None, compare=False, repr=False)

    @property
    def source(self) -> str:
        """The reasoning, cleaned."""
        return display_safe(self.text)

    @property
    def expandable(self) -> bool:
        """Some vendors keep their reasoning to themselves."""
        return bool(self.text.strip())

    @property
    def compact(self) -> bool:
        """One line among those of the tools."""
        return True

    def estimate(self, frame: Frame) -> int:
        """Count the title, and the lines of the text where it is open."""
        if not frame.expanded:
            return 1 + (THINKING_TAIL_ROWS if self.streaming else NOTE_ROWS if self.note else 0)
        if self.streaming and self.laid is not None:
            return 1 + self.laid.height
        return 1 + estimate_rows(self.text.split("\n"), max(frame.width - 2 * MARGIN, 1))

    def layout(self, frame: Frame) -> Sequence[Row]:
        """Draw the title; below it all of the text, or its last rows while it streams."""
        symbols = frame.symbols
        sign = symbols.expanded if frame.expanded else symbols.collapsed
        label = "thinking"
        if self.streaming:
            label = f"thinking {symbols.ellipsis}"
        elif self.duration_ms is not None:
            label = f"thinking ({format_duration(self.duration_ms)})"
        lead = Run(f"{sign if self.expandable else symbols.bullet} ", "faint")
        title = Row((lead, Run(label, "muted")), margin=MARGIN)
        if not self.expandable:
            return [title]
        if frame.expanded:
            inner = replace(frame, width=frame.width - MARGIN)
            laid = self.laid or LaidThoughts()
            return [title, *laid.rows(self.text, inner, streaming=self.streaming)]
        if self.note and not self.streaming:
            return [title, *self._head(frame)]
        return [title, *self._tail(frame)] if self.streaming else [title]

    def _head(self, frame: Frame) -> list[Row]:
        text = flat(self.text[: (NOTE_ROWS + 1) * frame.width].strip())
        rows = text_rows([Run(text, "muted")], frame, Run(" " * MARGIN))
        if len(rows) <= NOTE_ROWS:
            return rows
        more = Row((Run(f"{' ' * MARGIN}{frame.symbols.ellipsis}", "faint"),), margin=MARGIN)
        return [*rows[:NOTE_ROWS], more]

    def _tail(self, frame: Frame) -> list[Row]:
        runs = [Run(flat(self.text[-4 * frame.width :].strip()), "faint")]
        return text_rows(runs, frame, Run(" " * MARGIN))[-THINKING_TAIL_ROWS:]
