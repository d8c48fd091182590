"""Cutting a growing markdown text into finished pieces, so that only its end is laid out again.

Prose ends at a blank line that is followed by text at the margin (what is indented may belong to a
list item). A fence ends where it is closed. What is long, finished or not, is cut between lines,
and where a line alone is too long, between its words, so that its cost never grows with its length.
Text arrives in any portions; the pieces do not depend on how it was cut.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from codex_tui.protocol.display import display_safe
from codex_tui.ui.widgets.line_cuts import MAX_CHARS, cut_anywhere, cut_words

CODE_LINES = 80
"""A code piece is cut at the first quiet place behind so many lines …"""
MAX_CODE_LINES = 160
"""… and anywhere behind so many."""
LIST_LINES = 40
"""A list without blank lines is cut between items behind so many lines."""

_FENCE = re.compile(r"( {0,3})(?:(`{3,})([^`]*)|(~{3,})(.*))")
_ITEM = re.compile(r"(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)")
_UNDERLINE = re.compile(r"[-=]{1,3}")
_WHOLE_UNDERLINE = re.compile(r"(?:-+|=+)[ \t]*")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of the text that can be laid out by itself; `source` is cleaned markdown.

    `code` holds the lines of a fence, None for prose. `joined` pieces go on where the one before
    stopped: no blank line between them, and `joint` is what stood there.
    """

    source: str
    code: tuple[str, ...] | None = None
    language: str = ""
    joined: bool = False
    joint: str = "\n"


@dataclass(slots=True)
class _Fence:
    opening: str
    sign: str
    indent: int
    language: str
    lines: list[str] = field(default_factory=list[str])
    parts: int = 0
    chars: int = 0
    joint: str = "\n"

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
            joint=self.joint,
        )

    def cut(self, joint: str) -> Piece:
        """Return what there is as a piece, and begin another that goes on behind `joint`."""
        piece = self.piece()
        self.lines, self.parts, self.chars, self.joint = [], self.parts + 1, 0, joint
        return piece


class MarkdownSplitter:
    """Takes text as it comes and gives finished pieces; `tail` is what is not finished yet."""

    def __init__(self) -> None:
        self._rest = ""
        self._prose: list[str] = []
        self._prose_chars = 0
        self._blank = 0
        self._table = False
        self._joint: str | None = None
        self._inside_line = False
        self._fence: _Fence | None = None
        self._finished: list[Piece] = []

    def feed(self, text: str) -> list[Piece]:
        """Add `text` and return the pieces that it finished."""
        *lines, rest = (self._rest + text).split("\n")
        for line in lines:
            self._end_line(self._shed(line))
        self._rest = self._shed(rest)
        return self._collect()

    def close(self) -> list[Piece]:
        """End the text and return what was left of it; a fence that is still open ends too."""
        if self._rest:
            self._end_line(self._rest)
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
            if rest and (self._inside_line or not shown.closes(rest)):
                shown = replace(shown, lines=[*shown.lines, self._unindented(rest)])
            return shown.piece() if shown.lines or not shown.parts else None
        # One dash or equals sign under a line would make it a heading for a moment.
        lines = self._prose if _UNDERLINE.fullmatch(rest) else [*self._prose, *self._between(rest)]
        source = "\n".join(lines).strip("\n")
        return self._prose_piece(source) if source.strip() else None

    def _between(self, rest: str) -> list[str]:
        return [*([""] * self._blank), rest]

    def _collect(self) -> list[Piece]:
        finished, self._finished = self._finished, []
        return finished

    def _shed(self, line: str) -> str:
        """Let go of the beginning of a line that is too long; return what is left of it."""
        while cut := (cut_words(line) if self._fence is None else cut_anywhere(line)):
            self._take_part(display_safe(cut.head))
            line = cut.rest
            if self._fence is not None:
                self._finished.append(self._fence.cut(cut.joint))
            else:
                self._end_prose(cut.joint)
            self._inside_line = True
        return line

    def _end_line(self, line: str) -> None:
        self._take_part(_clean(line))
        self._inside_line = False

    def _take_part(self, text: str) -> None:
        """Take a line or a part of one; what is inside of a line opens and closes nothing."""
        if not self._inside_line:
            self._take(text)
        elif self._fence is not None:
            self._fence.lines.append(text)
        else:
            self._add_prose(text)

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
        elif self._is_long() and self._may_part_before(line):
            self._end_prose("\n")
        self._table = self._table or self._begins_table(line)
        self._add_prose(line)

    def _add_prose(self, line: str) -> None:
        self._prose += self._between(line)
        self._prose_chars += self._blank + len(line) + 1
        self._blank = 0

    def _is_long(self) -> bool:
        many = self._in_list() and len(self._prose) >= LIST_LINES
        return many or self._prose_chars >= MAX_CHARS

    def _may_part_before(self, line: str) -> bool:
        """Say whether a line means the same at the beginning of a piece."""
        if self._table or line[0] in " \t" or _WHOLE_UNDERLINE.fullmatch(line):
            return False
        return not self._in_list() or _ITEM.match(line) is not None

    def _begins_table(self, line: str) -> bool:
        return len(self._prose) == 1 and "|" in line and _TABLE_RULE.fullmatch(line) is not None

    def _take_code(self, line: str, fence: _Fence) -> None:
        if fence.closes(line):
            self._finished.append(fence.piece(line))
            self._fence = None
            return
        count = len(fence.lines)
        quiet = count >= CODE_LINES and not fence.lines[-1].strip() and line[:1].strip() != ""
        if quiet or count >= MAX_CODE_LINES or fence.chars >= MAX_CHARS:
            self._finished.append(fence.cut("\n"))
        fence.lines.append(self._unindented(line))
        fence.chars += len(line) + 1

    def _opened(self, line: str) -> _Fence | None:
        match = _FENCE.fullmatch(line)
        if match is None or (match[1] and self._in_list()):
            return None
        info = (match[3] if match[2] else match[5]).split()
        return _Fence(line, match[2] or match[4], len(match[1]), info[0] if info else "")

    def _in_list(self) -> bool:
        return bool(self._prose) and _ITEM.match(self._prose[0]) is not None

    def _unindented(self, line: str) -> str:
        indent = self._fence.indent if self._fence and not self._inside_line else 0
        return line[min(indent, len(line) - len(line.lstrip(" "))) :]

    def _end_prose(self, joint: str | None = None) -> None:
        """Finish the prose; what follows goes on behind `joint`, or is something of its own."""
        if self._prose:
            self._finished.append(self._prose_piece("\n".join(self._prose)))
        self._prose = []
        self._prose_chars = self._blank = 0
        self._table = False
        self._joint = joint

    def _prose_piece(self, source: str) -> Piece:
        if self._joint is None:
            return Piece(source=source)
        return Piece(source=source, joined=True, joint=self._joint)


def _clean(line: str) -> str:
    return display_safe(line.removesuffix("\r"))
