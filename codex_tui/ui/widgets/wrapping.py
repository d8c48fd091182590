"""Breaking runs of text into rows, measured in terminal cells.

Offsets are characters, widths are cells. A grapheme (an emoji with its joiners, a letter with its
accents) is never split.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import split_graphemes
from textual._cells import cell_len

from codex_tui.protocol.display import display_safe
from codex_tui.ui.widgets.rows import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TAB_SIZE = 4
_CLOSING = "、。，．：；？！）」』】》〉・ー…"
_WIDE = "\u2e80-\u2fff\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60"
_WORD = re.compile(rf"[ \t]+|[{_WIDE}][{_CLOSING}\U000e0100-\U000e01ef]*|[^ \t{_WIDE}]+")


class Wrapped(NamedTuple):
    """A row's runs, and the characters between it and the row before."""

    runs: tuple[Run, ...]
    joint: str


def flat(text: str) -> str:
    """Clean a text and turn its tabs into spaces; line feeds stay."""
    return display_safe(text).replace("\t", " " * TAB_SIZE)


def cells(text: str) -> int:
    """Return the width of cleaned text in cells."""
    return len(text) if text.isascii() else cell_len(text)


def wrap(runs: Sequence[Run], width: int) -> list[Wrapped]:
    """Wrap runs at white space (between wide characters anywhere); line feeds break lines.

    Words wider than `width` are cut. White space at a break is left out and becomes the joint.
    """
    text = "".join(run.text for run in runs)
    ranges = list(_wrapped_ranges(text, width))
    pieces = slice_runs(runs, ranges)
    joints = ["\n", *(text[a:b] for (_, a), (b, _) in itertools.pairwise(ranges))]
    return [Wrapped(piece, joint) for piece, joint in zip(pieces, joints, strict=True)]


def chop(text: str, width: int, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Cut `text[start:end]` into ranges of at most `width` cells; at least one range."""
    stop = len(text) if end is None else end
    if text.isascii():
        cuts = range(start, max(stop, start + 1), width)
        return [(cut, min(cut + width, stop)) for cut in cuts]
    ranges: list[tuple[int, int]] = []
    first, used = start, 0
    for begin, _, size in split_graphemes(text[start:stop])[0]:
        if used + size > width and start + begin > first:
            ranges.append((first, start + begin))
            first, used = start + begin, 0
        used += size
    return [*ranges, (first, stop)]


def slice_runs(runs: Iterable[Run], ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[Run, ...]]:
    """Cut runs at ascending, disjoint ranges of their joined text."""
    pending = iter(runs)
    run, at = next(pending, None), 0
    for start, end in ranges:
        piece: list[Run] = []
        while run is not None and at < end:
            stop = at + len(run.text)
            if stop > start:
                text = run.text[max(start - at, 0) : end - at]
                if text:
                    piece.append(Run(text, run.role))
            if stop > end:
                break
            run, at = next(pending, None), stop
        yield tuple(piece)


def shorten(text: str, width: int, ellipsis: str) -> str:
    """Cut one line of text to at most `width` cells, the last one an ellipsis if it was cut."""
    if cells(text) <= width:
        return text
    if width <= 1:
        return ellipsis[:width]
    _, end = chop(text, width - 1)[0]
    return text[:end].rstrip() + ellipsis


def expand_tabs(line: str) -> tuple[str, list[int] | None]:
    """Return `line` with tabs as spaces, and where each of its characters came from.

    The second value maps character offsets of the expanded line (its length included) to offsets
    of `line`; it is None when there was no tab.
    """
    if "\t" not in line:
        return line, None
    shown: list[str] = []
    origins: list[int] = []
    column = offset = 0
    for index, part in enumerate(line.split("\t")):
        if index:
            gap = TAB_SIZE - column % TAB_SIZE
            shown.append(" " * gap)
            origins.extend([offset] * gap)
            column += gap
            offset += 1
        shown.append(part)
        origins.extend(range(offset, offset + len(part)))
        column += cells(part)
        offset += len(part)
    return "".join(shown), [*origins, offset]


def _wrapped_ranges(text: str, width: int) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if cells(line) <= width:
            yield start, start + len(line.rstrip(" "))
        else:
            yield from _wrapped_line(text, start, end, width)
        start = end + 1


def _wrapped_line(text: str, start: int, end: int, width: int) -> Iterator[tuple[int, int]]:
    first, last, used = start, start, 0
    for word in _WORD.finditer(text, start, end):
        size = cells(word[0])
        if word[0][0] in " \t":
            used += size
            continue
        if used + size > width:
            if last > first:
                yield first, last
            first, used = word.start(), 0
        if size > width:
            *cuts, (first, _) = chop(text, width, word.start(), word.end())
            yield from cuts
            used = cells(text[first : word.end()])
        else:
            used += size
        last = word.end()
    yield first, last
