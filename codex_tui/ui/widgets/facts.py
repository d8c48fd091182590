"""A block of facts in the chat: a label and words a row, outside of the conversation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codex_tui.protocol.display import one_line
from codex_tui.ui.widgets.markdown import MARGIN
from codex_tui.ui.widgets.rows import Block, Row, Run
from codex_tui.ui.widgets.wrapping import cells, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.ui.widgets.rows import Frame

_MAX_LABEL = 20
_MAX_WORDS = 1_000
_GAP = 2
_MIN_WORDS_CELLS = 24
"""With less room than this beside them, labels stand above their words."""


Fact = tuple[str, str]
"""A label and the words to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsBlock(Block):
    """Rows of label and words; what is copied of it has a tab between the two."""

    facts: tuple[Fact, ...]

    @property
    def source(self) -> str:
        """A line a fact."""
        return "\n".join(f"{label}\t{words}" for label, words in self._clean())

    def estimate(self, frame: Frame) -> int:
        """Guess from the lengths of the words."""
        room = max(frame.width - MARGIN - _MAX_LABEL, _MIN_WORDS_CELLS)
        return sum(-(-len(words) // room) or 1 for _, words in self.facts)

    def layout(self, frame: Frame) -> Sequence[Row]:
        """Align the words behind the longest label; wrap them there."""
        column = MARGIN + max(cells(label) for label, _ in self._clean()) + _GAP
        beside = frame.width - column >= _MIN_WORDS_CELLS
        rows: list[Row] = []
        for label, words in self._clean():
            lead = " " * MARGIN + label
            if beside:
                rows += _beside(lead + " " * (column - cells(lead)), words, column, frame.width)
            else:
                rows += _below(lead, words, frame.width)
        return rows

    def _clean(self) -> list[Fact]:
        return [
            (one_line(label, _MAX_LABEL), one_line(words, _MAX_WORDS))
            for label, words in self.facts
        ]


def _beside(lead: str, words: str, column: int, width: int) -> list[Row]:
    blank = Run(" " * column)
    lines = wrap([Run(words)], width - column)
    rows = [Row((blank, *line.runs), margin=column, joint=line.joint) for line in lines]
    first = replace(rows[0], runs=(Run(lead, "muted"), *lines[0].runs), margin=MARGIN)
    return [first, *rows[1:]]


def _below(lead: str, words: str, width: int) -> list[Row]:
    indent = Run(" " * min(2 * MARGIN, max(width - 1, 0)))
    lines = wrap([Run(words)], max(width - len(indent.text), 1))
    title = Row((Run(lead[:width], "muted"),), margin=MARGIN)
    return [
        title,
        *(Row((indent, *line.runs), margin=len(indent.text), joint=line.joint) for line in lines),
    ]
