"""The rows of the sessions pane, drawn line by line: a thousand sessions are one widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from codex_tui.protocol.display import one_line
from codex_tui.ui.panes.sessions.entries import Row, SessionRow, age

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from textual import events
    from textual.style import Style

_MARK_WIDTH = 2
_AGE_WIDTH = 12
_TURNS_WIDTH = 9
_MIN_TITLE_CELLS = 24
"""Facts leave where they would leave less room than this for a title."""
_MAX_PLACE_SHARE = 3
"""Another folder's name takes at most one part in so many of the room for the title."""
_MAX_CHARS = 400


class SessionList(ScrollView, can_focus=False, inherit_bindings=False):
    """A list with one highlighted row. It has no keys: the line above it has the focus."""

    DEFAULT_CSS = """
    SessionList {
        height: 1fr;
        color: $foreground;
        background: transparent;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-color: $rule;
        scrollbar-color-hover: $muted;
        scrollbar-color-active: $muted;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        & > .session-list--heading { color: $muted; text-style: bold; }
        & > .session-list--fact { color: $muted; }
        & > .session-list--faint { color: $faint; }
        & > .session-list--accent { color: $accent; }
        & > .session-list--warning { color: $warning; }
        & > .session-list--error { color: $error; }
        & > .session-list--highlighted { background: $primary 22%; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "session-list--heading",
        "session-list--fact",
        "session-list--faint",
        "session-list--accent",
        "session-list--warning",
        "session-list--error",
        "session-list--highlighted",
    }

    @dataclass
    class RowClicked(Message):
        """The user clicked on the row that is highlighted then."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self._rows: tuple[Row, ...] = ()
        self._highlighted: int | None = None
        self._state_width = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows shown."""
        return self._rows

    @property
    def highlighted(self) -> SessionRow | None:
        """The highlighted row; None when there is nothing to highlight."""
        row = None if self._highlighted is None else self._rows[self._highlighted]
        return row if isinstance(row, SessionRow) else None

    def show_rows(self, rows: tuple[Row, ...], highlighted: int | None) -> None:
        """Show `rows`, with the one at `highlighted` (not a heading) highlighted."""
        self._rows = rows
        states = [len(row.state) for row in rows if isinstance(row, SessionRow)]
        self._state_width = max(states, default=0)
        self.virtual_size = Size(0, len(rows))
        self._highlight(highlighted)

    def move(self, offset: int) -> None:
        """Move the highlight by `offset` sessions, as far as there are any."""
        places = [place for place, row in enumerate(self._rows) if isinstance(row, SessionRow)]
        if self._highlighted in places:
            target = places.index(self._highlighted) + offset
            self._highlight(places[max(0, min(target, len(places) - 1))])

    def move_page(self, direction: int) -> None:
        """Move the highlight by one screenful."""
        self.move(direction * max(1, self.size.height - 1))

    def _highlight(self, place: int | None) -> None:
        self._highlighted = place
        if place is None:
            self.scroll_home(animate=False)
        else:
            # A heading right above belongs to the row and comes into view with it.
            above = place > 0 and isinstance(self._rows[place - 1], str)
            region = Region(0, place - above, 1, 1 + above)
            self.scroll_to_region(region, animate=False, force=True)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Highlight the row under the pointer and report the click."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        place = offset.y + self.scroll_offset.y
        if place < len(self._rows) and isinstance(self._rows[place], SessionRow):
            self._highlight(place)
            self.post_message(self.RowClicked())

    def render_line(self, y: int) -> Strip:
        """Return the strip of one row."""
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row, chosen = self._rows[place], place == self._highlighted
        if isinstance(row, str):
            content = Content.styled(row, self._style("heading"))
        else:
            content = self._paint(row, width - 1, chosen=chosen)
        content = content.truncate(width, pad=True)
        if chosen:
            content = content.stylize_before(self._style("highlighted"))
        return Strip(content.render_segments(self.visual_style), width)

    def _paint(self, row: SessionRow, width: int, *, chosen: bool) -> Content:
        mark = "● " if row.current else "› " if chosen else "  "
        when = Content.styled(f"{age(row.summary.changed, self._now()):<{_AGE_WIDTH}}", self._fact)
        facts = self._paint_facts(row, width - _MARK_WIDTH - _AGE_WIDTH - _MIN_TITLE_CELLS)
        room = max(0, width - _MARK_WIDTH - _AGE_WIDTH - facts.cell_length - 1)
        title = self._paint_title(row, room).truncate(room, ellipsis=True, pad=True)
        return Content.assemble((mark, self._style("accent")), when, title, " ", facts)

    @property
    def _fact(self) -> Style:
        return self._style("fact")

    def _paint_title(self, row: SessionRow, room: int) -> Content:
        style = "" if row.summary.title else self._style("faint")
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
        left = max(0, room - place.cell_length - 2)
        return Content.assemble(
            title.truncate(left, ellipsis=True), "  ", place.stylize(self._style("faint"))
        )

    def _paint_facts(self, row: SessionRow, room: int) -> Content:
        """Paint turns and state, as far as there is room: the state is the last to go, and takes
        none where no session has one.
        """
        width = self._state_width
        state = Content.styled(row.state, self._state_style(row))
        state = state.truncate(width, pad=True)
        if room >= _TURNS_WIDTH + 2 + width:
            turns = Content.styled(f"{row.turns:>{_TURNS_WIDTH}}", self._fact)
            return Content.assemble(turns, "  " if width else "", state)
        return state if room >= width else Content("")

    def _state_style(self, row: SessionRow) -> Style:
        if row.current:
            return self._style("accent")
        if row.summary.problem:
            return self._style("error")
        return self._style("fact" if row.summary.busy else "warning")

    def _style(self, name: str) -> Style:
        return self.get_visual_style(f"session-list--{name}", partial=True)
