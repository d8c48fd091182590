"""`list_files`: what is in a folder, as git sees it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field
from typing_extensions import override

from codex_tui.protocol.tools import AccessKind, PathAccess
from codex_tui.tools.base import ReadTool, ToolArguments, ToolOutput
from codex_tui.tools.globs import Glob
from codex_tui.tools.limits import MAX_ENTRIES, count, fit_lines
from codex_tui.tools.names import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.tools.walk import Entry, Walk
    from codex_tui.tools.workspace import ResolvedPath, Workspace

DEFAULT_DEPTH = 2


class ListFilesArguments(ToolArguments):
    """Which folder, how deep, and which names."""

    path: str = Field(default=".", description="The folder; relative to the workspace or absolute.")
    glob: str | None = Field(
        default=None,
        description='Only files that fit, for example "*.py" or "src/**/test_*.{ts,tsx}".',
    )
    depth: int | None = Field(
        default=None,
        ge=1,
        description="How many levels to open. Two when left out, all of them with a glob.",
    )
    limit: int = Field(default=MAX_ENTRIES, ge=1, description="How many entries at most.")


class ListFiles(ReadTool[ListFilesArguments]):
    """Lists a directory tree without what git ignores."""

    name: ClassVar[str] = "list_files"
    description: ClassVar[str] = (
        "List files and folders below a path, one a line, sorted, named as other tools take them. "
        "Folders end in /, links show where they lead and are not followed. Hidden files are "
        "listed; what .gitignore excludes and .git are not. Of more than 1,000 entries the "
        "deepest are left out, and a remark in brackets says how many."
    )
    arguments: type[ListFilesArguments] = ListFilesArguments

    def __init__(self, workspace: Workspace) -> None:
        """List in `workspace`."""
        self._workspace = workspace

    @override
    def title(self, arguments: ListFilesArguments) -> str:
        where = (
            arguments.path if arguments.glob is None else f"{arguments.glob} in {arguments.path}"
        )
        return printable(where)

    @override
    def accesses(self, arguments: ListFilesArguments) -> tuple[PathAccess, ...]:
        return (self._workspace.resolve(arguments.path, AccessKind.READ).access,)

    @override
    def run(self, arguments: ListFilesArguments) -> ToolOutput:
        start = self._workspace.resolve(arguments.path, AccessKind.READ)
        self._workspace.require_directory(start)
        glob = None if arguments.glob is None else Glob(arguments.glob)
        depth = arguments.depth or (DEFAULT_DEPTH if glob is None else None)
        walk = self._workspace.walk(start, max_depth=depth)
        found = [each for each in walk if glob is None or self._fits(glob, start, each)]
        kept = _shallowest(found, min(arguments.limit, MAX_ENTRIES))
        lines = fit_lines(map(self._line, kept))
        remarks = _remarks(walk, found, len(lines), depth if glob is None else None)
        if not found:
            lines = [f"[{_nothing(start, arguments.glob)}]"]
        return ToolOutput(
            content="\n".join([*lines, *(f"[{remark}]" for remark in remarks)]),
            summary=count(len(found), "entry", "entries")
            if glob is None
            else count(len(found), "file"),
        )

    def _fits(self, glob: Glob, start: ResolvedPath, entry: Entry) -> bool:
        return entry.kind != "directory" and glob.fits(
            *self._workspace.relative_names(start, entry.path)
        )

    def _line(self, entry: Entry) -> str:
        name = printable(self._workspace.display(entry.path))
        match entry.kind:
            case "directory":
                return f"{name}/"
            case "link":
                return f"{name} -> {_target(entry.path)}"
            case "special":
                return f"{name} (not a regular file)"
            case "file":
                return name


def _target(link: str) -> str:
    try:
        return printable(os.readlink(link))  # noqa: PTH115 - the text of the link, not a path
    except OSError as error:
        return f"? ({error.strerror})"


def _shallowest(entries: Sequence[Entry], limit: int) -> Sequence[Entry]:
    """Keep the `limit` entries nearest to the start, in their order."""
    if len(entries) <= limit:
        return entries
    nearest = sorted(range(len(entries)), key=lambda place: (entries[place].depth, place))
    return [entries[place] for place in sorted(nearest[:limit])]


def _remarks(walk: Walk, found: Sequence[Entry], shown: int, depth: int | None) -> list[str]:
    """Say what is not on show, and how to get it."""
    remarks: list[str] = []
    if shown < len(found):
        remarks.append(
            f"{shown:,} of {count(len(found), 'entry', 'entries')} shown, the deepest left out. "
            "Narrow it with path, glob or depth."
        )
    if any(each.kind == "directory" and each.depth == depth for each in found):
        remarks.append(f"Folders at level {depth} are not opened: list them, or raise depth.")
    if walk.unreadable:
        remarks.append(f"{count(walk.unreadable, 'folder')} could not be opened.")
    if walk.timed_out:
        remarks.append("The listing took too long and is not complete. Narrow it with path.")
    return remarks


def _nothing(start: ResolvedPath, glob: str | None) -> str:
    where = printable(start.display)
    return (
        f"{where} has no files git would see."
        if glob is None
        else f"No file in {where} fits {glob}."
    )
