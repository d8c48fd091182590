"""What stands out inside the lines of a hunk: syntax by file name, and the words that changed.

Plain functions over text, meant to run in a thread: a lexer may take longer than a frame. Spans
count characters of the source lines; nothing here knows of colours or cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from pygments.lexers import (
    get_lexer_for_filename,  # pyright: ignore[reportUnknownVariableType] - options are untyped
)
from pygments.token import Token
from pygments.util import ClassNotFound

from codex_tui.edits.words import changed_spans, paired_lines
from codex_tui.ui.widgets.diff_text import Span

if TYPE_CHECKING:
    from pygments.lexer import Lexer

    from codex_tui.protocol.changes import FileChange, Hunk, HunkLine

WHOLE_FILE_CHARACTERS = 60_000
"""Up to this size the whole file is lexed, so that a hunk inside a docstring is seen as such."""
MAX_HUNK_CHARACTERS = 400_000
MAX_LINE_CHARACTERS = 1_000
"""Lexers are regular expressions over untrusted text: longer lines are lexed up to here."""

_KINDS: Mapping[object, str] = {
    Token.Comment: "comment",
    Token.Keyword: "keyword",
    Token.Operator.Word: "keyword",
    Token.Literal.String: "string",
    Token.Literal.Number: "number",
    Token.Name.Function: "name",
    Token.Name.Class: "name",
    Token.Name.Tag: "name",
    Token.Name.Decorator: "builtin",
    Token.Name.Builtin: "builtin",
    Token.Name.Attribute: "builtin",
    Token.Generic.Heading: "name",
    Token.Generic.Subheading: "name",
}
SYNTAX_KINDS = tuple(sorted(set(_KINDS.values())))


class SyntaxSpan(NamedTuple):
    """Characters `start` to `end` of a line are of one of `SYNTAX_KINDS`."""

    start: int
    end: int
    kind: str


SyntaxByLine = Mapping[int, tuple[SyntaxSpan, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HunkDetail:
    """Spans inside a hunk's lines, by index of the line in the hunk; a line may have none."""

    syntax: SyntaxByLine
    words: Mapping[int, tuple[Span, ...]]


def hunk_detail(change: FileChange, hunk: Hunk) -> HunkDetail:
    """Work out syntax and changed words of one hunk. Slow: for a thread."""
    before = _side(change, change.before or "", hunk, removed=True)
    after = _side(change, change.after or "", hunk, removed=False)
    syntax: dict[int, tuple[SyntaxSpan, ...]] = {}
    for index, line in enumerate(hunk.lines):
        if line.after_number is not None:
            syntax[index] = after.get(line.after_number, ())
        elif line.before_number is not None:
            syntax[index] = before.get(line.before_number, ())
    return HunkDetail(syntax=syntax, words=_changed_words(hunk))


def _side(change: FileChange, text: str, hunk: Hunk, *, removed: bool) -> SyntaxByLine:
    """Lex one side of a hunk: the file it stands in, or where that is long the hunk alone."""
    if len(text) <= WHOLE_FILE_CHARACTERS:
        return _lexed(change.path, text, 1)
    lines = [line for line in hunk.lines if line.tag != ("added" if removed else "removed")]
    numbers = [_number(line, removed=removed) for line in lines]
    text = "".join(line.text for line in lines)
    if not numbers or len(text) > MAX_HUNK_CHARACTERS:
        return {}
    return _lexed(change.path, text, min(numbers))


def _number(line: HunkLine, *, removed: bool) -> int:
    return (line.before_number if removed else line.after_number) or 1


@lru_cache(maxsize=16)
def _lexed(path: str, text: str, first_number: int) -> SyntaxByLine:
    """Return the spans of each line of `text`, whose first line has the number `first_number`."""
    lexer = _lexer_for(PurePosixPath(path).name)
    if lexer is None:
        return {}
    lines = [line.rstrip("\r")[:MAX_LINE_CHARACTERS] for line in text.split("\n")]
    found: dict[int, list[SyntaxSpan]] = {}
    for number, span in _spans_by_line(lexer, lines):
        found.setdefault(first_number + number, []).append(span)
    return {number: tuple(spans) for number, spans in found.items()}


def _spans_by_line(lexer: Lexer, lines: list[str]) -> Iterator[tuple[int, SyntaxSpan]]:
    """Yield line index and span of everything that has a kind, cut at line ends."""
    number, column = 0, 0
    for _, token, value in lexer.get_tokens_unprocessed("\n".join(lines)):
        kind = _kind(token)
        for offset, piece in enumerate(value.split("\n")):
            if offset:
                number, column = number + 1, 0
            if kind and piece:
                yield number, SyntaxSpan(column, column + len(piece), kind)
            column += len(piece)


def _kind(token: object) -> str | None:
    """Return the kind of the nearest ancestor that has one."""
    while token is not None:
        if kind := _KINDS.get(token):
            return kind
        token = getattr(token, "parent", None)
    return None


@lru_cache(maxsize=64)
def _lexer_for(name: str) -> Lexer | None:
    try:
        return get_lexer_for_filename(name)
    except ClassNotFound:
        return None


def _changed_words(hunk: Hunk) -> dict[int, tuple[Span, ...]]:
    """Return the changed words of lines that replace one another and have something in common."""
    places = {id(line): index for index, line in enumerate(hunk.lines)}
    words: dict[int, tuple[Span, ...]] = {}
    for removed, added in paired_lines(hunk):
        if removed is None or added is None:
            continue
        before, after = changed_spans(removed.text, added.text)
        if _all_of(removed, before) and _all_of(added, after):
            continue
        words[places[id(removed)]] = before
        words[places[id(added)]] = after
    return words


def _all_of(line: HunkLine, spans: tuple[Span, ...]) -> bool:
    """Say whether the spans cover everything that can be seen of the line."""
    return len(line.text.strip()) == sum(end - start for start, end in spans)
