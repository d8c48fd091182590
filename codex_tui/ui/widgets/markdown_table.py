"""Markdown tables as aligned columns; as lists of fields where there is no room for columns."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from codex_tui.ui.widgets.rows import Run
from codex_tui.ui.widgets.wrapping import cells, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.ui.symbols import Symbols

GAP = 2
MIN_COLUMN = 8
"""Narrower columns break most words; then fields are listed instead."""

Cell = list[Run]
Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A parsed table; the first row is the header. `right` names the columns aligned right."""

    rows: list[list[Cell]]
    right: frozenset[int]

    def lines(self, width: int, symbols: Symbols) -> list[Line]:
        """Lay the table out in at most `width` cells (16 and more)."""
        natural = [
            max(_cell_width(cell) for cell in column)
            for column in zip_longest(*self.rows, fillvalue=list[Run]())
        ]
        columns = _fit(natural, width - GAP * (len(natural) - 1))
        if columns is None:
            return self._listed(width)
        lines = self._row_lines(self.rows[0], columns)
        rule = [Run(symbols.rule * (sum(columns) + GAP * (len(columns) - 1)), "rule")]
        lines.append(tuple(rule))
        for row in self.rows[1:]:
            lines.extend(self._row_lines(row, columns))
        return lines

    def _row_lines(self, row: list[Cell], columns: list[int]) -> list[Line]:
        wrapped = [
            [piece.runs for piece in wrap(cell, size)]
            for cell, size in zip(row, columns, strict=False)
        ]
        lines: list[Line] = []
        for pieces in zip_longest(*wrapped, fillvalue=()):
            line: list[Run] = []
            for index, (piece, size) in enumerate(zip(pieces, columns, strict=False)):
                blank = max(size - _cell_width(piece), 0)
                before = blank if index in self.right else 0
                last = index == len(columns) - 1
                after = 0 if last else blank - before + GAP
                line += [Run(" " * before), *piece, Run(" " * after)]
            lines.append(tuple(run for run in line if run.text))
        return lines

    def _listed(self, width: int) -> list[Line]:
        header, *rows = self.rows
        lines: list[Line] = []
        for row in rows:
            if lines:
                lines.append(())
            for name, cell in zip(header, row, strict=False):
                field = [*name, Run(": ", "strong"), *cell]
                lines.extend(piece.runs for piece in wrap(field, width))
        return lines


def _cell_width(cell: Sequence[Run]) -> int:
    return sum(cells(run.text) for run in cell)


def _fit(natural: list[int], room: int) -> list[int] | None:
    """Take from the widest columns until all fit in `room`; None when they would get too narrow."""
    columns = list(natural)
    while sum(columns) > room:
        widest = max(columns)
        if widest <= MIN_COLUMN:
            return None
        second = max((size for size in columns if size < widest), default=MIN_COLUMN)
        share = columns.count(widest)
        excess = -(-(sum(columns) - room) // share)
        floor = max(widest - excess, second, MIN_COLUMN)
        columns = [floor if size == widest else size for size in columns]
    return columns
