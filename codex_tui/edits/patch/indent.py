"""Indenting the lines a hunk adds like the file's, where the hunk was found only with other white
space than it quotes.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from codex_tui.edits.indentation import reindented
from codex_tui.protocol.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.edits.patch.parts import LineEdit


def indented_edits(
    path: str, lines: Sequence[str], start: int, quoted: Sequence[str], edits: Sequence[LineEdit]
) -> list[LineEdit]:
    """Return `edits` with their added lines indented the way the file's `lines` from `start` on
    differ from those `quoted` for them.

    What all quoted lines say together counts. Where they disagree, each edit goes by the lines it
    replaces, or else by those next to it. Raises `EditError` where that does not tell either.
    """
    matched = lines[start : start + len(quoted)]
    added = [line for edit in edits for line in edit.added]
    try:
        fitting = iter(reindented(path, start, matched, quoted, added))
    except EditError:
        filled = [index for index, line in enumerate(quoted) if line.strip()]
        alone: list[LineEdit] = []
        for edit in edits:
            first, end = _evidence(edit.start - start, edit.end - start, filled)
            near = matched[first:end], quoted[first:end]
            alone.append(edit._replace(added=_indented(path, start + first, near, edit.added)))
        return alone
    return [edit._replace(added=[next(fitting) for _ in edit.added]) for edit in edits]


def _evidence(first: int, end: int, filled: Sequence[int]) -> tuple[int, int]:
    """Return the range of quoted lines that tell how to indent what takes the place of those from
    `first` to `end`; `filled` are the indices of those that are not blank.
    """
    above, below = bisect_left(filled, first), bisect_left(filled, end)
    if above < below:
        return first, end
    return (
        filled[above - 1] if above else first,
        filled[below] + 1 if below < len(filled) else end,
    )


def _indented(
    path: str, start: int, near: tuple[Sequence[str], Sequence[str]], added: Sequence[str]
) -> Sequence[str]:
    if not any(line.strip() for line in added):
        return added
    return reindented(path, start, *near, added)
