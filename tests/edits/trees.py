"""A folder and all that is in it, as a value; and changes that must leave it as it was."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from codex_tui.edits.transaction import write_changes
from codex_tui.protocol.errors import EditError

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.protocol.changes import FileChange


def tree(root: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = ("link", str(path.readlink()))
        elif path.is_dir():
            found[name] = ("folder", stat.S_IMODE(path.stat().st_mode))
        elif path.is_file():
            status = path.stat()
            found[name] = (path.read_bytes(), stat.S_IMODE(status.st_mode), status.st_mtime_ns)
        else:
            found[name] = "other"
    return found


def refused(root: Path, *changes: FileChange) -> str:
    """Return what is said of changes that are not written."""
    before = tree(root.parent)
    with pytest.raises(EditError) as caught:
        write_changes(root, changes)
    assert tree(root.parent) == before
    return caught.value.message
