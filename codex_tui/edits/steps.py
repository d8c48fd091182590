"""One file of a transaction: check it, stage its new content, put it in place, undo.

A file keeps its permission bits and, as far as the system allows, its owner; a symbolic link stays
one and its target is written. A file with several hard links parts from the others. A move is two
steps, the file at its new place and the end of the old one; each can be undone by itself.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from secrets import token_hex
from typing import TYPE_CHECKING

from codex_tui.edits.places import Folders, Place, locate
from codex_tui.protocol.changes import ChangeKind
from codex_tui.protocol.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from codex_tui.protocol.changes import FileChange

_READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE_MODE = 0o666  # less the process's umask
_PRIVATE_MODE = 0o600
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Original:
    """A file as it was found: its bytes, and what `stat` said of it."""

    content: bytes
    status: os.stat_result


@dataclass(slots=True, kw_only=True)
class Step:
    """What is done at one place; the calls come in the order `stage`, `put`, and maybe `undo`.

    `source` holds the content; `target` is what is replaced or removed. They differ only where a
    symbolic link is deleted: then the link goes and its target stays. What is written gets the
    owner and mode of `like`; None for a file of its own.
    """

    path: str
    kind: ChangeKind
    content: bytes
    source: Place
    target: Place
    folders: Folders
    original: _Original | None
    like: os.stat_result | None = None
    link: str | None = None
    staged: str | None = None
    done: bool = False

    @classmethod
    def checked(cls, root: Path, folders: Folders, change: FileChange) -> Step:
        """Find the change's file and check that it still is what was shown; writes nothing.

        Raises `EditError`.
        """
        deletes = change.kind is ChangeKind.DELETE
        source = locate(root, change.path, follow=True)
        target = locate(root, change.path, follow=False) if deletes else source
        with _system_errors(change.path):
            step = cls(
                path=change.path,
                kind=change.kind,
                content=(change.after or "").encode(),
                source=source,
                target=target,
                folders=folders,
                original=None if change.before is None else _found(folders, source, change.before),
            )
            if step.original is None:
                step._require_absent()
            else:
                step.like = step.original.status
            if target != source:
                step.link = os.readlink(target.name, dir_fd=step._target_folder())
        return step

    @property
    def places(self) -> set[Place]:
        """The real places it reads or writes."""
        return {self.source, self.target}

    def stage(self) -> None:
        """Bring the new content to the disk under a temporary name, making folders as needed."""
        if self.kind is ChangeKind.DELETE:
            return
        with _system_errors(self.path):
            folder = self.folders.descriptor(self.target.folders, create=True)
            self.staged = _written(folder, self.content, self.like)

    def put(self) -> None:
        """Let the change take effect, if the file still is what it was when checked."""
        with _system_errors(self.path):
            folder = self._target_folder()
            if self.original is not None:
                self._require_unchanged(self.original)
            if self.staged is None:
                os.unlink(self.target.name, dir_fd=folder)
            elif self.original is None:
                self._require_absent()
                _rename_to_new(folder, self.staged, self.target.name)
            else:
                _rename(folder, self.staged, self.target.name)
            self.staged = None
            self.done = True

    def undo(self) -> None:
        """Take back what `stage` and `put` did; raises `OSError` where that is impossible."""
        if self.staged is not None:
            os.unlink(self.staged, dir_fd=self._target_folder())
            self.staged = None
        if not self.done:
            return
        folder = self._target_folder()
        if self.original is None:
            os.unlink(self.target.name, dir_fd=folder)
        elif self.link is not None:
            os.symlink(self.link, self.target.name, dir_fd=folder)
        else:
            _restore(folder, self.target.name, self.original)
        self.done = False

    def _target_folder(self) -> int:
        return self.folders.descriptor(self.target.folders, create=False)

    def _require_absent(self) -> None:
        with suppress(FileNotFoundError):
            os.stat(self.target.name, dir_fd=self._target_folder(), follow_symlinks=False)
            raise EditError(f"{self.path}: exists already", hint="Read it and edit it instead.")

    def _require_unchanged(self, original: _Original) -> None:
        folder = self.folders.descriptor(self.source.folders, create=False)
        now = os.stat(self.source.name, dir_fd=folder, follow_symlinks=False)
        if _version(now) != _version(original.status):
            raise _changed(self.path)


def checked_steps(root: Path, folders: Folders, change: FileChange) -> tuple[Step, ...]:
    """Return the steps that carry out a change, in order; see `Step.checked`.

    Raises `EditError`, also for the move of a symbolic link.
    """
    if change.move_to is None:
        return (Step.checked(root, folders, change),)
    there = replace(
        change, path=change.move_to, kind=ChangeKind.ADD, before=None, before_hash="", move_to=None
    )
    gone = replace(change, kind=ChangeKind.DELETE, after=None, after_hash="", move_to=None)
    leaving = Step.checked(root, folders, gone)
    if leaving.link is not None:
        raise EditError(f"{change.path}: a symbolic link is not moved")
    arriving = Step.checked(root, folders, there)
    arriving.like = leaving.like
    return arriving, leaving


def _found(folders: Folders, place: Place, before: str) -> _Original:
    """Read the file a change starts from; raises `EditError` unless it is what was shown."""
    folder = folders.descriptor(place.folders, create=False)
    expected = before.encode()
    descriptor = os.open(place.name, _READ_FLAGS, dir_fd=folder)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise EditError(f"{place.path}: not a regular file")
        if status.st_size != len(expected):
            raise _changed(place.path)
        with open(descriptor, "rb", closefd=False) as stream:
            content = stream.read()
    finally:
        os.close(descriptor)
    if sha256(content).digest() != sha256(expected).digest():
        raise _changed(place.path)
    if not os.access(place.name, os.W_OK, dir_fd=folder):
        raise EditError(f"{place.path}: the file is read-only")
    return _Original(content=content, status=status)


def _changed(path: str) -> EditError:
    return EditError(
        f"{path}: changed since it was shown; nothing was written",
        hint="Read it again and propose the edit anew.",
    )


def _version(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _written(folder: int, content: bytes, like: os.stat_result | None) -> str:
    """Create a file with `content`, flushed to the disk, with the owner and mode of `like`; return
    its temporary name.
    """
    name = f".codex-tui-{token_hex(8)}.tmp"
    mode = _NEW_FILE_MODE if like is None else _PRIVATE_MODE
    descriptor = os.open(name, _CREATE_FLAGS, mode, dir_fd=folder)
    try:
        with open(descriptor, "wb", closefd=False) as stream:
            stream.write(content)
        if like is not None:
            _resemble(descriptor, like)
        os.fsync(descriptor)
    except BaseException:
        os.unlink(name, dir_fd=folder)
        raise
    finally:
        os.close(descriptor)
    return name


def _resemble(descriptor: int, like: os.stat_result) -> None:
    with suppress(PermissionError):  # only root gives files away; then the writer owns it
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode))


def _rename(folder: int, old: str, new: str) -> None:
    os.rename(old, new, src_dir_fd=folder, dst_dir_fd=folder)


def _rename_to_new(folder: int, old: str, new: str) -> None:
    """Rename without replacing what may have come to be at `new`, where the disk has hard links."""
    try:
        os.link(old, new, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        _rename(folder, old, new)
    else:
        os.unlink(old, dir_fd=folder)


def _restore(folder: int, name: str, original: _Original) -> None:
    temporary = _written(folder, original.content, original.status)
    times = (original.status.st_atime_ns, original.status.st_mtime_ns)
    os.utime(temporary, ns=times, dir_fd=folder, follow_symlinks=False)
    _rename(folder, temporary, name)


@contextmanager
def _system_errors(path: str) -> Generator[None]:
    """Say which file it was that the system refused."""
    try:
        yield
    except FileNotFoundError:
        raise EditError(f"{path}: does not exist (any more)") from None
    except FileExistsError:
        raise EditError(f"{path}: exists already") from None
    except OSError as error:
        raise EditError(f"{path}: cannot be written: {error.strerror}") from error
