"""A scrolling column of thousands of blocks in one widget.

Only blocks that can be seen are laid out; the height of the others is an estimate until they come
into view, and then the scroll position moves with it, so that nothing jumps under the reader. The
view follows the end while the reader is there and stays put otherwise. Nothing here knows what a
block means.

Calls change the blocks at once; where things stand is worked out once for all calls made in a row,
before the next frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Offset, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from typing_extensions import override

from codex_tui.protocol.display import display_safe
from codex_tui.ui.symbols import UNICODE, Symbols
from codex_tui.ui.widgets import palette
from codex_tui.ui.widgets.heights import Heights
from codex_tui.ui.widgets.palette import Palette
from codex_tui.ui.widgets.rows import Block, Frame, Row, Run
from codex_tui.ui.widgets.selecting import selected_text
from codex_tui.ui.widgets.wrapping import slice_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.style import Style
    from textual import events


LAYOUTS_KEPT = 256
MIN_WIDTH = 8
"""Blocks are never laid out for less; a narrower view shows their left side."""


@dataclass(slots=True)
class _Entry:
    """A block where it stands. `gap` rows are blank before it; `exact` once it was laid out."""

    key: int
    block: Block
    gap: int
    expanded: bool = False
    exact: bool = False


class _Layout:
    """The rows of a block at the present width, and the strips drawn of them so far."""

    __slots__ = ("rows", "strips")

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.strips: dict[int, Strip] = {}


@dataclass(frozen=True, slots=True)
class _Anchor:
    """What must not move: the entry `key`, of which `into` (0 to 1 of its height, then rows) lies
    above the top of the view.
    """

    key: int
    rows_above: int
    share_above: float


class Transcript(ScrollView, can_focus=True):
    """Blocks one below the other; see the module's text."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(palette.COMPONENT_CLASSES)
    DEFAULT_CSS = """
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
        & > .transcript--muted { color: $muted; }
        & > .transcript--faint { color: $faint; }
        & > .transcript--accent { color: $accent; }
        & > .transcript--success { color: $success; }
        & > .transcript--warning { color: $warning; }
        & > .transcript--error { color: $error; }
        & > .transcript--strong { text-style: bold; }
        & > .transcript--emphasis { text-style: italic; }
        & > .transcript--strike { text-style: strike; }
        & > .transcript--heading { color: $accent; text-style: bold; }
        & > .transcript--link { color: $accent; text-style: underline; }
        & > .transcript--rule { color: $rule; }
        & > .transcript--user-bar { color: $user-bar; }
        & > .transcript--code { background: $surface; }
        & > .transcript--code-inline { background: $panel; }
        & > .transcript--code-comment { color: $faint; text-style: italic; }
        & > .transcript--code-keyword { color: $accent; }
        & > .transcript--code-string { color: $success; }
        & > .transcript--code-number { color: $warning; }
        & > .transcript--code-name { text-style: bold; }
    }
    """
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

    def __init__(self, *, symbols: Symbols = UNICODE, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._symbols = symbols
        self._entries: list[_Entry] = []
        self._index: dict[int, int] = {}
        self._heights = Heights()
        self._layouts: LRUCache[int, _Layout] = LRUCache(LAYOUTS_KEPT)
        self._palette: Palette | None = None
        self._next_key = 0
        self._width = MIN_WIDTH
        self._following = True
        self._behind = False
        self._placing = False
        self._anchor: _Anchor | None = None
        self._place_due = False

    # Blocks

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def keys(self) -> Iterator[int]:
        """The keys of all blocks, from the top."""
        return (entry.key for entry in self._entries)

    def block(self, key: int) -> Block:
        """Return the block of `key`; raises `KeyError` when there is none."""
        return self._entries[self._index[key]].block

    def append(self, block: Block, *, expanded: bool = False) -> int:
        """Put `block` at the end and return the key by which to change it later."""
        return self._insert(len(self._entries), block, expanded=expanded)

    def insert_after(self, key: int, block: Block, *, expanded: bool = False) -> int:
        """Put `block` below the one of `key`; raises `KeyError`."""
        return self._insert(self._index[key] + 1, block, expanded=expanded)

    def replace(self, key: int, block: Block) -> None:
        """Let `block` stand where the one of `key` stood; raises `KeyError`."""
        index = self._index[key]
        entry = self._entries[index]
        if entry.block == block:
            return
        self._hold()
        entry.block = block
        self._invalidate(index)

    def drop(self, keys: Iterable[int]) -> None:
        """Take blocks away; unknown keys are ignored."""
        self._hold()
        for index in sorted((self._index[key] for key in keys if key in self._index), reverse=True):
            entry = self._entries.pop(index)
            self._heights.remove(index)
            self._layouts.discard(entry.key)
        self._index = {entry.key: index for index, entry in enumerate(self._entries)}

    def clear(self) -> None:
        """Take all blocks away and follow the end again."""
        self.drop(list(self._index))
        self.follow_end()

    def is_expanded(self, key: int) -> bool:
        """Say whether the block of `key` shows all it has; raises `KeyError`."""
        return self._entries[self._index[key]].expanded

    def unfold(self, keys: Iterable[int], *, unfolded: bool) -> None:
        """Unfold or fold blocks; raises `KeyError`."""
        self._hold()
        for key in keys:
            index = self._index[key]
            if self._entries[index].expanded != unfolded:
                self._entries[index].expanded = unfolded
                self._invalidate(index)

    # Moving

    @property
    def following(self) -> bool:
        """Whether the view stays at the end while blocks grow."""
        return self._following

    def follow_end(self) -> None:
        """Go to the end and stay there."""
        self._hold()
        self._following = True

    def page(self, pages: int) -> None:
        """Move by whole views, down or (negative) up, keeping two rows of the old one in sight."""
        self._go(self.scroll_offset.y + pages * max(self._view_height - 2, 1))

    @override
    def action_page_up(self) -> None:
        self.page(-1)

    @override
    def action_page_down(self) -> None:
        self.page(1)

    @override
    def action_scroll_home(self) -> None:
        self._go(0)

    @override
    def action_scroll_end(self) -> None:
        self.follow_end()

    def _go(self, y: int) -> None:
        self.scroll_to(y=y, animate=False)

    # Where things stand

    @property
    def _view_height(self) -> int:
        return self.scrollable_content_region.height

    def _frame(self, entry: _Entry) -> Frame:
        return Frame(width=self._width, symbols=self._symbols, expanded=entry.expanded)

    def _insert(self, index: int, block: Block, *, expanded: bool) -> int:
        self._hold()
        key = self._next_key
        self._next_key += 1
        entry = _Entry(key, block, self._gap(index, block), expanded)
        self._entries.insert(index, entry)
        self._heights.insert(index, entry.gap + block.estimate(self._frame(entry)))
        if index == len(self._entries) - 1:
            self._index[key] = index
        else:
            self._index = {entry.key: index for index, entry in enumerate(self._entries)}
        return key

    def _gap(self, index: int, block: Block) -> int:
        if index == 0 or block.joined:
            return 0
        return 0 if block.compact and self._entries[index - 1].block.compact else 1

    def _invalidate(self, index: int) -> None:
        entry = self._entries[index]
        entry.exact = False
        self._layouts.discard(entry.key)
        self._heights[index] = entry.gap + entry.block.estimate(self._frame(entry))

    def _layout(self, entry: _Entry) -> _Layout:
        layout = self._layouts.get(entry.key)
        if layout is None:
            layout = self._layouts[entry.key] = _Layout(entry.block.layout(self._frame(entry)))
        return layout

    def _measure(self, index: int) -> None:
        entry = self._entries[index]
        if not entry.exact:
            self._heights[index] = entry.gap + len(self._layout(entry).rows)
            entry.exact = True

    def _hold(self) -> None:
        """Remember what the reader sees before something changes, and place it again afterwards."""
        if self._place_due:
            return
        self._anchor = None if self._following else self._find_anchor()
        self._place_due = True
        if self.is_running:
            self.call_next(self.place)

    def _find_anchor(self) -> _Anchor | None:
        """Choose what stays put: the first laid out entry in view, or else the topmost."""
        top = self.scroll_offset.y
        first = self._heights.find(top)
        if first < 0:
            return None
        last = self._heights.find(top + max(self._view_height - 1, 0))
        chosen = next((i for i in range(first, last + 1) if self._entries[i].exact), first)
        above = top - self._heights.top(chosen)
        return _Anchor(self._entries[chosen].key, above, above / max(self._heights[chosen], 1))

    def place(self) -> None:
        """Lay out what is in view, then set the size and the scroll position that follow.

        It happens by itself before the next frame; a caller may want to know what it costs.
        """
        if not self._place_due or not self.is_attached or not self._view_height:
            return
        self._place_due = False
        anchor, self._anchor = self._anchor, None
        before = self.virtual_size.height
        self._placing = True
        try:
            top = self._measure_end() if self._following else self._measure_around(anchor)
            size = Size(self._width, self._heights.total)
            if size != self.virtual_size:
                self.virtual_size = size
            target = self.max_scroll_y if self._following else top
            self.scroll_target_y = self.scroll_y = target
        finally:
            self._placing = False
        self._tell_behind(grown=self._heights.total > before)
        self.refresh()

    def _measure_end(self) -> int:
        rows = 0
        for index in range(len(self._entries) - 1, -1, -1):
            if rows >= self._view_height:
                break
            self._measure(index)
            rows += self._heights[index]
        return max(self._heights.total - self._view_height, 0)

    def _measure_around(self, anchor: _Anchor | None) -> int:
        """Lay out the entries around the anchor and return the row now at the top of the view."""
        if anchor is None or anchor.key not in self._index:
            anchor = self._find_anchor()
            if anchor is None:
                return 0
        index = self._index[anchor.key]
        known = self._entries[index].exact
        self._measure(index)
        above = anchor.rows_above
        if not known and above > 0:
            above = min(int(anchor.share_above * self._heights[index]), self._heights[index] - 1)
        rows = self._heights[index] - above
        for below in range(index + 1, len(self._entries)):
            if rows >= self._view_height:
                break
            self._measure(below)
            rows += self._heights[below]
        missing = -above
        for over in range(index - 1, -1, -1):
            if missing <= 0:
                break
            self._measure(over)
            missing -= self._heights[over]
        return self._heights.top(index) + above

    def _tell_behind(self, *, grown: bool) -> None:
        behind = not self._following and (self._behind or grown)
        if behind != self._behind:
            self._behind = behind
            self.post_message(self.LaggedBehind(behind))

    @override
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self._placing:
            return
        self._following = round(new_value) >= self.max_scroll_y
        self._anchor = None if self._following else self._find_anchor()
        self._place_due = True
        self.place()

    def on_resize(self) -> None:
        """Lay everything out anew when the width changed, and keep the place in any case."""
        width = max(self.scrollable_content_region.width, MIN_WIDTH)
        self._hold()
        if width != self._width:
            self._width = width
            self._layouts.clear()
            for entry in self._entries:
                entry.exact = False
            self._heights.reset(
                entry.gap + entry.block.estimate(self._frame(entry)) for entry in self._entries
            )
        self.place()

    # Drawing

    @override
    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._palette = None
        for key in list(self._layouts.keys()):
            self._layouts[key].strips.clear()

    @override
    def render_line(self, y: int) -> Strip:
        if self._palette is None:
            self._palette = Palette(
                self.rich_style, lambda name: self.get_component_rich_style(name, partial=True)
            )
        line = self.scroll_offset.y + y
        found = self._row_at(line)
        if found is None:
            return Strip.blank(self._width, self._palette.base)
        layout, number = found
        span = self.text_selection.get_span(line) if self.text_selection is not None else None
        if span is not None:
            strip = self._draw(layout.rows[number], self._palette, span)
        elif number in layout.strips:
            strip = layout.strips[number]
        else:
            strip = layout.strips[number] = self._draw(layout.rows[number], self._palette)
        return strip.apply_offsets(0, line)

    def _row_at(self, line: int) -> tuple[_Layout, int] | None:
        """Find the row of a line of the whole column; None for blank ones."""
        if line >= self._heights.total:
            return None
        index = self._heights.find(line)
        entry = self._entries[index]
        number = line - self._heights.top(index) - entry.gap
        layout = self._layout(entry)
        return (layout, number) if 0 <= number < len(layout.rows) else None

    def _draw(self, row: Row, colours: Palette, span: tuple[int, int] | None = None) -> Strip:
        runs = row.runs
        marked = range(0)
        if span is not None:
            length = len(row.text)
            start, end = max(span[0], row.margin), length if span[1] < 0 else span[1]
            marked = range(min(start, length), max(min(end, length), min(start, length)))
        segments: list[Segment] = []
        if marked:
            cuts = [(0, marked.start), (marked.start, marked.stop), (marked.stop, len(row.text))]
            selection = self.screen.get_component_rich_style("screen--selection")
            for number, part in enumerate(slice_runs(runs, cuts)):
                over = selection if number == 1 else None
                segments += [_segment(run, colours.style(run.role) + over) for run in part]
        else:
            segments = [_segment(run, colours.style(run.role)) for run in runs if run.text]
        return Strip(segments).adjust_cell_length(self._width, colours.style(row.fill))

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
        first = self._heights.find(selection.start.y if selection.start else 0)
        last = self._heights.find(selection.end.y if selection.end else self._heights.total)
        chosen: list[tuple[Block, Sequence[Row], int]] = []
        for index in range(max(first, 0), last + 1):
            entry = self._entries[index]
            top = self._heights.top(index) + entry.gap
            chosen.append((entry.block, self._layout(entry).rows, top))
        return selected_text(chosen, selection), "\n"

    def on_click(self, event: events.Click) -> None:
        """Unfold the block whose first row is clicked; a second click selects the block."""
        event.prevent_default()
        offset = event.get_content_offset(self)
        line = -1 if offset is None else self.scroll_offset.y + offset.y
        if not 0 <= line < self._heights.total:
            return
        index = self._heights.find(line)
        entry = self._entries[index]
        top = self._heights.top(index) + entry.gap
        if event.chain == 2:
            end = Offset(len(self._layout(entry).rows[-1].text), top + self._heights[index] - 1)
            self.screen.selections = {self: Selection(Offset(0, top), end)}
        elif self.text_selection is None and line == top and entry.block.expandable:
            self.unfold([entry.key], unfolded=not entry.expanded)


def _segment(run: Run, style: Style) -> Segment:
    # Blocks clean what they show where it comes in; this is the border, and borders do not trust.
    return Segment(display_safe(run.text), style)
