"""Markdown laid out as rows: prose at a readable width, lists, quotes, tables, code.

Raw HTML is shown as written, links name their targets, images are named and never fetched.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from codex_tui.ui.widgets.code import code_rows
from codex_tui.ui.widgets.markdown_inline import inline_runs
from codex_tui.ui.widgets.markdown_table import Cell, Table
from codex_tui.ui.widgets.rows import Frame, Row, Run
from codex_tui.ui.widgets.wrapping import cells, flat, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_PROSE_CELLS = 100
MIN_CONTENT_CELLS = 16
"""Room kept for words however deep lists and quotes nest."""
MAX_NESTING = 100
MARGIN = 2


def markdown_rows(source: str, frame: Frame, *, role: str = "") -> list[Row]:
    """Lay `source` out behind a margin of two cells; at least one row.

    `role` lies under everything: "muted" for thinking.
    """
    writer = _Writer(frame=frame, role=role)
    writer.write(_parser().parse(source))
    return writer.rows or [Row((Run(" " * MARGIN),), margin=MARGIN)]


def load_markdown() -> None:
    """Load the parser before the first words need it; takes tens of milliseconds, in a thread."""
    _parser()


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # What nests deeper than the parser's limit is lost, and the usual limit is 20.
    return MarkdownIt("commonmark", {"html": True, "maxNesting": MAX_NESTING}).enable(
        ["table", "strikethrough"]
    )


@dataclass(slots=True)
class _Container:
    """A list item or a quote: what stands before its first row and before the others."""

    first: Run
    rest: Run
    tight: bool = False
    is_open: bool = False


@dataclass(slots=True)
class _List:
    tight: bool
    number: int | None = None
    items: int = 0


@dataclass(slots=True, kw_only=True)
class _Writer:
    frame: Frame
    role: str
    rows: list[Row] = field(default_factory=list[Row])
    containers: list[_Container] = field(default_factory=list[_Container])
    lists: list[_List] = field(default_factory=list[_List])
    gap: bool = False

    def write(self, tokens: list[Token]) -> None:
        """Walk the flat token stream; nesting lives in `containers` and `lists`."""
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.type == "table_open":
                end = next(i for i in range(index, len(tokens)) if tokens[i].type == "table_close")
                self._table(tokens[index:end])
                index = end
            elif token.type == "inline":
                self._inline(token, tokens[index - 1])
            elif not self._leaf(token):
                self._nest(token, tokens, index)
            index += 1

    def _leaf(self, token: Token) -> bool:
        match token.type:
            case "fence" | "code_block":
                language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
                self._code(token.content, language)
            case "html_block":
                self._separate()
                self._prose([Run(flat(token.content.rstrip("\n")), self._on("muted"))])
            case "hr":
                self._separate()
                width = min(self._room(), MAX_PROSE_CELLS)
                self._emit([(Run(self.frame.symbols.rule * width, "rule"),)])
            case _:
                return False
        self.gap = True
        return True

    def _nest(self, token: Token, tokens: list[Token], index: int) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                tight = _is_tight(tokens, index)
                start = token.attrs.get("start", 1) if token.type[0] == "o" else None
                self._separate()
                self.lists.append(_List(tight, None if start is None else int(start)))
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
                self.gap = True
            case "list_item_open":
                self._open_item()
            case "blockquote_open":
                self._separate()
                bar = Run(f"{self.frame.symbols.bar} ", "rule")
                self._push(_Container(bar, bar))
            case "list_item_close" | "blockquote_close":
                if not self.containers[-1].is_open:
                    self._emit([()])
                self.containers.pop()
                self.gap = True
            case _:
                pass

    def _open_item(self) -> None:
        current = self.lists[-1]
        if current.items:
            self.gap = not current.tight
            self._separate()
        current.items += 1
        sign = self.frame.symbols.bullet
        if current.number is not None:
            sign = f"{current.number + current.items - 1}."
        self._push(
            _Container(Run(f"{sign} ", "muted"), Run(" " * (len(sign) + 1)), tight=current.tight)
        )

    def _push(self, container: _Container) -> None:
        if self._room() - cells(container.first.text) < MIN_CONTENT_CELLS:
            container.first, container.rest = Run(""), Run("")
        self.containers.append(container)
        self.gap = False

    def _inline(self, token: Token, opener: Token) -> None:
        if not opener.hidden:
            self._separate()
        role = self.role
        if opener.type == "heading_open":
            role = self._on("heading" if opener.tag in {"h1", "h2"} else "strong")
        self._prose(inline_runs(token.children or [], role))
        self.gap = True

    def _prose(self, runs: list[Run]) -> None:
        wrapped = wrap(runs, min(self._room(), MAX_PROSE_CELLS))
        self._emit((line.runs for line in wrapped), [line.joint for line in wrapped])

    def _code(self, content: str, language: str) -> None:
        self._separate()
        lines = content.removesuffix("\n").split("\n")
        for row in code_rows(
            lines, replace(self.frame, width=self._room()), language=language, margin=0
        ):
            before, margin = self._before()
            self.rows.append(replace(row, runs=(*before, *row.runs), margin=margin + row.margin))

    def _table(self, tokens: list[Token]) -> None:
        self._separate()
        rows: list[list[Cell]] = []
        right: set[int] = set()
        for before, token in itertools.pairwise(tokens):
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                if "right" in str(before.attrs.get("style", "")):
                    right.add(len(rows[-1]))
                role = self._on("strong") if before.type == "th_open" else self.role
                rows[-1].append(inline_runs(token.children or [], role))
        table = Table(rows=rows, right=frozenset(right))
        self._emit(table.lines(self._room(), self.frame.symbols))
        self.gap = True

    def _separate(self) -> None:
        """Leave a blank row between blocks, but not inside of a tight list."""
        tight = bool(self.containers) and self.containers[-1].tight
        if self.gap and not tight:
            self._emit([()])
        self.gap = False

    def _emit(self, lines: Iterable[tuple[Run, ...]], joints: list[str] | None = None) -> None:
        for index, line in enumerate(lines):
            before, margin = self._before()
            joint = joints[index] if joints else "\n"
            self.rows.append(Row((*before, *line), margin=margin, joint=joint))

    def _before(self) -> tuple[list[Run], int]:
        """Return the runs left of the next row, and how many characters of them are not text.

        The sign of a list item is text: a copied item keeps it.
        """
        runs = [Run(" " * MARGIN)]
        length, margin = MARGIN, None
        for container in self.containers:
            run = container.rest if container.is_open else container.first
            if not container.is_open and run.role == "muted" and margin is None:
                margin = length
            container.is_open = True
            runs.append(run)
            length += len(run.text)
        return [run for run in runs if run.text], length if margin is None else margin

    def _room(self) -> int:
        used = MARGIN + sum(cells(container.rest.text) for container in self.containers)
        return max(self.frame.width - used, MIN_CONTENT_CELLS)

    def _on(self, role: str) -> str:
        return f"{self.role} {role}" if self.role else role


def _is_tight(tokens: list[Token], index: int) -> bool:
    """Say whether the list opened at `index` hides its paragraphs: no blank lines between items."""
    level = tokens[index].level
    for token in tokens[index + 1 :]:
        if token.level == level and token.nesting == -1:
            break
        if token.type == "paragraph_open" and token.level == level + 2:
            return token.hidden
    return True
