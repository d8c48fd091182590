"""The edit engine as one object, for whoever takes it by interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.edits.diff import file_change
from codex_tui.edits.match import replace

if TYPE_CHECKING:
    from codex_tui.protocol.changes import FileChange


class TextEditor:
    """Computes edits on texts; reads and writes no file and keeps no state."""

    def replace(self, text: str, old: str, new: str, *, path: str, replace_all: bool) -> str:
        """Return `text` with `old` replaced by `new`; see `match.replace`."""
        return replace(text, old, new, path=path, replace_all=replace_all)

    def change(self, path: str, before: str | None, after: str | None) -> FileChange:
        """Cut the difference of two texts into hunks; see `diff.file_change`."""
        return file_change(path, before, after)
