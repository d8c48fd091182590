"""Applying the hunks of a patch to one file's text, in memory.

Lines that stay keep the file's bytes, however loosely the patch quoted them. A line that takes
another's place takes its end, a further one the end of the file's first line. A byte-order mark
stays; a last line without an end gets one only where it is replaced or no longer the last.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codex_tui.edits.lines import BOM, first_line_end, line_end, split_lines, visible
from codex_tui.edits.miss import missing
from codex_tui.edits.patch.indent import indented_edits
from codex_tui.edits.patch.parts import LineEdit, PatchError, PatchFault, PatchHunk, PatchLine
from codex_tui.edits.patch.search import LineSearch
from codex_tui.protocol.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINE_NUMBERS = re.compile(r"-\d+(,\d+)? \+\d+(,\d+)? @@.*")


def patched_text(path: str, text: str, hunks: Sequence[PatchHunk]) -> str:
    """Return `text` with all hunks applied; `path` names the file in messages.

    Raises `PatchError` for a hunk whose header or lines are not found below those of the hunk
    before it.
    """
    mark = BOM if text.startswith(BOM) else ""
    body = text[len(mark) :]
    lines = split_lines(body)
    located = _Locator(path, body, lines)
    edits = sorted(
        (edit for hunk in hunks for edit in located.edits(hunk)), key=lambda edit: edit.start
    )
    changed = _rewritten(lines, edits, first_line_end(body))
    return mark + (changed.removeprefix(BOM) if mark else changed)


def _rewritten(lines: Sequence[str], edits: Sequence[LineEdit], end: str) -> str:
    written: list[str] = []
    done = 0
    for edit in edits:
        written += lines[done : edit.start]
        if edit.added and written and not line_end(written[-1]):
            written[-1] += end
        replaced = lines[edit.start : edit.end]
        for number, line in enumerate(edit.added):
            own_end = line_end(replaced[number]) if number < len(replaced) else ""
            written.append(line + (own_end or end))
        done = edit.end
    return "".join([*written, *lines[done:]])


class _Locator:
    """Finds the hunks of one file from top to bottom; each is sought below the one before."""

    def __init__(self, path: str, body: str, lines: Sequence[str]) -> None:
        self._path = path
        self._body = body
        self._lines = [line.removesuffix(line_end(line)) for line in lines]
        self._search = LineSearch(self._lines)
        self._cursor = 0

    def edits(self, hunk: PatchHunk) -> list[LineEdit]:
        """Return what a hunk does, in file order."""
        for header in hunk.headers:
            found = self._search.find([header], self._cursor)
            if found is None:
                raise self._header_missing(hunk, header)
            self._cursor = found + 1
        if all(line.tag == "+" for line in hunk.lines):
            below_header = bool(hunk.headers) and not hunk.at_end
            place = self._cursor if below_header else len(self._lines)
            return [LineEdit(place, place, [line.text for line in hunk.lines])]
        lines, start = self._located(hunk)
        quoted = _quoted(lines)
        self._cursor = start + len(quoted)
        edits = list(_edits(lines, start))
        try:
            return indented_edits(self._path, self._lines, start, quoted, edits)
        except EditError as error:
            raise self._misfit(hunk, error.message, error.hint) from None

    def _located(self, hunk: PatchHunk) -> tuple[Sequence[PatchLine], int]:
        """Return the hunk's lines and where they are. Empty lines at its end may stand for nothing
        but the gap to what follows in the patch, and are left out if they are not in the file.
        """
        find = self._search.find_at_end if hunk.at_end else self._search.find
        for lines in (hunk.lines, _without_blank_end(hunk.lines)):
            quoted = _quoted(lines)
            start = find(quoted, self._cursor) if quoted else None
            if start is not None:
                return lines, start
        raise self._lines_missing(hunk)

    def _header_missing(self, hunk: PatchHunk, header: str) -> PatchError:
        if _LINE_NUMBERS.fullmatch(header):
            return self._misfit(
                hunk,
                f"{self._path}: what follows @@ is not line numbers but a line of the file,"
                " such as the one that opens the function",
            )
        elsewhere = self._search.find([header], 0)
        if elsewhere is not None:
            return self._misplaced(hunk, f"its header {visible(header)!r}", elsewhere)
        miss = missing(self._path, self._body, f"{header}\n", "")
        message = f"its header {visible(header)!r} was not found. {miss.message}"
        return self._misfit(hunk, message, miss.hint)

    def _lines_missing(self, hunk: PatchHunk) -> PatchError:
        quoted = _quoted(hunk.lines)
        below = self._search.find(quoted, self._cursor)
        if below is not None:
            return self._misfit(
                hunk,
                f"{self._path}: its lines are at line {below + 1}, not at the end of the file, as"
                " *** End of File says",
            )
        elsewhere = self._search.find(quoted, 0)
        if elsewhere is not None:
            return self._misplaced(hunk, "what it quotes", elsewhere)
        new = "".join(f"{line.text}\n" for line in hunk.lines if line.tag != "-")
        miss = missing(self._path, self._body, "".join(f"{line}\n" for line in quoted), new)
        return self._misfit(hunk, miss.message, miss.hint)

    def _misplaced(self, hunk: PatchHunk, what: str, found: int) -> PatchError:
        return self._misfit(
            hunk,
            f"{self._path}: {what} is at line {found + 1}, but it is sought from line"
            f" {self._cursor + 1} on, below its header and the hunk before",
            "Give the hunks of a file in the order of the file; none may overlap another.",
        )

    def _misfit(self, hunk: PatchHunk, message: str, hint: str | None = None) -> PatchError:
        return PatchError(
            f"hunk {hunk.number} (line {hunk.line_number} of the patch) does not fit: {message}",
            fault=PatchFault.MATCH,
            hint=hint,
        )


def _quoted(lines: Sequence[PatchLine]) -> list[str]:
    return [line.text for line in lines if line.tag != "+"]


def _without_blank_end(lines: Sequence[PatchLine]) -> Sequence[PatchLine]:
    end = len(lines)
    while end and lines[end - 1].tag == " " and not lines[end - 1].text.strip():
        end -= 1
    return lines[:end]


def _edits(lines: Sequence[PatchLine], start: int) -> Iterator[LineEdit]:
    """Turn the lines of a hunk that was found at `start` into edits between the lines that stay."""
    first = at = start
    added: list[str] = []
    for line in [*lines, PatchLine(tag=" ", text="")]:
        if line.tag == "-":
            at += 1
        elif line.tag == "+":
            added.append(line.text)
        else:
            if added or at > first:
                yield LineEdit(first, at, added)
            first = at = at + 1
            added = []
