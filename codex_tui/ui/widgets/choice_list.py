"""A list of rows with one of them highlighted, drawn line by line: thousands are one widget.

It has no keys; whoever has the focus moves the highlight. What a row looks like is its subclass's.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.content import Content
    from textual.style import Style

RowT = TypeVar("RowT")


class ChoiceList(ScrollView, Generic[RowT], can_focus=False, inherit_bindings=False):
    """Rows painted when they come into view; headings among them cannot be highlighted."""

    DEFAULT_CSS = """
    ChoiceList {
        height: 1fr;
        color: $foreground;
        background: transparent;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-color: $rule; scrollbar-color-hover: $muted; scrollbar-color-active: $muted;
        scrollbar-background: $surface; scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
        & > .choice-list--heading { color: $muted; text-style: bold; }
        & > .choice-list--muted { color: $muted; }
        & > .choice-list--faint { color: $faint; }
        & > .choice-list--accent { color: $accent; }
        & > .choice-list--matched { color: $accent; text-style: bold; }
        & > .choice-list--warning { color: $warning; }
        & > .choice-list--error { color: $error; }
        & > .choice-list--highlighted { background: $primary 22%; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "choice-list--heading",
        "choice-list--muted",
        "choice-list--faint",
        "choice-list--accent",
        "choice-list--matched",
        "choice-list--warning",
        "choice-list--error",
        "choice-list--highlighted",
    }

    @dataclass
    class Clicked(Message):
        """The user clicked on the row that is highlighted since."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[RowT] = ()
        self._place: int | None = None

    @property
    def rows(self) -> Sequence[RowT]:
        """The rows shown."""
        return self._rows

    @property
    def highlighted(self) -> RowT | None:
        """The highlighted row; None when there is nothing to highlight."""
        return None if self._place is None else self._rows[self._place]

    def show_rows(self, rows: Sequence[RowT], highlighted: int | None) -> None:
        """Show `rows`, with the one at `highlighted` (not a heading) highlighted."""
        self._rows = rows
        self.virtual_size = Size(0, len(rows))
        self._highlight(highlighted)

    def move(self, offset: int) -> None:
        """Move the highlight by `offset` rows that are not headings, as far as there are any."""
        places = [place for place, row in enumerate(self._rows) if not self.is_heading(row)]
        if self._place in places:
            target = places.index(self._place) + offset
            self._highlight(places[max(0, min(target, len(places) - 1))])

    def move_page(self, direction: int) -> None:
        """Move the highlight by one screenful."""
        self.move(direction * max(1, self.size.height - 1))

    def on_click(self, event: events.Click) -> None:
        """Highlight the row under the pointer and report the click."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        place = offset.y + self.scroll_offset.y
        if place < len(self._rows) and not self.is_heading(self._rows[place]):
            self._highlight(place)
            self.post_message(self.Clicked())

    def render_line(self, y: int) -> Strip:
        """Return the strip of one row."""
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        chosen = place == self._place
        content = self.paint(self._rows[place], width - 1, chosen=chosen)
        content = content.truncate(width, ellipsis=True, pad=True)
        if chosen:
            content = content.stylize_before(self.role("highlighted"))
        return Strip(content.render_segments(self.visual_style), width)

    # What a subclass says

    @abstractmethod
    def paint(self, row: RowT, width: int, *, chosen: bool) -> Content:
        """Return the words of a row for `width` cells; `chosen` is the highlighted one."""
        raise NotImplementedError

    def is_heading(self, _row: RowT) -> bool:
        """Say whether a row stands above others and cannot be chosen."""
        return False

    def role(self, name: str) -> Style:
        """Return the style of a component class by the end of its name."""
        return self.get_visual_style(f"choice-list--{name}", partial=True)

    # Inside

    def _highlight(self, place: int | None) -> None:
        self._place = place
        if place is None:
            self.scroll_home(animate=False)
        else:
            # A heading right above belongs to the row and comes into view with it.
            above = place > 0 and self.is_heading(self._rows[place - 1])
            region = Region(0, place - above, 1, 1 + above)
            self.scroll_to_region(region, animate=False, force=True)
        self.refresh()
