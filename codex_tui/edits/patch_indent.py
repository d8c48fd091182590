"""Indenting the lines a hunk adds like the file's, where the hunk was found only with other white
space than it quotes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.edits.indentation import reindented
from codex_tui.protocol.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.edits.patch_parts import LineEdit


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
        return [_by_neighbours(path, matched, start, quoted, edit) for edit in edits]
    return [edit._replace(added=[next(fitting) for _ in edit.added]) for edit in edits]


def _by_neighbours(
    path: str, matched: Sequence[str], start: int, quoted: Sequence[str], edit: LineEdit
) -> LineEdit:
    if not any(line.strip() for line in edit.added):
        return edit
    first, end = edit.start - start, edit.end - start
    filled = [index for index, line in enumerate(quoted) if line.strip()]
    if not any(first <= index < end for index in filled):
        first = max((index for index in filled if index < first), default=first)
        end = min((index + 1 for index in filled if index >= end), default=end)
    added = reindented(path, start + first, matched[first:end], quoted[first:end], edit.added)
    return edit._replace(added=added)
