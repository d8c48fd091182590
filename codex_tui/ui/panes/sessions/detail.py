"""What stands below the list of sessions: what the highlighted one is, and what the keys do.

Functions from values to words; when they are shown is the pane's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from codex_tui.protocol.display import display_safe, one_line
from codex_tui.ui.panes.sessions.entries import JOINT, describe, fit_words
from codex_tui.ui.widgets.cell_fit import fit_end

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.geometry import Size

    from codex_tui.ui.panes.sessions.entries import SessionRow
    from codex_tui.ui.panes.sessions.line import Mode

LOW_ROWS = 12
"""Below that the rows are for the list."""
HIGH_ROWS, WIDE_COLUMNS = 24, 90
"""From here on there is room for more of the last words."""
_TITLE_KEYS = ("Enter keeps the title", "Esc leaves it as it was", "an empty one takes it back")
_QUESTION_KEYS = ("y deletes it for good", "any other key keeps it")
_QUESTION_CELLS = 26
"""So many are for the question and the name in it, before more than the first key is named."""


def detail_lines(row: SessionRow | None, preview: str, problem: str, pane: Size) -> list[Content]:
    """Describe the highlighted session and what went wrong in a pane of that size: a row for each,
    where it is high and wide three for the last one, none where it is low.
    """
    if pane.height < LOW_ROWS:
        return []
    lines: list[Content] = []
    if row is not None:
        facts, trouble, words = describe(row, preview)
        lines.append(Content.styled(facts, "$muted"))
        lines += [Content.styled(trouble, "$warning")] if trouble else []
        lines += [Content.styled(words, "$muted italic")] if words else []
    if problem:
        lines.append(Content.styled(display_safe(problem), "$warning"))
    width = _width(pane)
    rows = [1] * len(lines)
    if pane.height >= HIGH_ROWS and width >= WIDE_COLUMNS and rows:
        rows[-1] = 3
    return [
        line.truncate(width * count - (count > 1) * 2, ellipsis=True)
        for line, count in zip(lines, rows, strict=True)
    ]


def key_line(mode: Mode, row: SessionRow | None, offers: Iterable[str], pane: Size) -> Content:
    """Name the keys that mean something; `offers` are those of the list."""
    width = _width(pane)
    match mode:
        case "title":
            return Content.styled(fit_words(_TITLE_KEYS, width), "$accent")
        case "question":
            keys = fit_words(_QUESTION_KEYS, width - _QUESTION_CELLS) or _QUESTION_KEYS[0]
            name = one_line(row.name, 40) if row is not None else ""
            name = fit_end(name, width - len(f"Delete “”? {keys}"))
            return Content.styled(f"Delete “{name}”? {keys}", "$warning")
        case "filter":
            return Content("  ").join(map(_named_key, fit_words(offers, width).split(JOINT)))


def _named_key(offer: str) -> Content:
    key, _, does = offer.partition(" ")
    return Content.assemble((key, "$muted"), (f" {does}", "$faint"))


def _width(pane: Size) -> int:
    return max(20, pane.width - 2)
