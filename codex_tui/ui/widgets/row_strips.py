"""From a laid-out row to the strip of cells that is put on the screen, with what is selected of it.

Blocks clean what they show where it comes in; this is the border, and borders do not trust.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip

from codex_tui.protocol.display import display_safe
from codex_tui.ui.widgets.wrapping import slice_runs

if TYPE_CHECKING:
    from rich.style import Style

    from codex_tui.ui.widgets.palette import Palette
    from codex_tui.ui.widgets.rows import Row, Run


def draw_row(
    row: Row,
    colours: Palette,
    width: int,
    *,
    span: tuple[int, int] | None = None,
    selection: Style | None = None,
) -> Strip:
    """Return a row as `width` cells; the characters of `span` (an end below 0 is the row's) look
    like `selection`, but for the margin.
    """
    marked = range(0)
    if span is not None:
        length = len(row.text)
        start, end = max(span[0], row.margin), length if span[1] < 0 else span[1]
        marked = range(min(start, length), max(min(end, length), min(start, length)))
    segments: list[Segment] = []
    if marked:
        cuts = [(0, marked.start), (marked.start, marked.stop), (marked.stop, len(row.text))]
        for number, part in enumerate(slice_runs(row.runs, cuts)):
            over = selection if number == 1 else None
            segments += [_segment(run, colours.style(run.role) + over) for run in part]
    else:
        segments = [_segment(run, colours.style(run.role)) for run in row.runs if run.text]
    return Strip(segments).adjust_cell_length(width, colours.style(row.fill))


def _segment(run: Run, style: Style) -> Segment:
    return Segment(display_safe(run.text), style)
