"""The move of a file as something to decide: a hunk that shows the old path and the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from codex_tui.protocol.approvals import AcceptHunk, HunkDecision, RejectHunk, ReplaceHunk
from codex_tui.protocol.changes import MOVE_HUNK_ID, FileChange, Hunk, HunkLine
from codex_tui.protocol.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Mapping


def move_hunk(path: str, move_to: str) -> Hunk:
    """Return the hunk that stands for the move of `path` to `move_to`."""
    return Hunk(
        id=MOVE_HUNK_ID,
        before_start=0,
        before_end=0,
        after_start=0,
        after_end=0,
        lines=(
            HunkLine(tag="removed", text=f"{path}\n", before_number=None, after_number=None),
            HunkLine(tag="added", text=f"{move_to}\n", before_number=None, after_number=None),
        ),
        header="the file moves",
    )


def decided_destination(change: FileChange, decisions: Mapping[str, HunkDecision]) -> str | None:
    """Return where the file goes by these decisions, None when it stays.

    Raises `EditError` when the move was replaced by more than one line.
    """
    if change.move_to is None:
        return None
    decision = decisions.get(MOVE_HUNK_ID, RejectHunk())
    match decision:
        case AcceptHunk():
            return change.move_to
        case RejectHunk():
            return None
        case ReplaceHunk(text=text):
            named = text.strip()
            if "\n" in named:
                raise EditError(f"{change.path}: a file moves to one path, not to several lines")
            return None if named in {"", change.path} else named
        case _:
            assert_never(decision)
