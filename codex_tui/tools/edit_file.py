"""`edit_file`: replaces passages of one file."""

from __future__ import annotations

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
    from codex_tui.tools.workspace import Workspace


class Edit(ToolArguments):
    """One passage and what takes its place."""

    old: str = Field(
        description="The exact passage to replace, with enough lines around it to be unique."
    )
    new: str = Field(description="What takes its place, literally; empty to delete it.")
    replace_all: bool = Field(default=False, description="Replace every occurrence of old.")


class EditFileArguments(ToolArguments):
    """Which file, and the edits in the order they are made."""

    path: str = Field(description="The file; relative to the workspace.")
    edits: list[Edit] = Field(
        min_length=1, description="Made in order, each on what the last left."
    )


class EditFile(EditTool[EditFileArguments]):
    """Proposes replacements in an existing text file, all of them or none."""

    name: ClassVar[str] = "edit_file"
    description: ClassVar[str] = (
        "Change an existing text file by replacing passages. Each `old` must occur exactly once "
        "unless replace_all is set, and is matched exactly, indentation included; copy it from "
        "read_file without line numbers. Put all changes of one file into one call, one edit for "
        "each place: they are made in order, all or none, and the user may accept or reject each "
        "place by itself. The result says what was applied. Use write_file for new files."
    )
    streams_edit: ClassVar[bool] = True
    arguments: type[EditFileArguments] = EditFileArguments

    def __init__(self, workspace: Workspace, editor: Editor) -> None:
        """Edit files of `workspace` by the rules of `editor`."""
        self._workspace = workspace
        self._editor = editor

    @override
    def title(self, arguments: EditFileArguments) -> str:
        name, number = printable(arguments.path), len(arguments.edits)
        return name if number == 1 else f"{name} ({number} edits)"

    @override
    def accesses(self, arguments: EditFileArguments) -> tuple[PathAccess, ...]:
        return (self._workspace.resolve(arguments.path, AccessKind.WRITE).access,)

    @override
    def propose(self, arguments: EditFileArguments) -> tuple[FileChange, ...]:
        path = self._workspace.resolve_editable(arguments.path)
        file = self._workspace.read_text(path)
        if path.access.secret and self._workspace.seen_hash(path.display) is None:
            raise ToolError(
                f"{path.display} may hold secrets and was not read yet.",
                hint="Read it first with read_file; the user will be asked.",
            )
        self._workspace.refuse_stale(path.display, file.hash)
        text = self._edited(file.text, arguments.edits, path.display)
        refuse_binary_text(text, path.display)
        if text == file.text:
            raise EditError(f"The edits leave {path.display} as it is; nothing was changed.")
        return (self._editor.change(path.display, file.text, text),)

    def _edited(self, text: str, edits: list[Edit], name: str) -> str:
        for place, edit in enumerate(edits, start=1):
            try:
                text = self._editor.replace(
                    text, edit.old, edit.new, path=name, replace_all=edit.replace_all
                )
            except EditError as error:
                if len(edits) == 1:
                    raise
                raise EditError(
                    f"Edit {place} of {len(edits)} does not fit, none was made: {error.message}",
                    hint=error.hint,
                ) from None
        return text
