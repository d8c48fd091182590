"""A scrolling column of thousands of blocks in one widget.

Only blocks that can be seen are laid out; the height of the others is an estimate until they come
into view, and then the scroll position moves with it, so that nothing jumps under the reader. The
view follows the end while the reader is there and stays put otherwise. Nothing here knows what a
block means.

Calls change the blocks at once; where things stand is worked out once for all calls made in a row,
before the next frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Offset, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from typing_extensions import override

from codex_tui.ui.widgets import palette
from codex_tui.ui.widgets.palette import Palette
from codex_tui.ui.widgets.row_strips import draw_row
from codex_tui.ui.widgets.selecting import selected_text
from codex_tui.ui.widgets.stack import Anchor, BlockStack, Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from textual import events

    from codex_tui.ui.widgets.rows import Block, Row


MIN_WIDTH = 8
"""Blocks are never laid out for less; a narrower view shows their left side."""


class Transcript(ScrollView, can_focus=True):
    """Blocks one below the other; see the module's text."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(palette.COMPONENT_CLASSES)
    DEFAULT_CSS = (
        """
    Transcript {
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        scrollbar-color: $rule;
        scrollbar-color-hover: $muted;
        scrollbar-color-active: $muted;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
    }
    """
        + palette.DEFAULT_CSS
    )
    FOCUS_ON_CLICK: ClassVar[bool] = False
    """A click unfolds or selects; the focus stays where the user types."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("home", "scroll_home", "Beginning", show=False),
        Binding("end", "scroll_end", "Follow the end", show=False),
    ]

    class LaggedBehind(Message):
        """New rows wait below the view (`behind`), or the reader is at the end again."""

        def __init__(self, behind: bool) -> None:
            super().__init__()
            self.behind = behind

    def __init__(
        self,
        *,
        following: bool = True,
        id: str | None = None,  # noqa: A002
    ) -> None:
        """`following` False: the view begins at the first of the blocks that are there by then."""
        super().__init__(id=id)
        self._stack = BlockStack(width=MIN_WIDTH)
        self._palette: Palette | None = None
        self._following = following
        self._news = False
        self._behind = False
        self._anchor: Anchor | None = None
        self._place_due = False
        self._placing = False

    # Blocks

    def __len__(self) -> int:
        return len(self._stack)

    def __bool__(self) -> bool:
        # The framework asks whether there is a widget, not whether it holds something.
        return True

    @property
    def keys(self) -> Iterator[int]:
        """The keys of all blocks, from the top."""
        return self._stack.keys

    @property
    def last_key(self) -> int | None:
        """The key of the last block."""
        return self._stack.last_key

    def block(self, key: int) -> Block:
        """Return the block of `key`; raises `KeyError`."""
        return self._stack.block(key)

    def append(self, block: Block, *, expanded: bool = False) -> int:
        """Put `block` at the end and return the key by which to change it later."""
        self._hold()
        self._news = True
        return self._stack.insert(block, expanded=expanded)

    def insert_after(self, key: int, block: Block) -> int:
        """Put `block` below the one of `key` and return its own key; raises `KeyError`."""
        self._hold()
        self._news = True
        return self._stack.insert(block, after=key)

    def insert_all(self, blocks: Sequence[tuple[int, Block]]) -> list[int]:
        """Put each block below the one of its key, all at once; return their own keys. One whose
        place is gone is left out.
        """
        self._hold()
        return self._stack.insert_all(blocks)

    def replace(self, key: int, block: Block) -> None:
        """Let `block` stand where the one of `key` stood; raises `KeyError`."""
        self._hold()
        if self._stack.replace(key, block):
            self._news = True

    def drop(self, keys: Iterable[int]) -> None:
        """Take blocks away; unknown keys are ignored."""
        self._hold()
        self._stack.drop(keys)

    def clear(self) -> None:
        """Take all blocks away and follow the end again."""
        self.follow_end()
        self._stack.clear()

    def unfold(self, keys: Iterable[int], *, unfolded: bool) -> None:
        """Let blocks show all they have, or not; raises `KeyError`."""
        self._hold()
        self._stack.unfold(keys, unfolded=unfolded)

    # Moving

    def follow_end(self) -> None:
        """Go to the end and stay there."""
        self._hold()
        self._following = True

    def page(self, pages: int) -> None:
        """Move by whole views, down or (negative) up, keeping two rows of the old one in sight."""
        rows = pages * max(self._view_rows - 2, 1)
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)

    @override
    def action_page_up(self) -> None:
        self.page(-1)

    @override
    def action_page_down(self) -> None:
        self.page(1)

    @override
    def action_scroll_home(self) -> None:
        self.scroll_to(y=0, animate=False)

    @override
    def action_scroll_end(self) -> None:
        self.follow_end()

    # Where things stand

    def place(self) -> None:
        """Lay out what is in view, then set the size and the scroll position that follow.

        It happens by itself before the next frame; a caller may want to know what it costs.
        """
        if not self._place_due or not self.is_attached or not self._view_rows:
            return
        self._place_due = False
        self._placing = True
        try:
            top = self._settle()
            size = Size(self._stack.width, self._stack.height)
            if size != self.virtual_size:
                self.virtual_size = size
            top = self.max_scroll_y if self._following else top
            # Between two rows the position is the reader's business: a drag moves in fractions.
            if top != self.scroll_offset.y:
                self.scroll_target_y = self.scroll_y = top
            self._following = top >= self.max_scroll_y
        finally:
            self._placing = False
        self._tell_behind()
        self.refresh()

    @override
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self._placing:
            self._following = round(new_value) >= self.max_scroll_y
            # Where the reader went counts more than what was to stay put.
            self._anchor = self._find_anchor()
            self._place_due = True
            self.place()

    def on_resize(self) -> None:
        """Lay everything out anew when the width changed, and keep the place in any case."""
        width = max(self.scrollable_content_region.width, MIN_WIDTH)
        self._hold()
        if width != self._stack.width:
            self._stack.resize(width)
        self.place()

    @property
    def _view_rows(self) -> int:
        return self.scrollable_content_region.height

    def _hold(self) -> None:
        """Before a change: remember what the reader sees, and see to it that it is placed again."""
        if not self._place_due:
            self._anchor = self._find_anchor()
            self._place_due = True
            if self.is_running:
                self.call_next(self.place)

    def _find_anchor(self) -> Anchor | None:
        if self._following:
            return None
        return self._stack.anchor(self.scroll_offset.y, self._view_rows)

    def _settle(self) -> int:
        """Lay out what will be in view and return the row at its top, if it does not follow."""
        anchor, self._anchor = self._anchor, None
        if anchor is None or anchor.key not in self._stack:
            anchor = self._find_anchor()
        if anchor is None:
            self._stack.settle_end(self._view_rows)
            return 0
        return self._stack.settle_around(anchor, self._view_rows)

    def _tell_behind(self) -> None:
        behind = not self._following and (self._behind or self._news)
        self._news = False
        if behind != self._behind:
            self._behind = behind
            self.post_message(self.LaggedBehind(behind))

    # Drawing

    @override
    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._palette = None
        self._stack.forget_strips()

    @override
    def render_line(self, y: int) -> Strip:
        if self._palette is None:
            self._palette = Palette(
                self.rich_style, lambda name: self.get_component_rich_style(name, partial=True)
            )
        line = self.scroll_offset.y + y
        found = self._row_at(line)
        if found is None:  # a drag may begin and end between two blocks, too
            return Strip.blank(self._stack.width, self._palette.base).apply_offsets(0, line)
        layout, number = found
        span = self.text_selection.get_span(line) if self.text_selection is not None else None
        if span is not None:
            strip = self._draw(layout.rows[number], self._palette, span)
        elif number in layout.strips:
            strip = layout.strips[number]
        else:
            strip = layout.strips[number] = self._draw(layout.rows[number], self._palette)
        return strip.apply_offsets(0, line)

    def _row_at(self, line: int) -> tuple[Layout, int] | None:
        """Find the row of a line of the whole column; None for blank ones."""
        key = self._stack.key_at(line)
        if key is None:
            return None
        layout = self._stack.layout(key)
        number = line - self._stack.top(key)
        return (layout, number) if 0 <= number < len(layout.rows) else None

    def _draw(self, row: Row, colours: Palette, span: tuple[int, int] | None = None) -> Strip:
        selection = None
        if span is not None:
            selection = self.screen.get_component_rich_style("screen--selection")
        return draw_row(row, colours, self._stack.width, span=span, selection=selection)

    # Selecting

    @property
    @override
    def allow_select(self) -> bool:
        return True

    @override
    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    @override
    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the source of what is selected, without margins and bars."""
        start = selection.start.y if selection.start else 0
        keys = self._stack.keys_between(start, selection.end.y if selection.end else None)
        stack = self._stack
        chosen = [(stack.block(key), stack.layout(key).rows, stack.top(key)) for key in keys]
        return selected_text(chosen, selection), "\n"

    def on_click(self, event: events.Click) -> None:
        """Unfold the block whose first row is clicked; a second click selects the block."""
        event.prevent_default()
        offset = event.get_content_offset(self)
        line = -1 if offset is None else self.scroll_offset.y + offset.y
        key = self._stack.key_at(line)
        if key is None:
            return
        top = self._stack.top(key)
        if event.chain == 2:
            rows = self._stack.layout(key).rows
            end = Offset(len(rows[-1].text), top + len(rows) - 1)
            self.screen.selections = {self: Selection(Offset(0, top), end)}
        elif self.text_selection is None and line == top and self._stack.block(key).expandable:
            # The clicked row stays under the pointer, even at the end.
            self._following = False
            self.unfold([key], unfolded=not self._stack.is_expanded(key))
