"""One dim line about a model call: a detail that is shown with all details."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.ui.widgets.blocks import text_rows
from codex_tui.ui.widgets.markdown import MARGIN
from codex_tui.ui.widgets.rows import Run, estimate_rows
from codex_tui.ui.widgets.wrapping import flat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.ui.widgets.rows import Frame, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresBlock:
    """Figures in words; they go with the block before them."""

    text: str

    @property
    def source(self) -> str:
        """The words, cleaned."""
        return flat(self.text)

    @property
    def expandable(self) -> bool:
        """Nothing to unfold."""
        return False

    @property
    def compact(self) -> bool:
        """A blank line to what follows."""
        return False

    @property
    def joined(self) -> bool:
        """Part of what it is about."""
        return True

    def estimate(self, frame: Frame) -> int:
        """Guess from the length."""
        return estimate_rows([self.text], max(frame.width - MARGIN, 1))

    def layout(self, frame: Frame) -> Sequence[Row]:
        """Draw the words faint, in line with the text."""
        return text_rows([Run(flat(self.text), "faint")], frame, Run(" " * MARGIN))
