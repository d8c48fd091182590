"""A list of rows with one of them highlighted, drawn line by line: thousands are one widget.

It has no keys; whoever has the focus moves the highlight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.content import Content


class ChoiceList(ScrollView, can_focus=False, inherit_bindings=False):
    """Rows painted by whoever owns them, when they come into view."""

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
        & > .choice-list--highlighted { background: $primary 22%; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice-list--highlighted"}

    @dataclass
    class Clicked(Message):
        """The user clicked on the row that is highlighted since."""

    def __init__(self, paint: Callable[[int, int], Content]) -> None:
        """`paint` returns the words of a row, given its index and the number of cells."""
        super().__init__()
        self._paint = paint
        self._count = 0
        self.highlighted: int | None = None

    def show(self, count: int) -> None:
        """Show `count` rows from the first, which is highlighted."""
        self._count = count
        self.virtual_size = Size(0, count)
        self._highlight(0 if count else None)

    def move(self, offset: int) -> None:
        """Move the highlight by `offset` rows, as far as there are any."""
        if self.highlighted is not None:
            self._highlight(max(0, min(self.highlighted + offset, self._count - 1)))

    def move_page(self, direction: int) -> None:
        """Move the highlight by one screenful."""
        self.move(direction * max(1, self.size.height - 1))

    def _highlight(self, index: int | None) -> None:
        self.highlighted = index
        region = Region(0, index or 0, 1, 1)
        self.scroll_to_region(region, animate=False, force=True)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Highlight the row under the pointer and report the click."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y + self.scroll_offset.y < self._count:
            self._highlight(offset.y + self.scroll_offset.y)
            self.post_message(self.Clicked())

    def render_line(self, y: int) -> Strip:
        """Return the strip of one row."""
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y
        if index >= self._count:
            return Strip.blank(width, self.rich_style)
        content = self._paint(index, width).truncate(width, pad=True)
        if index == self.highlighted:
            style = self.get_visual_style("choice-list--highlighted", partial=True)
            content = content.stylize_before(style)
        return Strip(content.render_segments(self.visual_style), width)
