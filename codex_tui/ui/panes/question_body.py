"""The text of a question that is no edit, to be read to its end before it is answered with yes.

It lays its text out for the room there is and knows whether the last row was in sight; what that
means is the approval pane's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.content import Content

PADDING = 1


class QuestionBody(VerticalScroll, can_focus=False):
    """Text that scrolls; `end_seen` once its last row was in sight."""

    DEFAULT_CSS = """
    QuestionBody {
        height: 1fr; scrollbar-gutter: stable; scrollbar-size-vertical: 1;
        scrollbar-color: $rule; scrollbar-color-hover: $muted; scrollbar-color-active: $muted;
        scrollbar-background: $background; scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
    }
    QuestionBody > Static { height: auto; padding: 1; }
    """

    class Moved(Message):
        """Other rows are in sight than before."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.end_seen = False
        self._text = Static(markup=False)
        self._lay_out: Callable[[int], Content] | None = None
        self._rows = 0
        self._cells = 0  # what `_rows` were counted for

    @override
    def compose(self) -> ComposeResult:
        yield self._text

    def ask(self, lay_out: Callable[[int], Content]) -> None:
        """Show a new text from its beginning; `lay_out` makes it for a number of cells."""
        self._lay_out = lay_out
        self._cells = 0
        self.end_seen = False
        self.scroll_home(animate=False, immediate=True)
        self._fit()
        self.call_after_refresh(self._look)

    @property
    def rows_below(self) -> int:
        """Number of rows that are still out of sight below."""
        bottom = round(self.scroll_y) + self.scrollable_content_region.height
        return max(0, PADDING + self._rows - bottom)

    def on_resize(self) -> None:
        """Lay the text out for the new width."""
        self._fit()
        self.call_after_refresh(self._look)

    @override
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._look()

    def _fit(self) -> None:
        cells = self._room()
        if self._lay_out is None or cells <= 0:
            return
        content = self._lay_out(cells)
        self._rows, self._cells = content.get_height({}, cells), cells
        self._text.update(content)

    def _look(self) -> None:
        """Note whether the end is in sight; nothing is before the text was laid out for this place:
        the rows of another question, or of another width, say nothing.
        """
        if 0 < self._cells == self._room() and self.scrollable_content_region.height > 0:
            self.end_seen = self.end_seen or not self.rows_below
            self.post_message(self.Moved())

    def _room(self) -> int:
        return self.scrollable_content_region.width - 2 * PADDING
