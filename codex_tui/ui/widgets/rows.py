"""What the transcript draws: blocks laid out as rows of runs, without a colour in them.

A run names a *role* ("muted", "code strong"), never a style, so that a layout outlives a change of
theme. A block is a frozen value that lays itself out for a frame; the transcript owns where it
stands, whether it is expanded and how long its layout is kept.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from codex_tui.ui.symbols import Symbols

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Run(NamedTuple):
    """Text of one role: names of the palette's styles, separated by spaces, later ones on top.

    A tuple because thousands are made while an answer streams.
    """

    text: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the screen.

    `margin` counts the characters at the left that are not the reader's text. `joint` is what
    stood between this row and the one before: a line end, or the white space at which a line was
    wrapped. `source` is the row's text as written where that differs from what is shown (tabs).
    `fill` is the role of the empty cells to the right.
    """

    runs: tuple[Run, ...]
    margin: int = 0
    joint: str = "\n"
    source: str | None = None
    fill: str = ""

    @property
    def text(self) -> str:
        """All characters of the row, the margin among them."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a block is laid out for: the width in cells, the signs, and whether it is expanded."""

    width: int
    symbols: Symbols
    expanded: bool = False


class Block(ABC):
    """A part of the transcript, immutable. Unless it says otherwise it has nothing to unfold and
    stands apart from its neighbours.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def source(self) -> str:
        """The text behind the block, as it is copied when the block is copied whole."""

    @property
    def expandable(self) -> bool:
        """Say whether there is more to see; then a click on the first row shows it."""
        return False

    @property
    def compact(self) -> bool:
        """Say whether the block stands without a blank line next to others of the kind."""
        return False

    @property
    def joined(self) -> bool:
        """Say whether the block goes on where the one before it stopped, without a blank line."""
        return False

    @abstractmethod
    def estimate(self, frame: Frame) -> int:
        """Guess the number of rows cheaply; at least 1."""

    @abstractmethod
    def layout(self, frame: Frame) -> Sequence[Row]:
        """Lay the block out: at least one row, none wider than the frame."""


def estimate_rows(lines: Iterable[str], width: int) -> int:
    """Guess how many rows lines of text take; exact for short lines of narrow characters."""
    return sum(-(-len(line) // width) or 1 for line in lines)
