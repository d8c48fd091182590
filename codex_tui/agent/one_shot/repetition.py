"""Tells an answer that goes round in circles from one that goes on: small models may never stop.

Looks at the characters alone, as they arrive, and at the last of them only. What becomes of such an
answer is the business of whoever reads it.
"""

from __future__ import annotations

import re
from typing import Final

WINDOW_CHARS: Final = 1_200
"""So many characters, the last of an answer, must say nothing new."""
MAX_PERIOD_CHARS: Final = 240
"""What is said over and over is at most so long; so it was said five times at least."""
MAX_BLANKS: Final = 200
"""More white space in a row is taken for endless; a line end is one, in JSON too."""
_STEP_CHARS: Final = 60
_BLANK = re.compile(rf"(?:\s|\\[nrt]){{{MAX_BLANKS}}}\Z")


class Circles:
    """Watches one answer; the raw text of it is fed in pieces."""

    def __init__(self) -> None:
        self._tail = ""
        self._new_chars = 0

    def feed(self, piece: str) -> bool:
        """Take the next piece; say whether the answer has gone round in circles for long."""
        self._tail = (self._tail + piece)[-WINDOW_CHARS:]
        self._new_chars += len(piece)
        if self._new_chars < _STEP_CHARS:
            return False
        self._new_chars = 0
        return goes_in_circles(self._tail)


def goes_in_circles(text: str) -> bool:
    """Say whether a text ends in long white space, or in the same few words over and over."""
    tail = text[-WINDOW_CHARS:]
    if _BLANK.search(tail):
        return True
    if len(tail) < WINDOW_CHARS:
        return False
    return any(tail[period:] == tail[:-period] for period in range(1, MAX_PERIOD_CHARS + 1))
