"""The folder the conversation is about: what a path means there, and what the model has seen of it.

Paths are resolved through every symbolic link at every call, because a link can be made or turned
between two calls; the resolved path is the only one that is judged, shown and opened. The workspace
states facts (outside, protected, secret) and leaves their consequences to the approval policy.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ToolError
from codex_tui.protocol.tools import AccessKind, PathAccess
from codex_tui.tools.images import read_image, read_text_or_image
from codex_tui.tools.names import is_text, printable
from codex_tui.tools.sensitive import is_protected, is_secret, is_secret_place, lies_in
from codex_tui.tools.text_file import TextFile, read_text_file
from codex_tui.tools.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from codex_tui.protocol.messages import ImagePart

_MAX_SIBLINGS = 2_000  # names compared when a missing file's neighbours are suggested


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPath:
    """Where a path really leads. `display` is relative to the workspace root where it lies inside,
    absolute otherwise, and is what users, models and changes call the file.
    """

    absolute: Path
    display: str
    access: PathAccess


class Workspace:
    """A folder, its rules for paths, and the hashes of the files the model knows."""

    def __init__(self, root: Path, own_folders: Iterable[Path] = ()) -> None:
        """Take `root` as the workspace; it exists and is a directory. `own_folders` hold the
        program's configuration and state, and are protected wherever they lie.
        """
        self.root = Path(os.path.realpath(root))
        self._own_folders = tuple(os.path.realpath(each) for each in own_folders)
        self._prefix = _with_slash(self.root)
        self._seen: dict[str, str] = {}
        self._unread: dict[str, bytearray] = {}  # a byte a line: 1 where it was not shown
        self._walks_stopped = 0

    def resolve(self, path: str, kind: AccessKind) -> ResolvedPath:
        """Find out where `path` leads: relative to the root or absolute, `~` not expanded.

        Raises:
            ToolError: It is empty, no file name, a loop of links, or leads to a name that is not
                text.
        """
        _refuse_unusable(path)
        try:
            real = Path(os.path.realpath(self.root / path))
            looped = real.is_symlink()
        except OSError as error:
            raise ToolError(f"{printable(path)} cannot be resolved: {error.strerror}.") from None
        if looped:
            raise ToolError(f"{printable(path)} is a loop of symbolic links.")
        display = self.display(real)
        if not is_text(display):
            raise ToolError(
                f"{printable(path)} leads to {printable(display)}, a name that is not UTF-8.",
                hint="Ask the user to rename it.",
            )
        named = os.path.normpath(self.root / path)
        names = (named, str(real))
        access = PathAccess(
            kind=kind,
            path=display,
            outside=not real.is_relative_to(self.root),
            protected=any(map(self._is_protected, names)),
            secret=any(map(self.is_secret, names)),
        )
        return ResolvedPath(absolute=real, display=display, access=access)

    def resolve_editable(self, path: str) -> ResolvedPath:
        """Resolve a path to be written; raises `ToolError` also for one that must not be."""
        resolved = self.resolve(path, AccessKind.WRITE)
        if resolved.access.outside:
            raise ToolError(
                f"{resolved.display} lies outside the workspace; nothing is written there.",
                hint=f"The workspace is {printable(str(self.root))}.",
            )
        if resolved.display == "." or path.endswith("/"):
            raise ToolError(f"{printable(path)} names a folder, not a file.")
        if printable(resolved.display) != resolved.display:
            raise ToolError(f"{printable(path)} holds control characters; no such file is written.")
        return resolved

    def require_in_place(self, display: str) -> None:
        """Raise `ToolError` when a resolved path leads elsewhere by now: a link came into its way
        after it was judged and shown.
        """
        if self.resolve(display, AccessKind.WRITE).display != display:
            raise ToolError(
                f"{display} is no longer where it was: a symbolic link was put into its path; "
                "nothing was written.",
                hint="Look at the folder again and propose the edit anew.",
            )

    def is_secret(self, absolute: str) -> bool:
        """Say whether a path looks like it holds secrets; the way to the workspace itself does not
        count.
        """
        return is_secret(self.display(absolute)) or is_secret_place(absolute)

    def _is_protected(self, absolute: str) -> bool:
        own = any(lies_in(absolute, folder) for folder in self._own_folders)
        return own or is_protected(self.display(absolute))

    def display(self, absolute: str | Path) -> str:
        """Name a resolved path: relative to the root where it lies inside, absolute otherwise."""
        path = str(absolute)
        if path == str(self.root):
            return "."
        return path.removeprefix(self._prefix)

    def relative_names(self, start: ResolvedPath, absolute: str) -> tuple[str, str]:
        """Name what was found below `start` in the two ways a glob may mean: from there, and from
        the workspace.
        """
        return absolute[len(_with_slash(start.absolute)) :], self.display(absolute)

    def read_text(self, path: ResolvedPath) -> TextFile:
        """Read a text file whole; raises `ToolError` that says what it is instead."""
        self._require_there(path)
        return read_text_file(path.absolute, path.display)

    def read_text_or_image(self, path: ResolvedPath) -> TextFile | ImagePart:
        """Read a file as what it is; raises `ToolError` for what is neither."""
        self._require_there(path)
        return read_text_or_image(path.absolute, path.display)

    def read_image(self, path: ResolvedPath) -> ImagePart:
        """Read a picture; raises `ToolError` that says what it is instead."""
        self._require_there(path)
        return read_image(path.absolute, path.display)

    def walk(self, start: ResolvedPath, *, max_depth: int | None = None) -> Walk:
        """Prepare to walk a directory; `stop_walks` ends it."""
        so_far = self._walks_stopped
        return Walk(
            start.absolute,
            self.root,
            max_depth=max_depth,
            given_up=lambda: self._walks_stopped != so_far,
        )

    def stop_walks(self) -> None:
        """End every walk that runs now, from any thread: nobody waits for its result any more."""
        self._walks_stopped += 1

    def require_directory(self, path: ResolvedPath) -> None:
        """Raise `ToolError` when a path is not a directory."""
        self._require_there(path)
        if not path.absolute.is_dir():
            raise ToolError(f"{path.display} is not a directory.", hint="Use read_file to read it.")

    def require_file(self, path: ResolvedPath) -> None:
        """Raise `ToolError` when a path is not a regular file."""
        self._require_there(path)
        if not path.absolute.is_file():
            raise ToolError(f"{path.display} is not a regular file.")

    def _require_there(self, path: ResolvedPath) -> None:
        if not os.path.lexists(path.absolute):
            raise ToolError(f"{path.display} does not exist.", hint=_missing_hint(path, self))

    def note_seen(self, display: str, digest: str) -> None:
        """Record the SHA-256 of a file as it was written for the model, who knows all of it."""
        self._seen[display] = digest
        self._unread[display] = bytearray()

    def note_read(self, display: str, digest: str, shown: Collection[int], total: int) -> None:
        """Record that the model read the lines `shown` (from 1) of a file of `total` lines."""
        if self._seen.get(display) != digest:
            self._unread[display] = bytearray(b"\1") * total
        for number in shown if self._unread[display] else ():
            self._unread[display][number - 1] = 0
        self._seen[display] = digest

    def seen_whole(self, display: str) -> bool:
        """Say whether the model saw every line of the file it saw last."""
        return 1 not in self._unread.get(display, b"\1")

    def seen_hash(self, display: str) -> str | None:
        """Return the SHA-256 the model last saw of a file, None when it saw nothing of it."""
        return self._seen.get(display)

    def refuse_stale(self, display: str, digest: str) -> None:
        """Raise `ToolError` when the model saw the file with another content than it has now."""
        if self._seen.get(display, digest) != digest:
            raise ToolError(
                f"{display} changed since it was read; nothing was written.",
                hint="Read it again with read_file, then repeat the edit.",
            )


def _with_slash(directory: Path) -> str:
    return f"{directory}/".replace("//", "/")


def _refuse_unusable(path: str) -> None:
    if not path.strip():
        raise ToolError("The path is empty.", hint='Use "." for the workspace itself.')
    if "\0" in path:
        raise ToolError(f"{printable(path)} is no path: it holds a NUL character.")
    if not is_text(path):
        raise ToolError(f"{printable(path)} is no path: it is not UTF-8.")
    if path == "~" or path.startswith("~/"):
        raise ToolError(
            f"{printable(path)}: ~ is not expanded.",
            hint="Give the path relative to the workspace, or absolute.",
        )


def _missing_hint(path: ResolvedPath, workspace: Workspace) -> str:
    """Suggest neighbours with a similar name; nothing outside the workspace is named."""
    folder = path.absolute.parent
    names: list[str] = []
    if not path.access.outside and folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
        with os.scandir(folder) as entries:
            names = [entry.name for _, entry in zip(range(_MAX_SIBLINGS), entries, strict=False)]
    near = difflib.get_close_matches(path.absolute.name, filter(is_text, names), n=3)
    if near:
        return f"Near it: {', '.join(printable(workspace.display(folder / name)) for name in near)}"
    return "Use list_files to see what is there."
