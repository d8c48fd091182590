"""From a patch to changes that can be reviewed hunk by hunk: everything is computed in memory, and
one mistake anywhere stops all of it.
"""

from __future__ import annotations

from typing import Protocol, assert_never

from codex_tui.edits.diff import file_change
from codex_tui.edits.patch.parse import parse_patch
from codex_tui.edits.patch.parts import (
    AddedFile,
    DeletedFile,
    PatchedFile,
    PatchError,
    PatchFault,
    UpdatedFile,
)
from codex_tui.edits.patch.text import patched_text
from codex_tui.protocol.changes import ChangeKind, FileChange
from codex_tui.protocol.errors import CodexError, EditError


class PatchFiles(Protocol):
    """The files as they are, by the paths a patch gives them.

    All methods raise a `CodexError` for a path that is not to be edited. A name is a path relative
    to the workspace, the same for every path that leads to the same file.
    """

    def name_of(self, path: str) -> str:
        """Return the name of the place a path leads to, whether a file is there or not."""
        ...

    def read(self, path: str, *, leaves: bool) -> tuple[str, str]:
        """Return the name and the text of a file; one that `leaves` its place is no link."""
        ...

    def vacancy(self, path: str) -> str:
        """Return the name of a place where nothing is yet."""
        ...


def patched_paths(patch: str) -> tuple[str, ...]:
    """Return every path that a patch writes, as it gives them; raises `PatchError`."""
    return tuple(path for file in parse_patch(patch) for path in _paths(file))


def patch_changes(patch: str, files: PatchFiles) -> tuple[FileChange, ...]:
    """Compute what a patch makes of the files, in its order; nothing is written.

    Raises `PatchError` when anything in it is malformed or does not fit, a file is named twice, or
    one would stay as it is.
    """
    changes: list[FileChange] = []
    taken: set[str] = set()
    for file in parse_patch(patch):
        try:
            _take_names(file, files, taken)
            changes.append(_change(file, files))
        except PatchError:
            raise
        except CodexError as error:
            raise PatchError(error.message, fault=PatchFault.FILE, hint=error.hint) from None
    return tuple(changes)


def _paths(file: PatchedFile) -> tuple[str, ...]:
    """Return the paths that a part of a patch writes."""
    if isinstance(file, UpdatedFile) and file.move_to is not None:
        return file.path, file.move_to
    return (file.path,)


def _take_names(file: PatchedFile, files: PatchFiles, taken: set[str]) -> None:
    """Refuse a file named before. Every part is computed from what the disk holds, so that a second
    one for the same file would only seem not to fit.
    """
    for name in dict.fromkeys(files.name_of(path) for path in _paths(file)):
        if name in taken:
            raise PatchError(
                f"{name}: named twice in one patch",
                fault=PatchFault.FORMAT,
                hint="Give each file once, with all of its hunks below one header.",
            )
        taken.add(name)


def _change(file: PatchedFile, files: PatchFiles) -> FileChange:
    match file:
        case AddedFile(path=path, text=text):
            return file_change(files.vacancy(path), None, text)
        case DeletedFile(path=path):
            name, before = files.read(path, leaves=True)
            return file_change(name, before, None)
        case UpdatedFile():
            return _updated(file, files)
        case _:
            assert_never(file)


def _updated(file: UpdatedFile, files: PatchFiles) -> FileChange:
    name, before = files.read(file.path, leaves=file.move_to is not None)
    move_to = file.move_to
    if move_to is not None:
        move_to = None if files.name_of(move_to) == name else files.vacancy(move_to)
    after = patched_text(name, before, file.hunks)
    if after == before and move_to is None:
        raise PatchError(
            f"{name}: the patch leaves this file as it is; nothing was changed",
            fault=PatchFault.MATCH,
        )
    return file_change(name, before, after, move_to=move_to)


_LETTERS = {ChangeKind.ADD: "A", ChangeKind.MODIFY: "M", ChangeKind.DELETE: "D"}


def status_line(change: FileChange) -> str:
    """Return what became of a file as one line: `A new`, `M changed`, `D gone`, `R old → new`."""
    if change.move_to is not None:
        return f"R {change.path} → {change.move_to}"
    return f"{_LETTERS[change.kind]} {change.path}"


def fault_of(error: EditError) -> str:
    """Return in one word why a patch was not applied; `write` when the files could not be."""
    return error.fault.value if isinstance(error, PatchError) else "write"
