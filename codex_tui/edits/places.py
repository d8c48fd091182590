"""Where a change is written: its path resolved inside the workspace, and its folder held open.

A path may lead through symbolic links as long as it ends inside the workspace. The resolved path
has no links left, so its folders are opened one by one without following any: whoever puts a link
in the way meanwhile is refused, not followed.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Generator

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file's real place: `folders` and `name` lead there from the workspace root without links.

    `path` is as named in the change, for messages; it does not count in comparisons.
    """

    path: str = field(compare=False)
    folders: tuple[str, ...]
    name: str


def locate(root: Path, path: str, *, follow: bool) -> Place:
    """Resolve a change's path below `root`, which must be a real path itself.

    With `follow` a link at the end leads to its target, without it is the place itself (but its
    target must lie inside all the same). Raises `EditError` for a path that is no plain relative
    path, leaves the workspace, or ends in a link that leads nowhere.
    """
    parts = PurePosixPath(path).parts
    if not parts or PurePosixPath(path).is_absolute() or ".." in parts or "\0" in path:
        raise EditError(f"{path!r}: not a path inside the workspace")
    named = root.joinpath(*parts)
    target = _resolved(named, path)
    if not target.is_relative_to(root) or target == root:
        raise EditError(f"{path}: its real place, {target}, is outside the workspace")
    if named.is_symlink() and not target.exists():
        raise EditError(f"{path}: a symbolic link that leads nowhere")
    if not follow and named.is_symlink():
        target = _resolved(named.parent, path) / named.name
        if not target.is_relative_to(root):
            raise EditError(f"{path}: its real place, {target}, is outside the workspace")
    *folders, name = target.relative_to(root).parts
    return Place(path=path, folders=tuple(folders), name=name)


def _resolved(path: Path, shown: str) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        raise EditError(f"{shown}: cannot be resolved: {error}") from None


@dataclass(slots=True)
class Folders:
    """The folders of one transaction, held open below one root, and those it created."""

    root_fd: int
    _open: dict[tuple[str, ...], int] = field(default_factory=dict[tuple[str, ...], int])
    _created: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    def descriptor(self, folders: tuple[str, ...], *, create: bool) -> int:
        """Return an open descriptor of the folder; raises `OSError`, also for a link on the way."""
        descriptor = self.root_fd
        for depth in range(1, len(folders) + 1):
            here = folders[:depth]
            if here not in self._open:
                if create:
                    self._make(here, descriptor)
                self._open[here] = os.open(here[-1], _FOLDER_FLAGS, dir_fd=descriptor)
            descriptor = self._open[here]
        return descriptor

    def _make(self, folders: tuple[str, ...], parent: int) -> None:
        with suppress(FileExistsError):  # then it is opened, or refused as no folder
            os.mkdir(folders[-1], dir_fd=parent)
            self._created.append(folders)

    def remove_created(self) -> None:
        """Remove the folders this transaction made; one that others have filled meanwhile stays."""
        for folders in reversed(self._created):
            with suppress(OSError):  # not empty any more: it is somebody else's now
                os.rmdir(folders[-1], dir_fd=self.descriptor(folders[:-1], create=False))
        self._created.clear()

    def flush(self) -> None:
        """Ask the disk to keep renames and new names."""
        for descriptor in (self.root_fd, *self._open.values()):
            with suppress(OSError):  # some file systems cannot; the files themselves are flushed
                os.fsync(descriptor)

    def close(self) -> None:
        """Close every descriptor."""
        for descriptor in (*self._open.values(), self.root_fd):
            os.close(descriptor)
        self._open.clear()


@contextmanager
def open_folders(root: Path) -> Generator[Folders]:
    """Hold the workspace root and what is opened below it until the end of the block."""
    try:
        folders = Folders(os.open(root, _FOLDER_FLAGS))
    except OSError as error:
        raise EditError(f"{root}: the workspace cannot be opened: {error.strerror}") from None
    try:
        yield folders
    finally:
        folders.close()
