"""Finding quoted lines in a file: exactly, else ever more loosely, always whole lines.

Four passes, each over all that remains of the file before the next: the same characters; trailing
white space ignored; white space at both ends ignored; typographic signs taken for their ASCII
look-alikes as well. The first place found counts.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

from codex_tui.edits.lines import BOM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
        **dict.fromkeys("\u00a0\u202f\u205f\u3000", " "),
        **dict.fromkeys(map(chr, range(0x2002, 0x200B)), " "),
    }
)


def _exact(line: str) -> str:
    """A byte-order mark belongs to the file, whether it is quoted or not."""
    return line.removeprefix(BOM)


def _without_trailing(line: str) -> str:
    return _exact(line).rstrip()


def _without_both(line: str) -> str:
    return _exact(line).strip()


def _plain(line: str) -> str:
    return _without_both(line).translate(_LOOK_ALIKES)


_PASSES: tuple[Callable[[str], str], ...] = (_exact, _without_trailing, _without_both, _plain)


class LineSearch:
    r"""Searches one file's lines, given without their ends; indices count from 0.

    The lines of each pass are one text in which whole lines are found as `"\n…\n"`: that takes
    linear time however often lines repeat.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._indexed: dict[int, tuple[str, list[int]]] = {}

    def find(self, quoted: Sequence[str], start: int) -> int | None:
        """Return the index of the first place at or after `start`, None when there is none."""
        for number in range(len(_PASSES)):
            text, offsets = self._index(number)
            position = text.find(_needle(number, quoted), offsets[start])
            if position >= 0:
                return bisect_left(offsets, position)
        return None

    def find_at_end(self, quoted: Sequence[str], start: int) -> int | None:
        """Return where the file's last lines are those quoted, None when they are not, or when
        that is before `start`.
        """
        place = len(self._lines) - len(quoted)
        if place < start:
            return None
        for number in range(len(_PASSES)):
            text, offsets = self._index(number)
            if text.startswith(_needle(number, quoted), offsets[place]):
                return place
        return None

    def _index(self, number: int) -> tuple[str, list[int]]:
        """Return the text of a pass, and where in it the line end before each line is."""
        if number not in self._indexed:
            keys = [_PASSES[number](line) for line in self._lines]
            offsets = list(accumulate((len(key) + 1 for key in keys), initial=0))
            self._indexed[number] = ("\n".join(["", *keys, ""]), offsets)
        return self._indexed[number]


def _needle(number: int, quoted: Sequence[str]) -> str:
    return "\n".join(["", *map(_PASSES[number], quoted), ""])
