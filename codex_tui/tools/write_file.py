"""`write_file`: creates a file, or replaces all of one the model has read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field
from typing_extensions import override

from codex_tui.protocol.errors import EditError, ToolError
from codex_tui.protocol.tools import AccessKind, PathAccess
from codex_tui.tools.base import EditTool, ToolArguments
from codex_tui.tools.names import printable
from codex_tui.tools.text_file import refuse_binary_text

if TYPE_CHECKING:
    from codex_tui.protocol.changes import FileChange
    from codex_tui.tools.base import Editor
    from codex_tui.tools.workspace import ResolvedPath, Workspace


class WriteFileArguments(ToolArguments):
    """Which file, and all of its text."""

    path: str = Field(description="The file; relative to the workspace. Folders are made.")
    content: str = Field(description="The whole text, written exactly as given.")


class WriteFile(EditTool[WriteFileArguments]):
    """Proposes a whole file; one that exists must have been read in this session."""

    name: ClassVar[str] = "write_file"
    description: ClassVar[str] = (
        "Create a text file, or replace the whole text of one that you have read. The content is "
        "written exactly as given, so end it with a line break. To change parts of a file use "
        "edit_file, which the user can review place by place."
    )
    streams_edit: ClassVar[bool] = True
    arguments: type[WriteFileArguments] = WriteFileArguments

    def __init__(self, workspace: Workspace, editor: Editor) -> None:
        """Write files of `workspace`; `editor` computes the change."""
        self._workspace = workspace
        self._editor = editor

    @override
    def title(self, arguments: WriteFileArguments) -> str:
        return printable(arguments.path)

    @override
    def accesses(self, arguments: WriteFileArguments) -> tuple[PathAccess, ...]:
        return (self._workspace.resolve(arguments.path, AccessKind.WRITE).access,)

    @override
    def propose(self, arguments: WriteFileArguments) -> tuple[FileChange, ...]:
        path = self._workspace.resolve_editable(arguments.path)
        refuse_binary_text(arguments.content, path.display)
        before = self._current(path)
        if before == arguments.content:
            raise EditError(f"{path.display} already has exactly this content; nothing to write.")
        return (self._editor.change(path.display, before, arguments.content),)

    def _current(self, path: ResolvedPath) -> str | None:
        """Return the text to be replaced, None where there is no file yet."""
        if not os.path.lexists(path.absolute):
            return None
        file = self._workspace.read_text(path)
        if self._workspace.seen_hash(path.display) is None:
            raise ToolError(
                f"{path.display} exists and was not read in this session; nothing was written.",
                hint="Read it first with read_file, or change parts of it with edit_file.",
            )
        self._workspace.refuse_stale(path.display, file.hash)
        if not self._workspace.seen_whole(path.display):
            raise ToolError(
                f"Only parts of {path.display} were read; replacing it whole could lose the rest.",
                hint="Read the rest with read_file, or change parts of it with edit_file.",
            )
        return file.text
