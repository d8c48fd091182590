"""A compaction in the transcript: one line, the summary behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codex_tui.protocol.display import display_safe
from codex_tui.ui.widgets.blocks import marked_rows
from codex_tui.ui.widgets.markdown import MARGIN
from codex_tui.ui.widgets.rows import Block, Run, estimate_rows
from codex_tui.ui.widgets.thinking import LaidThoughts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.ui.widgets.rows import Frame, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionBlock(Block):
    """What the model reads in the place of all that stands above, which stays on the screen.

    `note` says what became of it since: "edited", "undone".
    """

    title: str
    summary: str
    note: str = ""

    @property
    def source(self) -> str:
        """The summary, cleaned."""
        return display_safe(self.summary)

    @property
    def expandable(self) -> bool:
        """There is a summary behind the line."""
        return True

    @property
    def compact(self) -> bool:
        """It unfolds with the details of tools and thinking."""
        return True

    def estimate(self, frame: Frame) -> int:
        """Count the line, and those of the summary where it is open."""
        width = max(frame.width - 2 * MARGIN, 1)
        return 1 + (estimate_rows(self.summary.split("\n"), width) if frame.expanded else 0)

    def layout(self, frame: Frame) -> Sequence[Row]:
        """Draw the line; below it the summary as Markdown."""
        symbols = frame.symbols
        sign = symbols.expanded if frame.expanded else symbols.collapsed
        what = f"summary {self.note}" if self.note else "summary"
        words = [Run(self.title, "muted"), Run(f" · {what}", "faint")]
        rows = marked_rows(words, frame, Run(f"{sign} ", "faint"))
        if frame.expanded:
            inner = replace(frame, width=frame.width - MARGIN)
            rows += LaidThoughts().rows(self.summary, inner, streaming=False)
        return rows
