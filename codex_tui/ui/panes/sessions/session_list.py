"""The rows of the sessions pane, drawn line by line: a thousand sessions are one widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from typing_extensions import override

from codex_tui.protocol.display import one_line
from codex_tui.ui.panes.sessions.entries import Row, SessionRow, age
from codex_tui.ui.widgets.choice_list import ChoiceList

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from textual.style import Style

_MARK_WIDTH = 2
_AGE_WIDTH = 12
_TURNS_WIDTH = 9
_MIN_TITLE_CELLS = 24
"""Facts leave where they would leave less room than this for a title."""
_MAX_PLACE_SHARE = 3
"""Another folder's name takes at most one part in so many of the room for the title."""
_MAX_CHARS = 400
_GAP = "  "


class SessionList(ChoiceList[Row]):
    """Sessions below the names of folders; the line above it has the focus."""

    DEFAULT_CSS = """
    SessionList {
        scrollbar-background: $background; scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
    }
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self._state_width = 0

    @property
    def session(self) -> SessionRow | None:
        """The highlighted session; None when there is none."""
        row = self.highlighted
        return row if isinstance(row, SessionRow) else None

    @override
    def show_rows(self, rows: Sequence[Row], highlighted: int | None) -> None:
        states = [len(row.state) for row in rows if isinstance(row, SessionRow)]
        self._state_width = max(states, default=0)
        super().show_rows(rows, highlighted)

    @override
    def is_heading(self, row: Row) -> bool:
        return isinstance(row, str)

    @override
    def paint(self, row: Row, width: int, *, chosen: bool) -> Content:
        if isinstance(row, str):
            return Content.styled(row, self.role("heading"))
        mark = "● " if row.current else "› " if chosen else "  "
        when = Content.styled(
            f"{age(row.summary.changed, self._now()):<{_AGE_WIDTH}}", self.role("muted")
        )
        facts = self._paint_facts(row, width - _MARK_WIDTH - _AGE_WIDTH - _MIN_TITLE_CELLS)
        room = max(0, width - _MARK_WIDTH - _AGE_WIDTH - facts.cell_length - len(_GAP))
        title = self._paint_title(row, room).truncate(room, ellipsis=True, pad=True)
        return Content.assemble((mark, self.role("accent")), when, title, _GAP, facts)

    def _paint_title(self, row: SessionRow, room: int) -> Content:
        style = "" if row.summary.title else self.role("faint")
        title = Content.styled(one_line(row.name, _MAX_CHARS), style)
        if row.here or not row.place:
            return title
        place = Content(one_line(row.place, _MAX_CHARS))
        limit = room // _MAX_PLACE_SHARE
        if place.cell_length > limit:  # the folder's own name stands at its end
            kept = place.plain
            while kept and Content(kept).cell_length > limit - 1:
                kept = kept[1:]
            place = Content(f"…{kept}")
        left = max(0, room - place.cell_length - len(_GAP))
        return Content.assemble(
            title.truncate(left, ellipsis=True), _GAP, place.stylize(self.role("faint"))
        )

    def _paint_facts(self, row: SessionRow, room: int) -> Content:
        """Paint turns and state, as far as there is room: the state is the last to go, and takes
        none where no session has one.
        """
        width = self._state_width
        state = Content.styled(row.state, self._state_style(row))
        state = state.truncate(width, pad=True)
        if room >= _TURNS_WIDTH + 2 + width:
            turns = Content.styled(f"{row.turns:>{_TURNS_WIDTH}}", self.role("muted"))
            return Content.assemble(turns, _GAP if width else "", state)
        return state if room >= width else Content("")

    def _state_style(self, row: SessionRow) -> Style:
        if row.current:
            return self.role("accent")
        if row.summary.problem:
            return self.role("error")
        return self.role("muted" if row.summary.busy else "warning")
