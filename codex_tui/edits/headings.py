"""Where in a file a hunk is: the nearest line above it that opens a function, a class or a
section.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_LOOK_BACK_LINES = 1_000
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


def heading_above(path: str, lines: Sequence[str], index: int, changed: Sequence[str]) -> str:
    """Return the heading for a change of `changed` at line `index` (from 0) of `lines`, or "".

    A line that opens a function or a class counts when it is indented less than the change.
    """
    suffix = PurePosixPath(path).suffix.lower()
    section = _SECTIONS.get(suffix)
    depth = _depth(changed)
    for line in reversed(lines[max(0, index - _MAX_LOOK_BACK_LINES) : index]):
        if section is not None:
            found = section.match(line) is not None
        else:
            found = _indent(line) < depth and _opens_scope(line, suffix)
        if found:
            return line.strip()[:_MAX_CHARS]
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
