"""The changes of one review on screen: only visible rows are painted, whatever the size.

The view draws a `Review` that belongs to the pane: it never decides and never moves the cursor; a
click is reported as `HunkPicked`. Syntax and changed words are worked out hunk by hunk in a thread
as hunks come into sight; until then lines are shown plainly. The workers belong to the view and end
with it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from codex_tui.ui.review import HunkRef, Review
from codex_tui.ui.widgets.diff_paint import PLAIN, STYLE_NAMES, DiffPainter
from codex_tui.ui.widgets.diff_rows import DiffRows, FileRow, GapRow
from codex_tui.ui.widgets.diff_syntax import hunk_detail

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events

MIN_SPLIT_CELLS = 100
"""Side by side needs this many columns to be readable."""

_CLASS_PREFIX = "diff-view--"


class DiffView(ScrollView):
    """A scrolling diff of the review's files and hunks, unified or side by side."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {_CLASS_PREFIX + name for name in STYLE_NAMES}

    DEFAULT_CSS = """
    DiffView {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        scrollbar-color: $rule;
        scrollbar-color-hover: $muted;
        scrollbar-color-active: $muted;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        background: $background;
        color: $foreground;
    }
    DiffView > .diff-view--file { background: $surface; text-style: bold; }
    DiffView > .diff-view--muted { color: $muted; }
    DiffView > .diff-view--faint { color: $dim; }
    DiffView > .diff-view--current { color: $accent; }
    DiffView > .diff-view--warning { color: $warning; text-style: bold; }
    DiffView > .diff-view--plus { color: $success; }
    DiffView > .diff-view--minus { color: $error; }
    DiffView > .diff-view--mark { text-style: bold; }
    DiffView > .diff-view--added { background: $diff-added; }
    DiffView > .diff-view--added-word { background: $diff-added-word; }
    DiffView > .diff-view--removed { background: $diff-removed; }
    DiffView > .diff-view--removed-word { background: $diff-removed-word; }
    DiffView > .diff-view--special { color: $warning; }
    DiffView > .diff-view--comment { color: $muted; text-style: italic; }
    DiffView > .diff-view--keyword { color: $accent; }
    DiffView > .diff-view--string { color: $success; }
    DiffView > .diff-view--number { color: $warning; }
    DiffView > .diff-view--name { color: $foreground; text-style: bold; }
    DiffView > .diff-view--builtin { color: $accent; }
    """

    can_focus = False

    class HunkPicked(Message):
        """The user clicked on a hunk."""

        def __init__(self, ref: HunkRef) -> None:
            super().__init__()
            self.ref = ref

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.split_wanted = False
        self._rows: DiffRows | None = None
        self._painter: DiffPainter | None = None
        self._strips: LRUCache[int, Strip] = LRUCache(400)
        self._styles: dict[tuple[str, ...], Style] = {}
        self._turn = asyncio.Lock()
        self._pending = 0

    def show_review(self, review: Review | None) -> None:
        """Draw another review from its top, or nothing."""
        self._rows = DiffRows(review) if review else None
        self._painter = DiffPainter(self._rows, self._style_of) if self._rows else None
        self.scroll_to(y=0, animate=False, immediate=True)
        self.review_changed()

    def review_changed(self) -> None:
        """Draw the review's new state and bring its cursor into sight."""
        self._arrange()
        self._reveal_cursor()

    @property
    def split(self) -> bool:
        """Whether the diff is side by side now: wanted, and wide enough."""
        return self.split_wanted and self.can_split

    @property
    def can_split(self) -> bool:
        """Whether the view is wide enough to show both sides."""
        return self.size.width >= MIN_SPLIT_CELLS

    @property
    def working(self) -> bool:
        """Whether highlighting of visible hunks is still on its way."""
        return self._pending > 0

    def toggle_split(self) -> bool:
        """Change between unified and side by side; False when there is no room for it."""
        if not self.split_wanted and not self.can_split:
            return False
        self.split_wanted = not self.split_wanted
        self.review_changed()
        return True

    def render_line(self, y: int) -> Strip:
        """Paint one visible row."""
        at = self.scroll_offset.y + y
        if self._rows is None or self._painter is None or at >= self._rows.height:
            return Strip.blank(self.size.width, self._style_of(()))
        strip = self._strips.get(at)
        if strip is None:
            row = self._rows.row(at)
            if not isinstance(row, FileRow | GapRow):
                self._work_out(row.ref)
            strip = self._strips[at] = self._painter.paint(row)
        return strip

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Lay out what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._settle()

    def notify_style_update(self) -> None:
        """Forget what was painted in other colours."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def on_resize(self) -> None:
        """Wrap anew for the new width, at the same hunk."""
        self.review_changed()

    def on_click(self, event: events.Click) -> None:
        """Report the hunk that was clicked."""
        if self._rows is None:
            return
        at = self.scroll_offset.y + event.y
        row = self._rows.row(at) if 0 <= at < self._rows.height else GapRow()
        if isinstance(row, FileRow):
            self.post_message(self.HunkPicked(HunkRef(row.file, 0)))
        elif not isinstance(row, GapRow):
            self.post_message(self.HunkPicked(row.ref))

    def _arrange(self) -> None:
        self._strips.clear()
        width = self.scrollable_content_region.width
        if self._rows is None or width <= 0:
            self.virtual_size = Size(0, 0)
        else:
            self._rows.arrange(width, split=self.split)
            self._settle()
        self.refresh()

    def _settle(self) -> None:
        """Lay out what is in sight; what stands at its top stays there though rows become more."""
        width, height = self.scrollable_content_region.size
        if self._rows is None or width <= 0 or height <= 0:
            return
        before, here = self._rows.height, self.scroll_offset.y
        top = self._rows.settle(here, height)
        if self._rows.height != before:
            self._strips.clear()
        self.virtual_size = Size(width, self._rows.height)
        if top != here:
            self.scroll_to(y=top, animate=False, immediate=True)

    def _reveal_cursor(self) -> None:
        """Scroll as little as needed to see the current hunk, its head at least."""
        height = self.scrollable_content_region.height
        if self._rows is None or not self._rows.height or height <= 0:
            return
        start, end = self._rows.extent(self._rows.review.cursor)
        top = self.scroll_offset.y
        if end > top + height:
            top = min(start, end - height)
        self.scroll_to(y=min(top, start), animate=False, immediate=True)

    def _work_out(self, ref: HunkRef) -> None:
        """Have a hunk's syntax and words worked out, once; a failure costs colours only."""
        if self._painter is None or ref in self._painter.details:
            return
        self._painter.details[ref] = PLAIN
        self._pending += 1
        self.run_worker(
            self._work_out_in_turn(self._painter, ref), group="diff-detail", exit_on_error=False
        )

    async def _work_out_in_turn(self, painter: DiffPainter, ref: HunkRef) -> None:
        """Work out one hunk after those asked for earlier, unless its review is gone."""
        try:
            async with self._turn:
                if painter is not self._painter:
                    return
                change = painter.review.changes[ref.file]
                hunk = change.hunks[ref.hunk]
                painter.details[ref] = await asyncio.to_thread(hunk_detail, change, hunk)
            self._strips.clear()
            self.refresh()
        finally:
            self._pending -= 1

    def _style_of(self, names: tuple[str, ...]) -> Style:
        """Combine the widget's own style with named ones, in order."""
        style = self._styles.get(names)
        if style is None:
            style = self.rich_style
            for name in names:
                style += self.get_component_rich_style(_CLASS_PREFIX + name, partial=True)
            self._styles[names] = style
        return style
