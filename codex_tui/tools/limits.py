"""How much a tool reads and says at most, and how text is cut to fit.

The output caps keep one call's result near 12,000 tokens, which every supported model can take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_FILE_BYTES = 10_000_000
MAX_SEARCHED_FILE_BYTES = 5_000_000
MAX_OUTPUT_BYTES = 50_000
MAX_LINES = 2_000
MAX_LINE_CHARS = 2_000
MAX_MATCH_LINE_CHARS = 400
MAX_ENTRIES = 1_000
MAX_MATCHES = 1_000
WALK_TIMEOUT_S = 20.0
SEARCH_TIMEOUT_S = 20.0


def fit_lines(lines: Iterable[str], max_bytes: int = MAX_OUTPUT_BYTES) -> list[str]:
    """Keep the leading lines that fit into `max_bytes` bytes of UTF-8, line ends counted."""
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > max_bytes:
            break
        kept.append(line)
    return kept


def cut_around(text: str, position: int, max_chars: int) -> str:
    """Cut a line to `max_chars` characters that include `position`; "…" marks each cut end."""
    if len(text) <= max_chars:
        return text
    start = max(0, min(position - max_chars // 4, len(text) - max_chars))
    end = start + max_chars
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: `1 file`, `2,341 matches`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
