"""Lines of code as rows: highlighted, cut at the width, copied with their tabs."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]  # its options are untyped
from pygments.token import Token
from pygments.util import ClassNotFound

from codex_tui.protocol.display import display_safe
from codex_tui.ui.widgets.rows import Row, Run
from codex_tui.ui.widgets.wrapping import chop, expand_tabs, slice_runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pygments.lexer import Lexer

    from codex_tui.ui.widgets.rows import Frame

MAX_HIGHLIGHTED_CHARS = 20_000
"""Longer pieces (minified files) stay plain: a lexer needs about 0.1 ms a kilobyte."""

_ROLES = {
    Token.Comment: "code-comment",
    Token.Keyword: "code-keyword",
    Token.Operator.Word: "code-keyword",
    Token.Literal.String: "code-string",
    Token.Literal.Number: "code-number",
    Token.Keyword.Constant: "code-number",
    Token.Name.Function: "code-name",
    Token.Name.Class: "code-name",
    Token.Name.Decorator: "code-name",
    Token.Name.Tag: "code-keyword",
    Token.Name.Attribute: "code-name",
    Token.Generic.Inserted: "success",
    Token.Generic.Deleted: "error",
    Token.Generic.Heading: "strong",
    Token.Generic.Subheading: "code-keyword",
    Token.Generic.Prompt: "code-comment",
}


def code_rows(
    lines: Sequence[str], frame: Frame, *, language: str = "", role: str = "code", margin: int = 2
) -> list[Row]:
    """Lay out lines of code; a line wider than the frame goes on in rows marked as continued.

    `margin` is the number of cells left empty at the left, outside the code's background.
    """
    safe = [display_safe(line) for line in lines]
    expanded = [expand_tabs(line) for line in safe]
    painted = highlight("\n".join(text for text, _ in expanded), language) if lines else ()
    rows: list[Row] = []
    for line, (text, origins), runs in zip(safe, expanded, painted, strict=True):
        inner = [Run(run.text, f"{role} {run.role}" if run.role else role) for run in runs]
        rows.extend(_line_rows(line, text, origins, inner, frame, role=role, margin=margin))
    return rows


@lru_cache(maxsize=256)
def highlight(code: str, language: str) -> tuple[tuple[Run, ...], ...]:
    """Return the lines of `code` as runs of syntax roles; plain where the language is unknown."""
    lines = code.split("\n")
    lexer = _lexer(language) if language and len(code) <= MAX_HIGHLIGHTED_CHARS else None
    ended = f"{code}\n"  # lexers of sessions ("console") take no line without its end
    tokens = [
        Run(text, _role(kind))
        for _, kind, text in (lexer.get_tokens_unprocessed(ended) if lexer else ())
    ]
    if "".join(token.text for token in tokens) != ended:  # none, or one that leaves words out
        return tuple((Run(line),) if line else () for line in lines)
    bounds: list[tuple[int, int]] = []
    start = 0
    for line in lines:
        bounds.append((start, start + len(line)))
        start += len(line) + 1
    return tuple(_fused(runs) for runs in slice_runs(tokens, bounds))


def _line_rows(
    line: str,
    text: str,
    origins: list[int] | None,
    runs: Sequence[Run],
    frame: Frame,
    *,
    role: str,
    margin: int,
) -> Iterator[Row]:
    """Cut one line; the background begins one cell left of the code and ends at the edge."""
    width = max(frame.width - margin - 2, 2)
    left = Run(" " * margin)
    ranges = chop(text, width)
    if len(ranges) > 1:
        first_end = ranges[0][1]
        ranges = [ranges[0], *chop(text, max(width - 2, 2), first_end)]
    for index, ((start, end), piece) in enumerate(
        zip(ranges, slice_runs(runs, ranges), strict=True)
    ):
        lead = Run(f" {frame.symbols.continued} ", f"{role} faint") if index else Run(" ", role)
        yield Row(
            (left, lead, *piece),
            margin=margin + len(lead.text),
            joint="" if index else "\n",
            source=None if origins is None else line[origins[start] : origins[end]],
            fill=role,
        )


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


@lru_cache(maxsize=512)
def _role(kind: object) -> str:
    while kind is not Token and isinstance(kind, type(Token)):
        if role := _ROLES.get(kind):
            return role
        kind = kind.parent
    return ""


def _fused(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """Give the rest of a grapheme that a lexer cut in two to the run in which it began."""
    if not any("\u200d" in run.text or "\ufe0f" in run.text for run in runs):
        return runs
    fused: list[Run] = []
    for run in runs:
        text = run.text
        if fused and (text[0] in "\u200d\ufe0f" or fused[-1].text.endswith("\u200d")):
            taken = 2 if text[0] == "\u200d" else 1
            fused[-1] = Run(fused[-1].text + text[:taken], fused[-1].role)
            text = text[taken:]
        if text:
            fused.append(Run(text, run.role))
    return tuple(fused)
