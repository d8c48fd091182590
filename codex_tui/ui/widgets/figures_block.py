"""One dim line about a model call: a detail that is shown with all details."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.ui.widgets.blocks import TextBlock, text_rows
from codex_tui.ui.widgets.markdown import MARGIN
from codex_tui.ui.widgets.rows import Run
from codex_tui.ui.widgets.wrapping import cells, flat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.ui.widgets.rows import Frame, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresBlock(TextBlock):
    """Figures in words; they go with the block before them. On one row, of which pieces that are
    `spare` are left out, the first of them first, where there is no room for all.
    """

    spare: tuple[str, ...] = ()

    @property
    def joined(self) -> bool:
        """Part of what it is about."""
        return True

    def layout(self, frame: Frame) -> Sequence[Row]:
        """Draw the words faint, in line with the text."""
        text = fit(flat(self.text), self.spare, frame.width - MARGIN)
        return text_rows([Run(text, "faint")], frame, Run(" " * MARGIN))


def fit(text: str, spare: Sequence[str], width: int) -> str:
    """Return `text` without as many of its `spare` pieces as make it fit into `width` cells."""
    for piece in spare:
        if cells(text) <= width:
            break
        text = text.replace(flat(piece), "", 1)
    return text
