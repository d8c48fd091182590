"""The figures of the model calls on the transcript: lines that are there while details are shown.

What is not shown costs a text each. Showing and hiding all of them is one change of the transcript.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.ui.spending_words import spare_words, step_words
from codex_tui.ui.widgets.figures_block import FiguresBlock

if TYPE_CHECKING:
    from collections.abc import Set

    from codex_tui.protocol.spending import StepFigures
    from codex_tui.ui.widgets.transcript import Transcript


class StepFiguresLines:
    """A line for each call, below the last block that the call showed."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._lines: list[tuple[int, FiguresBlock]] = []
        self._keys: set[int] = set()
        self._shown = False

    def add(self, step: StepFigures) -> None:
        """A call ended; nothing for one that showed nothing."""
        below = self._last_key()
        if below is None:
            return
        block = FiguresBlock(text=step_words(step), spare=spare_words(step))
        self._lines.append((below, block))
        if self._shown:
            self._keys.add(self._transcript.append(block))

    def leave(self, gone: Set[int]) -> None:
        """Blocks were taken back: the lines of their calls stand below what was there before."""
        if not gone:
            return
        last = self._last_key()
        self._lines = [
            (last if below in gone and last is not None else below, block)
            for below, block in self._lines
        ]

    def _last_key(self) -> int | None:
        """Return the key of the last block that is no line of figures."""
        last = self._transcript.last_key
        if last not in self._keys:
            return last
        keys = reversed(tuple(self._transcript.keys))
        return next((key for key in keys if key not in self._keys), None)

    def show(self, *, shown: bool) -> None:
        """Put all lines where they belong, or take them away."""
        if shown == self._shown:
            return
        self._shown = shown
        if shown:
            self._keys = set(self._transcript.insert_all(self._lines))
        else:
            self._transcript.drop(self._keys)
            self._keys = set()

    def clear(self) -> None:
        """Forget all: the transcript is emptied."""
        self._lines.clear()
        self._keys.clear()
