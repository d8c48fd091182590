"""The figures of the model calls on the transcript: lines that are there while details are shown.

What is not shown costs a text each. Showing and hiding all of them is one change of the transcript.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.ui.widgets.figures_block import FiguresBlock

if TYPE_CHECKING:
    from codex_tui.ui.widgets.transcript import Transcript


class StepFiguresLines:
    """A line for each call, below the last block that the call showed."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._lines: list[tuple[int, FiguresBlock]] = []
        self._keys: list[int] = []
        self._shown = False

    def add(self, text: str) -> None:
        """A call ended; nothing for one that showed nothing."""
        below = self._transcript.last_key
        if below is None:
            return
        block = FiguresBlock(text=text)
        self._lines.append((below, block))
        if self._shown:
            self._keys.append(self._transcript.append(block))

    def show(self, *, shown: bool) -> None:
        """Put all lines where they belong, or take them away."""
        if shown == self._shown:
            return
        self._shown = shown
        if shown:
            self._keys = self._transcript.insert_all(self._lines)
        else:
            self._transcript.drop(self._keys)
            self._keys = []

    def clear(self) -> None:
        """Forget all: the transcript is emptied."""
        self._lines.clear()
        self._keys.clear()
