"""Textual's fuzzy matcher, kept from taking long.

`FuzzySearch` tries every way to place the letters of a query, which for repeated letters is
exponential: four letters took 70 ms over five hundred model names. Where there are many ways, this
tries the leftmost placement from each possible beginning instead, and scores it by the same rule.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from textual.fuzzy import FuzzySearch

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_WAYS = 64


class BoundedSearch:
    """A fuzzy search whose cost grows with the length of what it looks at, and no faster."""

    def __init__(self) -> None:
        self._search = FuzzySearch()

    def match(self, query: str, candidate: str) -> tuple[float, Sequence[int]]:
        """Return the score of `query` in `candidate`, 0 for none, and the places of its letters.

        Upper and lower case are the same.
        """
        query, candidate = query.lower(), candidate.lower()
        if query in candidate or prod(candidate.count(letter) for letter in query) <= _MAX_WAYS:
            return self._search.match(query, candidate)
        return self._match_leftmost(query, candidate)

    def _match_leftmost(self, query: str, candidate: str) -> tuple[float, Sequence[int]]:
        best: tuple[float, Sequence[int]] = (0.0, ())
        begin = candidate.find(query[0])
        while begin >= 0:
            places = _place_letters(query, candidate, begin)
            if len(places) < len(query):
                break
            best = max(best, (self._search.score(candidate, places), places))
            begin = candidate.find(query[0], begin + 1)
        return best


def _place_letters(query: str, candidate: str, begin: int) -> list[int]:
    places: list[int] = []
    for letter in query:
        begin = candidate.find(letter, begin)
        if begin < 0:
            break
        places.append(begin)
        begin += 1
    return places
