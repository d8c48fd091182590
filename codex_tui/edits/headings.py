"""Where in a file a hunk is: the nearest line above it that opens a function, a class or a
section.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

_MAX_LOOK_BACK = 200  # headings, not lines
_MAX_CHARS = 120

_MODIFIER = (
    r"(?:(?:export|default|public|private|protected|internal|static|abstract|final|sealed|async|"
    r"unsafe|override|virtual|inline|const|pub(?:\([^)]*\))?)\s+)*"
)
_SCOPE = re.compile(
    rf"\s*{_MODIFIER}(?:"
    r"(?:def|class|function\*?|func|fn|interface|struct|enum|union|trait|namespace)\s+[\w$(]"
    r"|impl\b"
    r"|(?:const|let|var)\s+[\w$]+\s*=\s*(?:async\s*)?(?:function\b|\([^)]*\)\s*=>|[\w$]+\s*=>)"
    r")"
)
_C_FUNCTION = re.compile(
    r"(?!(?:if|for|while|switch|return|else|do|case)\b)(?:[A-Za-z_][\w:<>,\[\]]*[\s*&]+)+[\w:~]+"
    r"\s*\([^;]*$"
)
_SECTIONS = {
    ".md": re.compile(r"#{1,6}\s"),
    ".markdown": re.compile(r"#{1,6}\s"),
    ".toml": re.compile(r"\["),
    ".ini": re.compile(r"\["),
    ".cfg": re.compile(r"\["),
    ".conf": re.compile(r"\["),
}
_C_LIKE = frozenset({".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp"})


@dataclass(frozen=True, slots=True)
class Headings:
    """The lines of one file that open something: their indices (from 0), rising, with their
    indentation and text.
    """

    _places: Sequence[int]
    _found: Sequence[tuple[int, str]]
    _by_indent: bool

    @classmethod
    def of(cls, path: str, lines: Sequence[str]) -> Self:
        """Look through a file once; `path` tells what kind of file it is."""
        suffix = PurePosixPath(path).suffix.lower()
        section = _SECTIONS.get(suffix)
        places = [
            index
            for index, line in enumerate(lines)
            if (section.match(line) if section else _opens_scope(line, suffix))
        ]
        found = [(_indent(lines[index]), lines[index].strip()[:_MAX_CHARS]) for index in places]
        return cls(places, found, section is None)

    def above(self, index: int, changed: Sequence[str]) -> str:
        """Return the heading for a change of the lines `changed` at line `index`, or "".

        What opens a function or a class counts when it is indented less than the change.
        """
        depth = _depth(changed)
        end = bisect_left(self._places, index)
        for indent, text in reversed(self._found[max(0, end - _MAX_LOOK_BACK) : end]):
            if indent < depth or not self._by_indent:
                return text
        return ""


def _opens_scope(line: str, suffix: str) -> bool:
    if _SCOPE.match(line):
        return True
    return suffix in _C_LIKE and _C_FUNCTION.match(line) is not None


def _depth(changed: Sequence[str]) -> int:
    """The smallest indentation among the changed lines; 0 where all are blank."""
    return min((_indent(line) for line in changed if line.strip()), default=0)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
