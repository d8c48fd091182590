"""The workspace's files as a patch reads them, by the rules of whoever applies it.

A path may lead through symbolic links to a file inside the workspace, which is updated and the
link kept. What is added, deleted or moved is no link: else a link's target would go or come
unnamed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from typing_extensions import override

from codex_tui.protocol.errors import ToolError
from codex_tui.tools.names import printable

if TYPE_CHECKING:
    from codex_tui.tools.workspace import ResolvedPath, Workspace


class WorkspaceFiles:
    """Every text file inside the workspace."""

    def __init__(self, workspace: Workspace) -> None:
        """Read files of `workspace`."""
        self.workspace = workspace

    def name_of(self, path: str) -> str:
        """Return the name of the place a path leads to; raises `ToolError` for one outside."""
        return self.editable(path).display

    def read(self, path: str, *, leaves: bool) -> tuple[str, str]:
        """Return the name and the text of a file; raises `ToolError` when there is no text file,
        and for a link when it `leaves` its place.
        """
        resolved = self.editable(path)
        if leaves and self._is_link(path):
            raise ToolError(
                f"{printable(path)} is a symbolic link to {resolved.display}; links are neither"
                " deleted nor moved.",
            )
        return resolved.display, self.text(resolved)

    def vacancy(self, path: str) -> str:
        """Return the name of a place where nothing is yet; raises `ToolError` otherwise."""
        resolved = self.editable(path)
        taken = os.path.lexists(resolved.absolute)
        if taken or self._is_link(path):
            name = resolved.display if taken else f"The symbolic link {printable(path)}"
            raise ToolError(
                f"{name} exists already; a patch does not overwrite it.",
                hint="Update the file instead, or choose another path.",
            )
        return resolved.display

    def editable(self, path: str) -> ResolvedPath:
        """Resolve a path; raises `ToolError` when it must not be written."""
        return self.workspace.resolve_editable(path)

    def text(self, file: ResolvedPath) -> str:
        """Read a file's exact text; raises `ToolError`."""
        return self.workspace.read_text(file).text

    def _is_link(self, path: str) -> bool:
        return (self.workspace.root / path).is_symlink()


class SessionFiles(WorkspaceFiles):
    """What a model may patch: not what changed since it was read, nor secrets it did not read,
    which the message of a misfit would show.
    """

    @override
    def text(self, file: ResolvedPath) -> str:
        if file.access.secret and self.workspace.seen_hash(file.display) is None:
            raise ToolError(
                f"{file.display} may hold secrets and was not read yet.",
                hint="Read it first with read_file; the user will be asked.",
            )
        found = self.workspace.read_text(file)
        self.workspace.refuse_stale(file.display, found.hash)
        return found.text


class UnattendedFiles(WorkspaceFiles):
    """What is patched with nobody there to ask: no folder of git's or our own."""

    @override
    def editable(self, path: str) -> ResolvedPath:
        resolved = super().editable(path)
        if resolved.access.protected:
            raise ToolError(f"{resolved.display} is in a protected folder and is not patched.")
        return resolved
