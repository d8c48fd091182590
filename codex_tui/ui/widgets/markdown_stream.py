"""Cutting a growing markdown text into finished pieces, so that only its end is laid out again.

Prose ends at a blank line that is followed by text at the margin (what is indented may belong to a
list item). A fence ends where it is closed; a long one, open or not, is cut between lines, so that
its cost never grows with its length. Text arrives in any portions; the pieces do not depend on how
it was cut.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from codex_tui.protocol.display import display_safe

CODE_LINES = 80
"""A code piece is cut at the first quiet place behind so many lines …"""
MAX_CODE_LINES = 160
"""… and anywhere behind so many."""
LIST_LINES = 40
"""A list without blank lines is cut between items behind so many lines."""

_FENCE = re.compile(r"( {0,3})(?:(`{3,})([^`]*)|(~{3,})(.*))")
_ITEM = re.compile(r"(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)")
_UNDERLINE = re.compile(r"[-=]{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of the text that can be laid out by itself; `source` is cleaned markdown.

    `code` holds the lines of a fence, None for prose. `joined` pieces go on where the one before
    stopped: no blank line between them.
    """

    source: str
    code: tuple[str, ...] | None = None
    language: str = ""
    joined: bool = False


@dataclass(slots=True)
class _Fence:
    opening: str
    sign: str
    indent: int
    language: str
    lines: list[str] = field(default_factory=list[str])
    parts: int = 0

    def closes(self, line: str) -> bool:
        text = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        return indent < 4 and text.startswith(self.sign) and not text.strip(self.sign[0])

    def piece(self, closing: str | None = None) -> Piece:
        source = [*([] if self.parts else [self.opening]), *self.lines]
        if closing is not None:
            source.append(closing)
        return Piece(
            source="\n".join(source),
            code=tuple(self.lines) or ("",),
            language=self.language,
            joined=self.parts > 0,
        )


class MarkdownSplitter:
    """Takes text as it comes and gives finished pieces; `tail` is what is not finished yet."""

    def __init__(self) -> None:
        self._rest = ""
        self._prose: list[str] = []
        self._blank = 0
        self._joined = False
        self._fence: _Fence | None = None
        self._finished: list[Piece] = []

    def feed(self, text: str) -> list[Piece]:
        """Add `text` and return the pieces that it finished."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._take(_clean(line))
        return self._collect()

    def close(self) -> list[Piece]:
        """End the text and return what was left of it; a fence that is still open ends too."""
        if self._rest:
            self._take(_clean(self._rest))
            self._rest = ""
        if self._fence is not None:
            if self._fence.lines or not self._fence.parts:
                self._finished.append(self._fence.piece())
            self._fence = None
        self._end_prose()
        return self._collect()

    @property
    def tail(self) -> Piece | None:
        """The unfinished end as it would look if nothing followed; None when there is none."""
        rest = _clean(self._rest)
        if self._fence is not None:
            shown = self._fence
            if rest and not shown.closes(rest):
                shown = replace(shown, lines=[*shown.lines, self._unindented(rest)])
            return shown.piece() if shown.lines or not shown.parts else None
        # One dash or equals sign under a line would make it a heading for a moment.
        lines = self._prose if _UNDERLINE.fullmatch(rest) else [*self._prose, *self._between(rest)]
        source = "\n".join(lines).strip("\n")
        return Piece(source=source, joined=self._joined) if source.strip() else None

    def _between(self, rest: str) -> list[str]:
        return [*([""] * self._blank), rest]

    def _collect(self) -> list[Piece]:
        finished, self._finished = self._finished, []
        return finished

    def _take(self, line: str) -> None:
        if self._fence is not None:
            self._take_code(line, self._fence)
        elif not line.strip():
            self._blank += 1 if self._prose else 0
        elif fence := self._opened(line):
            self._end_prose()
            self._fence = fence
        else:
            self._take_prose(line)

    def _take_prose(self, line: str) -> None:
        at_margin = line[0] not in " \t"
        if self._blank and at_margin:
            self._end_prose()
        elif len(self._prose) >= LIST_LINES and self._in_list() and _ITEM.match(line):
            self._end_prose()
            self._joined = True
        self._prose += self._between(line)
        self._blank = 0

    def _take_code(self, line: str, fence: _Fence) -> None:
        if fence.closes(line):
            self._finished.append(fence.piece(line))
            self._fence = None
            return
        count = len(fence.lines)
        quiet = count >= CODE_LINES and not fence.lines[-1].strip() and line[:1].strip() != ""
        if quiet or count >= MAX_CODE_LINES:
            self._finished.append(fence.piece())
            fence.lines = []
            fence.parts += 1
        fence.lines.append(self._unindented(line))

    def _opened(self, line: str) -> _Fence | None:
        match = _FENCE.fullmatch(line)
        if match is None or (match[1] and self._in_list()):
            return None
        info = (match[3] if match[2] else match[5]).split()
        return _Fence(line, match[2] or match[4], len(match[1]), info[0] if info else "")

    def _in_list(self) -> bool:
        return bool(self._prose) and _ITEM.match(self._prose[0]) is not None

    def _unindented(self, line: str) -> str:
        indent = self._fence.indent if self._fence else 0
        return line[min(indent, len(line) - len(line.lstrip(" "))) :]

    def _end_prose(self) -> None:
        if self._prose:
            self._finished.append(Piece(source="\n".join(self._prose), joined=self._joined))
        self._prose = []
        self._blank = 0
        self._joined = False


def _clean(line: str) -> str:
    return display_safe(line.removesuffix("\r"))
