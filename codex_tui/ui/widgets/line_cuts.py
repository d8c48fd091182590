"""Where a line or a text of any length is cut, so that what is laid out at once stays small.

A cut depends on the text before it alone: a line that comes in portions is cut where it would be
cut as a whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import split_graphemes

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARS = 16_000
"""So much is laid out in a few milliseconds, half a frame."""
_SEARCHED_CHARS = 4_000
"""How far before the limit a good place is looked for."""
_LONGEST_GRAPHEME = 64

# What begins with a letter is prose again wherever it stands: no list, no quote, no heading.
_WORD = re.compile(r"(\s+)(?=[^\W\d_])")
_BLANK = re.compile(r"(\s+)(?=\S)")


class Cut(NamedTuple):
    """The beginning of a line, what was between it and the rest, and the rest."""

    head: str
    joint: str
    rest: str


def cut_words(line: str) -> Cut | None:
    """Cut a line that is too long before a word; None for one that is not."""
    if len(line) <= MAX_CHARS:
        return None
    for good in (_WORD, _BLANK):
        found = _last(good.finditer(line, MAX_CHARS - _SEARCHED_CHARS, MAX_CHARS))
        if found is not None:
            return Cut(line[: found.start()], found[1], line[found.end() :])
    return cut_anywhere(line)


def cut_anywhere(line: str) -> Cut | None:
    """Cut a line that is too long between any two graphemes; None for one that is not."""
    if len(line) <= MAX_CHARS:
        return None
    at = MAX_CHARS
    if not line.isascii():
        start = at - _LONGEST_GRAPHEME
        graphemes = split_graphemes(line[start : at + 1])[0]
        at = start + graphemes[-1][0] or at
    return Cut(line[:at], "", line[at:])


def cut_text(text: str) -> Iterator[tuple[str, str]]:
    """Cut plain text into parts that are not too long, between its lines where it has any.

    Yields what stood before each part (nothing before the first) and the part.
    """
    joint, start = "", 0
    while len(text) - start > MAX_CHARS:
        end = text.rfind("\n", start, start + MAX_CHARS + 1)
        if end >= 0:
            cut = Cut(text[start:end], "\n", "")
        else:
            cut = cut_words(text[start : start + MAX_CHARS + 1])
        if cut is None:
            break
        yield joint, cut.head
        joint, start = cut.joint, start + len(cut.head) + len(cut.joint)
    yield joint, text[start:]


def _last(found: Iterator[re.Match[str]]) -> re.Match[str] | None:
    match = None
    for match in found:  # noqa: B007 - the last one is wanted
        pass
    return match
