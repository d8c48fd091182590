"""The edit engine as one object, for whoever takes it by interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.edits.diff import file_change
from codex_tui.edits.match import replace
from codex_tui.edits.patch.changes import patch_changes, patched_paths

if TYPE_CHECKING:
    from codex_tui.edits.patch.changes import PatchFiles
    from codex_tui.protocol.changes import FileChange


class TextEditor:
    """Computes edits on texts; opens and writes no file itself and keeps no state."""

    def replace(self, text: str, old: str, new: str, *, path: str, replace_all: bool) -> str:
        """Return `text` with `old` replaced by `new`; see `match.replace`."""
        return replace(text, old, new, path=path, replace_all=replace_all)

    def change(self, path: str, before: str | None, after: str | None) -> FileChange:
        """Cut the difference of two texts into hunks; see `diff.file_change`."""
        return file_change(path, before, after)

    def patch(self, patch: str, files: PatchFiles) -> tuple[FileChange, ...]:
        """Compute what a patch makes of the files; see `patch_changes.patch_changes`."""
        return patch_changes(patch, files)

    def patched_paths(self, patch: str) -> tuple[str, ...]:
        """Return every path a patch writes; see `patch_changes.patched_paths`."""
        return patched_paths(patch)
