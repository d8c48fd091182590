"""`apply_patch`: adds, changes, moves and deletes files by one patch, all of it or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from pydantic import Field
from typing_extensions import override

from codex_tui.protocol.errors import EditError
from codex_tui.protocol.tools import AccessKind, PathAccess
from codex_tui.tools.base import EditTool, ToolArguments
from codex_tui.tools.names import printable
from codex_tui.tools.patch_files import SessionFiles, WorkspaceFiles
from codex_tui.tools.text_file import refuse_binary_text

if TYPE_CHECKING:
    from codex_tui.protocol.changes import FileChange
    from codex_tui.tools.workspace import Workspace

_DESCRIPTION = """\
Add, change, move and delete text files with one patch. It is applied whole or not at all, and the \
user may accept or reject each place by itself; the result says what was written.

patch  := "*** Begin Patch" NEWLINE file+ "*** End Patch"
file   := "*** Add File: " path NEWLINE ("+" text NEWLINE)*
        | "*** Delete File: " path NEWLINE
        | "*** Update File: " path NEWLINE ["*** Move to: " path NEWLINE] hunk*
hunk   := ("@@" [" " header] NEWLINE)+ line+ ["*** End of File" NEWLINE]
line   := (" " | "-" | "+") text NEWLINE

- Paths are relative to the workspace. Each file is named once; files to add or move to must not \
exist yet, folders are made.
- A hunk shows lines that stay (" "), go ("-") and come ("+"), as the file has them, without line \
numbers. Give about three lines that stay above and below each change, and give the hunks in the \
order of the file.
- Where these lines also occur further up, add a header: a whole line above them that tells the \
place, such as the one that opens the class or function. Several @@ lines narrow it down step by \
step. A hunk with "+" lines alone goes right below its header, or to the end of the file.
- "*** End of File" says that the hunk's lines are the file's last.

Example:
*** Begin Patch
*** Update File: app/greet.py
@@ class Greeter:
@@     def hello(self):
         name = self.name
-        return "Hi " + name
+        return f"Hello, {name}!"
*** Delete File: app/old.py
*** End Patch"""


class Patcher(Protocol):
    """What the tool needs of the edit engine; handed in by the composition root."""

    def patch(self, patch: str, files: WorkspaceFiles) -> tuple[FileChange, ...]:
        """Compute a patch's changes against `files`; raises `EditError`."""
        ...

    def patched_paths(self, patch: str) -> tuple[str, ...]:
        """Return every path a patch writes, as it gives them; raises `EditError`."""
        ...


class ApplyPatchArguments(ToolArguments):
    """The patch."""

    input: str = Field(description="The whole patch, from *** Begin Patch to *** End Patch.")


class ApplyPatch(EditTool[ApplyPatchArguments]):
    """Proposes what a patch makes of any number of files."""

    name: ClassVar[str] = "apply_patch"
    description: ClassVar[str] = _DESCRIPTION
    streams_edit: ClassVar[bool] = True
    arguments: type[ApplyPatchArguments] = ApplyPatchArguments

    def __init__(self, workspace: Workspace, patcher: Patcher) -> None:
        """Patch files of `workspace` by the rules of `patcher`."""
        self._workspace = workspace
        self._patcher = patcher

    @override
    def title(self, arguments: ApplyPatchArguments) -> str:
        try:
            first, *others = self._patcher.patched_paths(arguments.input)
        except EditError:  # said where the patch is used; a title is given in any case
            return "a malformed patch"
        return printable(first) + (f" and {len(others)} more" if others else "")

    @override
    def accesses(self, arguments: ApplyPatchArguments) -> tuple[PathAccess, ...]:
        paths = self._patcher.patched_paths(arguments.input)
        return tuple(self._workspace.resolve(path, AccessKind.WRITE).access for path in paths)

    @override
    def propose(self, arguments: ApplyPatchArguments) -> tuple[FileChange, ...]:
        changes = self._patcher.patch(arguments.input, SessionFiles(self._workspace))
        for change in changes:
            refuse_binary_text(change.after or "", change.place)
        return changes
