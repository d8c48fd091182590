"""Everything that was written, added up by file. Pure; what is done with it is others' business."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.protocol.changes import ChangeKind
from codex_tui.protocol.compaction import ChangedFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_tui.protocol.changes import AppliedChange


def changed_files(changes: Iterable[AppliedChange]) -> tuple[ChangedFile, ...]:
    """Return what was written, a file each, in the order in which they were first changed."""
    files: dict[str, ChangedFile] = {}
    for change in changes:
        place = change.move_to or change.path
        before = files.pop(change.path, None) if change.move_to else files.get(change.path)
        made = before is not None and before.kind is ChangeKind.ADD
        kind = ChangeKind.ADD if made and change.kind is ChangeKind.MODIFY else change.kind
        files[place] = ChangedFile(
            path=place,
            kind=kind,
            added=change.added + (before.added if before else 0),
            removed=change.removed + (before.removed if before else 0),
        )
    return tuple(files.values())
