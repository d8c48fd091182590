"""Reading a patch in the format that GPT models are trained to write.

    patch  = "*** Begin Patch" file* "*** End Patch"       white space around markers is ignored
    file   = "*** Add File: " path, ("+" text)*
           | "*** Delete File: " path
           | "*** Update File: " path, ["*** Move to: " path], hunk*
    hunk   = ("@@" [header])*, line+, ["*** End of File"]  only the first may lack its "@@"
    line   = " " text | "-" text | "+" text

A here-document around it is peeled off; CRLF counts as LF. An empty line, and a line without any
of the three signs, is a line that stays. Nothing is read from files here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from codex_tui.edits.lines import BOM, visible
from codex_tui.edits.patch.parts import (
    AddedFile,
    DeletedFile,
    PatchedFile,
    PatchError,
    PatchFault,
    PatchHunk,
    PatchLine,
    UpdatedFile,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BEGIN = "*** Begin Patch"
END = "*** End Patch"
END_OF_FILE = "*** End of File"
_HERE_DOCUMENTS = frozenset({"<<EOF", "<<'EOF'", '<<"EOF"'})
_FILE = re.compile(r"\*\*\* (Add|Delete|Update) File:(.*)", re.DOTALL)
_MOVE = re.compile(r"\*\*\* Move to:(.*)", re.DOTALL)
_FILE_HEADERS = "*** Add File: PATH, *** Delete File: PATH or *** Update File: PATH"


class _Line(NamedTuple):
    """A line of the patch; `number` counts from 1 in the text as it was given."""

    number: int
    text: str


def parse_patch(text: str) -> tuple[PatchedFile, ...]:
    """Read a whole patch; never returns nothing.

    Raises `PatchError` that names the line and what is wrong with it, also for a patch that was
    cut off: none of its files is returned.
    """
    reader = _Reader(_between_markers(text))
    files: list[PatchedFile] = []
    while (header := reader.skip_blank_lines()) is not None:
        files.append(_file(reader, header))
    if not files:
        raise _malformed(
            f"no files were modified: between {BEGIN} and {END} there is no {_FILE_HEADERS}"
        )
    return tuple(files)


def _malformed(message: str) -> PatchError:
    return PatchError(message, fault=PatchFault.FORMAT)


def _between_markers(text: str) -> list[_Line]:
    lines = _without_blank_ends(
        [
            _Line(number, line.removesuffix("\r"))
            for number, line in enumerate(text.removeprefix(BOM).split("\n"), start=1)
        ]
    )
    if len(lines) > 1 and lines[0].text.strip() in _HERE_DOCUMENTS:
        if lines[-1].text.strip() != "EOF":
            raise _malformed(
                "the here-document has no EOF line at its end: it was cut off, and nothing of it"
                " is applied"
            )
        lines = _without_blank_ends(lines[1:-1])
    if not lines:
        raise _malformed(f"the patch is empty; it begins with a line {BEGIN}")
    _require_markers(lines)
    return lines[1:-1]


def _without_blank_ends(lines: Sequence[_Line]) -> list[_Line]:
    filled = [index for index, line in enumerate(lines) if line.text.strip()]
    return list(lines[filled[0] : filled[-1] + 1]) if filled else []


def _require_markers(lines: Sequence[_Line]) -> None:
    first, last = lines[0], lines[-1]
    if first.text.strip() != BEGIN:
        raise _malformed(
            f"line {first.number}: {BEGIN} is missing; a patch begins with it, not with:"
            f" {visible(first.text)}"
        )
    if last.text.strip() == END:
        return
    ends = [line.number for line in lines if line.text.strip() == END]
    if ends:
        raise _malformed(f"line {ends[-1] + 1}: nothing may follow {END}")
    raise _malformed(
        f"{END} is missing at the end: the patch was cut off, and nothing of it is applied"
    )


class _Reader:
    """The lines between the markers, read from first to last."""

    def __init__(self, lines: Sequence[_Line]) -> None:
        self._lines = lines
        self._next = 0

    @property
    def line(self) -> _Line | None:
        """The next line, None after the last."""
        return self._lines[self._next] if self._next < len(self._lines) else None

    def take(self) -> None:
        """Go on to the line after."""
        self._next += 1

    def take_while(self, fits: Callable[[str], bool]) -> list[str]:
        """Take lines as long as they fit, and return their texts."""
        taken: list[str] = []
        while self.line is not None and fits(self.line.text):
            taken.append(self.line.text)
            self.take()
        return taken

    def skip_blank_lines(self) -> _Line | None:
        """Return the next line that is not blank, None when there is none."""
        self.take_while(lambda text: not text.strip())
        return self.line


def _file(reader: _Reader, header: _Line) -> PatchedFile:
    """Read one file's section; `header`, the reader's next line, begins it or is a mistake."""
    found = _FILE.fullmatch(header.text.strip())
    if found is None:
        raise _bad_header(header)
    verb, path = found[1], found[2].strip()
    if not path:
        raise _malformed(f"line {header.number}: no path follows *** {verb} File:")
    reader.take()
    if verb == "Delete":
        return DeletedFile(path=path)
    if verb == "Update":
        return _updated_file(reader, header, path)
    lines = reader.take_while(lambda text: text.startswith("+"))
    return AddedFile(path=path, text="".join(f"{line[1:]}\n" for line in lines))


def _bad_header(line: _Line) -> PatchError:
    message = f"line {line.number}: expected {_FILE_HEADERS}, not: {visible(line.text)}"
    if line.text.startswith("+"):
        message += " (in a new file every line begins with +, empty ones too)"
    return _malformed(message)


def _updated_file(reader: _Reader, header: _Line, path: str) -> UpdatedFile:
    move_to = _destination(reader)
    hunks: list[PatchHunk] = []
    while (line := reader.skip_blank_lines()) is not None:
        text = line.text.strip() if hunks else line.text
        if text.startswith("***") and text.rstrip() != END_OF_FILE:
            break
        hunks.append(_hunk(reader, line, path, number=len(hunks) + 1))
    if not hunks and move_to is None:
        raise _malformed(
            f"line {header.number}: the update of {visible(path)} has no hunk; say what changes,"
            " or where it moves to"
        )
    return UpdatedFile(path=path, move_to=move_to, hunks=tuple(hunks))


def _destination(reader: _Reader) -> str | None:
    line = reader.line
    found = None if line is None else _MOVE.fullmatch(line.text)
    if line is None or found is None:
        return None
    if not found[1].strip():
        raise _malformed(f"line {line.number}: no path follows *** Move to:")
    reader.take()
    return found[1].strip()


def _hunk(reader: _Reader, start: _Line, path: str, *, number: int) -> PatchHunk:
    headers = reader.take_while(lambda text: text.startswith("@@"))
    if not headers and number > 1:
        raise _malformed(
            f"line {start.number}: expected @@ before hunk {number} of {visible(path)}, not:"
            f" {visible(start.text)}"
        )
    lines = reader.take_while(lambda text: not text.startswith(("@@", "***")))
    at_end = reader.line is not None and reader.line.text.rstrip() == END_OF_FILE
    if at_end:
        reader.take()
    if not lines:
        raise _malformed(
            f"line {start.number}: hunk {number} of {visible(path)} is empty; lines with a sign"
            ' (" ", "-" or "+") follow its @@'
        )
    return PatchHunk(
        number=number,
        line_number=start.number,
        headers=tuple(header for line in headers if (header := line[2:].strip())),
        lines=tuple(map(_hunk_line, _without_separators(lines))),
        at_end=at_end,
    )


def _without_separators(lines: list[str]) -> list[str]:
    """Drop the empty lines after a hunk that only adds: they part it from what follows. A hunk that
    quotes lines is tried with them first.
    """
    if all(line.startswith("+") or not line for line in lines) and any(lines):
        return lines[: max(index for index, line in enumerate(lines) if line) + 1]
    return lines


def _hunk_line(text: str) -> PatchLine:
    match text[:1]:
        case "+" | "-" | " " as tag:
            return PatchLine(tag=tag, text=text[1:])
        case _:
            return PatchLine(tag=" ", text=text)
