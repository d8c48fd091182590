"""Writing changes to files: all of them as approved, or no byte of any.

Every file is checked and its new content is on the disk under a temporary name before the first
one is put in place by a rename. When putting one in place fails, those before it get their old
bytes, permissions and times back, and folders made for the purpose are removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.edits.diff import text_hash
from codex_tui.edits.places import Place, open_folders
from codex_tui.edits.steps import Step, checked_steps
from codex_tui.protocol.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codex_tui.edits.places import Folders
    from codex_tui.protocol.changes import FileChange


def write_changes(root: Path, changes: Sequence[FileChange]) -> None:
    """Write all changes below `root`, or none.

    Raises `EditError` that names the file and the reason: it changed since it was shown, exists
    already, is gone, is no regular file, is binary, is read-only, lies outside `root`, is named
    twice, or the system refused. Blocks on the disk.
    """
    with open_folders(root.resolve()) as folders:
        steps = _checked_steps(root.resolve(), folders, changes)
        try:
            for step in steps:
                step.stage()
            for step in steps:
                step.put()
        except BaseException as error:
            _undo(steps, folders, error)
            raise
        folders.flush()


def check_changes(root: Path, changes: Sequence[FileChange]) -> None:
    """Make all the checks of `write_changes` and write nothing; raises `EditError` alike."""
    with open_folders(root.resolve()) as folders:
        _checked_steps(root.resolve(), folders, changes)


def _check_content(change: FileChange) -> None:
    """Refuse a change whose texts are not those that were approved, or no text."""
    if change.before == change.after and change.move_to is None:
        raise EditError(f"{change.path}: the change changes nothing")
    for text, digest in ((change.before, change.before_hash), (change.after, change.after_hash)):
        if text_hash(text) != digest:
            raise EditError(f"{change.path}: the change is not the one that was approved")
        if text is not None and "\0" in text:
            raise EditError(f"{change.path}: a binary file (it holds NUL) is not edited")


def _checked_steps(root: Path, folders: Folders, changes: Sequence[FileChange]) -> list[Step]:
    """Check every file as it is now; nothing is written yet."""
    steps: list[Step] = []
    taken: set[Place] = set()
    for change in changes:
        _check_content(change)
        for step in checked_steps(root, folders, change):
            if taken & step.places:
                raise EditError(f"{step.path}: named twice in one set of changes")
            taken |= step.places
            steps.append(step)
    return steps


def _undo(steps: Sequence[Step], folders: Folders, error: BaseException) -> None:
    """Put everything back, last first; what cannot be is named in an `EditError`."""
    failures: list[str] = []
    for step in reversed(steps):
        try:
            step.undo()
        except (OSError, EditError) as failure:
            failures.append(f"{step.path} ({failure})")
    folders.remove_created()
    if failures:
        raise EditError(
            f"writing failed ({error}), and could not be undone for: {', '.join(failures)}"
        ) from error
