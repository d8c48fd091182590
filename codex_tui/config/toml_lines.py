"""Finds the line a key of a TOML file stands in; `tomllib` forgets it.

This is for messages only: it reads headers and assignments line by line, and a key it does not find
(inside a multi-line value) is reported at the table around it.
"""

from __future__ import annotations

import re

Key = tuple[str, ...]

_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADER = re.compile(rf"\s*\[\[?\s*(?P<key>{_DOTTED})\s*\]\]?")
_ASSIGNMENT = re.compile(rf"\s*(?P<key>{_DOTTED})\s*=")


def line_numbers(text: str) -> dict[Key, int]:
    """Return the line, counted from 1, of every table header and assignment; the first one wins."""
    numbers: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            table = _split(header["key"])
            numbers.setdefault(table, number)
        elif assignment := _ASSIGNMENT.match(line):
            numbers.setdefault((*table, *_split(assignment["key"])), number)
    return numbers


def _split(dotted: str) -> Key:
    return tuple(name.strip("\"'") for name in re.findall(_NAME, dotted))
