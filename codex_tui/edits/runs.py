"""Which lines changed: the runs between two lists of lines, from first to last.

Lines that occur once on both sides anchor the comparison (the idea of "patience" diffs), so that
what is left between anchors is short and `difflib` only ever sees short pieces. Lines that occur
so often that comparing every pair of them would take long are not used to find a match there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Pairs of equal lines `difflib` may look at in one piece; keeps the worst case well under a second.
_MAX_EQUAL_PAIRS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Lines `before[before_start:before_end]` became `after[after_start:after_end]`."""

    before_start: int
    before_end: int
    after_start: int
    after_end: int


def changed_runs(before: Sequence[str], after: Sequence[str]) -> list[Run]:
    """Compare two lists of lines; runs come in order and unchanged lines lie between any two."""
    whole = Run(before_start=0, before_end=len(before), after_start=0, after_end=len(after))
    found: list[Run] = []
    todo = [whole]  # a stack: the piece nearest to the start is at its end
    while todo:
        piece = _trimmed(before, after, todo.pop())
        if piece.before_start == piece.before_end and piece.after_start == piece.after_end:
            continue
        anchors = _anchors(before, after, piece)
        if anchors:
            todo.extend(reversed(_between(anchors, piece)))
        else:
            found.extend(_compared(before, after, piece))
    return found


def _trimmed(before: Sequence[str], after: Sequence[str], piece: Run) -> Run:
    """Leave out what both sides start and end with."""
    start, other_start = piece.before_start, piece.after_start
    end, other_end = piece.before_end, piece.after_end
    while start < end and other_start < other_end and before[start] == after[other_start]:
        start += 1
        other_start += 1
    while start < end and other_start < other_end and before[end - 1] == after[other_end - 1]:
        end -= 1
        other_end -= 1
    return Run(before_start=start, before_end=end, after_start=other_start, after_end=other_end)


def _anchors(before: Sequence[str], after: Sequence[str], piece: Run) -> list[tuple[int, int]]:
    """Pairs of line indices: lines found once on each side, in the same order on both."""
    once_before = _found_once(before, piece.before_start, piece.before_end)
    once_after = _found_once(after, piece.after_start, piece.after_end)
    pairs = [(index, once_after[line]) for line, index in once_before.items() if line in once_after]
    return _longest_rising(pairs)


def _found_once(lines: Sequence[str], start: int, end: int) -> dict[str, int]:
    places: dict[str, int] = {}
    repeated: set[str] = set()
    for index in range(start, end):
        line = lines[index]
        if line in places:
            repeated.add(line)
        places[line] = index
    return {line: index for line, index in places.items() if line not in repeated}


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest choice of pairs that rises on both sides; `pairs` rise on the first already."""
    lowest_end: list[int] = []  # by length of choice: the smallest second index that ends one
    ending: list[int] = []  # which pair that is
    previous: list[int] = []
    for number, (_, second) in enumerate(pairs):
        length = bisect_left(lowest_end, second)
        previous.append(ending[length - 1] if length else -1)
        lowest_end[length : length + 1] = [second]
        ending[length : length + 1] = [number]
    chosen: list[tuple[int, int]] = []
    number = ending[-1] if ending else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = previous[number]
    return chosen[::-1]


def _between(anchors: list[tuple[int, int]], piece: Run) -> list[Run]:
    gaps: list[Run] = []
    start, other_start = piece.before_start, piece.after_start
    for index, other in [*anchors, (piece.before_end, piece.after_end)]:
        if index > start or other > other_start:
            gaps.append(
                Run(before_start=start, before_end=index, after_start=other_start, after_end=other)
            )
        start, other_start = index + 1, other + 1
    return gaps


def _compared(before: Sequence[str], after: Sequence[str], piece: Run) -> list[Run]:
    ours = before[piece.before_start : piece.before_end]
    theirs = after[piece.after_start : piece.after_end]
    matcher = SequenceMatcher(_too_frequent(ours, theirs).__contains__, ours, theirs, False)
    return [
        Run(
            before_start=piece.before_start + start,
            before_end=piece.before_start + end,
            after_start=piece.after_start + other_start,
            after_end=piece.after_start + other_end,
        )
        for tag, start, end, other_start, other_end in matcher.get_opcodes()
        if tag != "equal"
    ]


def _too_frequent(ours: Sequence[str], theirs: Sequence[str]) -> set[str]:
    """Lines to leave out of the search so that the rest stays within the limit on pairs."""
    counts, others = Counter(ours), Counter(theirs)
    pairs = sorted((count * others[line], line) for line, count in counts.items() if line in others)
    total = 0
    frequent: set[str] = set()
    for product, line in pairs:
        total += product
        if total > _MAX_EQUAL_PAIRS:
            frequent.add(line)
    return frequent
