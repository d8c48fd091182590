"""From a selection on the screen to the text that was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.selection import Selection

    from codex_tui.ui.widgets.rows import Block, Row


def selected_text(chosen: Iterable[tuple[Block, Sequence[Row], int]], selection: Selection) -> str:
    """Return the text under a selection: rows without their margins, wrapped lines whole again.

    `chosen` names the blocks the selection touches, their rows, and the line at which each begins.
    A selection inside of one block gives the words that are seen; over several blocks, those that
    are covered whole give their source.
    """
    found = [
        (block, text, whole, rows[0].joint)
        for block, rows, top in chosen
        for text, whole in [_block_text(rows, top, selection)]
        if text is not None
    ]
    several = len(found) > 1
    parts: list[str] = []
    for block, text, whole, joint in found:
        if parts:
            parts.append(joint if block.joined or block.compact else "\n\n")
        parts.append(block.source if several and whole else text or "")
    return "".join(parts)


def _block_text(rows: Sequence[Row], top: int, selection: Selection) -> tuple[str | None, bool]:
    """Return the selected text of one block (None for nothing) and whether that is all of it."""
    parts: list[str] = []
    whole = True
    for number, row in enumerate(rows):
        span = selection.get_span(top + number)
        if span is None:
            whole = False
            continue
        length = len(row.text)
        start = max(span[0], row.margin)
        end = length if span[1] < 0 else min(span[1], length)
        covers = start <= row.margin and end >= length
        whole = whole and covers
        text = row.source if covers and row.source is not None else row.text[start:end]
        parts += [row.joint if parts else "", text]
    return ("".join(parts) if parts else None), whole
