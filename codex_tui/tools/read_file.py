"""`read_file`: a text file's lines with their numbers, or a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field
from typing_extensions import override

from codex_tui.protocol.errors import ToolError
from codex_tui.protocol.messages import ImagePart
from codex_tui.protocol.tools import AccessKind, PathAccess
from codex_tui.tools.base import ReadTool, ToolArguments, ToolOutput
from codex_tui.tools.images import described
from codex_tui.tools.limits import MAX_LINE_CHARS, MAX_LINES, count, cut_around, fit_lines
from codex_tui.tools.names import printable

if TYPE_CHECKING:
    from codex_tui.tools.text_file import TextFile
    from codex_tui.tools.workspace import ResolvedPath, Workspace

BYTE_ORDER_MARK = "\ufeff"


class ReadFileArguments(ToolArguments):
    """Which lines of which file."""

    path: str = Field(description="Relative to the workspace, or absolute.")
    offset: int = Field(default=1, ge=1, description="Number of the first line to read.")
    limit: int = Field(default=MAX_LINES, ge=1, description="How many lines to read at most.")


class ReadFile(ReadTool[ReadFileArguments]):
    """Reads lines of a text file and remembers which content the model saw; shows a picture."""

    name: ClassVar[str] = "read_file"
    description: ClassVar[str] = (
        "Read a text file. Each line comes as its number, a tab, and the exact text: leave number "
        "and tab out when you quote lines in an edit. At most 2,000 lines or 50 KB come at once; "
        "a closing remark in brackets says what was left out and which offset goes on. Line ends "
        "are not shown; a remark says when they are CRLF. A picture (PNG, JPEG, GIF, WebP) is "
        "shown to you whole: leave offset and limit out."
    )
    arguments: type[ReadFileArguments] = ReadFileArguments

    def __init__(self, workspace: Workspace) -> None:
        """Read in `workspace`."""
        self._workspace = workspace

    @override
    def title(self, arguments: ReadFileArguments) -> str:
        name, first, limit = printable(arguments.path), arguments.offset, arguments.limit
        if limit < MAX_LINES:
            return f"{name}:{first}-{first + limit - 1}"
        return name if first == 1 else f"{name}:{first}-"

    @override
    def accesses(self, arguments: ReadFileArguments) -> tuple[PathAccess, ...]:
        return (self._workspace.resolve(arguments.path, AccessKind.READ).access,)

    @override
    def run(self, arguments: ReadFileArguments) -> ToolOutput:
        path = self._workspace.resolve(arguments.path, AccessKind.READ)
        file = self._workspace.read_text_or_image(path)
        if isinstance(file, ImagePart):
            return _shown_image(file, arguments)
        return self._lines(path, file, arguments)

    def _lines(
        self, path: ResolvedPath, file: TextFile, arguments: ReadFileArguments
    ) -> ToolOutput:
        if not file.text:
            self._workspace.note_seen(path.display, file.hash)
            return ToolOutput(content=f"[{path.display} is empty.]", summary="empty")
        lines = file.text.removeprefix(BYTE_ORDER_MARK).split("\n")
        if not lines[-1]:
            lines.pop()
        first = arguments.offset
        if first > len(lines):
            raise ToolError(
                f"{path.display} has {count(len(lines), 'line')}; offset {first:,} is past its end."
            )
        wanted = lines[first - 1 : first - 1 + min(arguments.limit, MAX_LINES)]
        shown = fit_lines(
            f"{number}\t{_shown(line)}" for number, line in enumerate(wanted, start=first)
        )
        whole = [
            number
            for number, line in enumerate(wanted[: len(shown)], start=first)
            if not _too_long(line)
        ]
        self._workspace.note_read(path.display, file.hash, whole, len(lines))
        remarks = [*_cuts(first, wanted, shown, len(lines)), *_peculiarities(file.text)]
        return ToolOutput(
            content="\n".join([*shown, *(f"[{remark}]" for remark in remarks)]),
            summary=_summary(len(shown), len(lines)),
        )


def _shown_image(image: ImagePart, arguments: ReadFileArguments) -> ToolOutput:
    if (arguments.offset, arguments.limit) != (1, MAX_LINES):
        raise ToolError(
            f"{image.name} is a picture and has no lines.", hint="Leave offset and limit out."
        )
    words = described(image)
    return ToolOutput(
        content=f"[{words}]", summary=words.removeprefix(f"{image.name}: "), images=(image,)
    )


def _too_long(line: str) -> bool:
    return len(line.removesuffix("\r")) > MAX_LINE_CHARS


def _shown(line: str) -> str:
    return cut_around(line.removesuffix("\r"), 0, MAX_LINE_CHARS)


def _cuts(first: int, wanted: list[str], shown: list[str], total: int) -> list[str]:
    """Say what of the file is not on show, and how to get it."""
    last = first + len(shown) - 1
    remarks: list[str] = []
    long = [
        number for number, line in enumerate(wanted[: len(shown)], start=first) if _too_long(line)
    ]
    if long:
        places = ", ".join(f"{number}" for number in long[:5]) + (", …" if len(long) > 5 else "")
        remarks.append(
            f'Cut to {MAX_LINE_CHARS:,} characters, "…" at the cut: line {places}. '
            "search shows the part around a match."
        )
    if first > 1 or last < total:
        why = " (cut at 50 KB)" if len(shown) < len(wanted) else ""
        more = f" Go on with offset={last + 1}." if last < total else ""
        remarks.append(f"Lines {first}-{last} of {total:,}{why}.{more}")
    return remarks


def _peculiarities(text: str) -> list[str]:
    """Name what an edit has to know and the numbered lines do not show."""
    remarks: list[str] = []
    crlf, lines = text.count("\r\n"), text.count("\n")
    if crlf:
        remarks.append(
            "Lines end in CRLF." if crlf == lines else f"{crlf} of {lines} lines end in CRLF."
        )
    if text.startswith(BYTE_ORDER_MARK):
        remarks.append("The file begins with a byte-order mark, which edits keep.")
    if not text.endswith("\n"):
        remarks.append("The last line has no line end.")
    return remarks


def _summary(shown: int, total: int) -> str:
    return count(total, "line") if shown == total else f"{shown:,} of {count(total, 'line')}"
