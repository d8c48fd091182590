"""The rows of the picker, drawn line by line: five hundred models are one widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from codex_tui.protocol.display import one_line
from codex_tui.protocol.figures import format_efforts, format_tokens
from codex_tui.ui.panes.providers.columns import format_images, format_price
from codex_tui.ui.panes.providers.entries import (
    Heading,
    ModelRow,
    ProviderRow,
    Row,
    TypedRow,
    place_of,
)

if TYPE_CHECKING:
    from textual import events
    from textual.style import Style

    from codex_tui.protocol.models import ModelInfo

_CONTEXT_WIDTH = 5
_PRICE_WIDTH = 11
_IMAGES_WIDTH = 3
_EFFORT_WIDTH = 9
_MAX_REMARK_LENGTH = 17
_MAX_NAME_LENGTH = 200
_MIN_NAME_CELLS = 20
"""Facts leave where they would leave less room than this for a model's name."""


class ModelList(ScrollView, can_focus=False, inherit_bindings=False):
    """A list with one highlighted row. It has no keys: the filter above it has the focus."""

    DEFAULT_CSS = """
    ModelList {
        height: 1fr;
        color: $foreground;
        background: transparent;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-color: $rule;
        scrollbar-color-hover: $muted;
        scrollbar-color-active: $muted;
        scrollbar-background: $surface;
        scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
        & > .model-list--heading { color: $muted; text-style: bold; }
        & > .model-list--fact { color: $muted; }
        & > .model-list--unusable { color: $faint; }
        & > .model-list--missing { color: $warning; }
        & > .model-list--accent { color: $accent; }
        & > .model-list--matched { color: $accent; text-style: bold; }
        & > .model-list--highlighted { background: $primary 22%; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "model-list--heading",
        "model-list--fact",
        "model-list--unusable",
        "model-list--missing",
        "model-list--accent",
        "model-list--matched",
        "model-list--highlighted",
    }

    @dataclass
    class RowClicked(Message):
        """The user clicked on the row that is now highlighted."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()
        self._highlighted: int | None = None
        self._effort = ""
        self._tail_width = 0
        self._name_width = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows shown."""
        return self._rows

    @property
    def highlighted(self) -> Row | None:
        """The highlighted row; None when there is nothing to highlight."""
        return None if self._highlighted is None else self._rows[self._highlighted]

    def show_rows(self, rows: tuple[Row, ...], highlighted: int | None) -> None:
        """Show `rows`, with the one at `highlighted` (not a heading) highlighted."""
        self._rows = rows
        self._tail_width = max((_tail_width(row) for row in rows), default=0)
        self._name_width = max((_name_width(row) for row in rows), default=0)
        self.virtual_size = Size(0, len(rows))
        self._highlight(highlighted)

    def show_effort(self, effort: str) -> None:
        """Show `effort` as the choice made in the highlighted row."""
        self._effort = effort
        self.refresh()

    def move(self, offset: int) -> None:
        """Move the highlight by `offset` rows that are not headings, as far as there are any."""
        places = [index for index, row in enumerate(self._rows) if not isinstance(row, Heading)]
        if self._highlighted in places:
            target = places.index(self._highlighted) + offset
            self._highlight(places[max(0, min(target, len(places) - 1))])

    def move_page(self, direction: int) -> None:
        """Move the highlight by one screenful."""
        self.move(direction * max(1, self.size.height - 1))

    def _highlight(self, index: int | None) -> None:
        self._highlighted = index
        if index is None:
            self.scroll_home(animate=False)
        else:
            # A heading right above belongs to the row and comes into view with it.
            above = index > 0 and isinstance(self._rows[index - 1], Heading)
            region = Region(0, index - above, 1, 1 + above)
            self.scroll_to_region(region, animate=False, force=True)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Highlight the row under the pointer and report the click."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = offset.y + self.scroll_offset.y
        if index < len(self._rows) and not isinstance(self._rows[index], Heading):
            self._highlight(index)
            self.post_message(self.RowClicked())

    def render_line(self, y: int) -> Strip:
        """Return the strip of one row."""
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y
        if index >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[index]
        chosen = index == self._highlighted
        painted = self._paint(row, width - 1, chosen=chosen)
        content = painted.truncate(width, ellipsis=True, pad=True)
        if chosen:
            content = content.stylize_before(self._style("highlighted"))
        return Strip(content.render_segments(self.visual_style), width)

    def _paint(self, row: Row, width: int, *, chosen: bool) -> Content:
        if isinstance(row, Heading):
            return self._paint_heading(row)
        mark = "› " if chosen else "  "
        if isinstance(row, TypedRow):
            name = one_line(str(row.ref), _MAX_NAME_LENGTH)
            return Content.assemble(mark, "use ", (name, self._style("accent")), " as typed")
        if isinstance(row, ProviderRow):
            return Content.assemble((mark, self._style("accent")), self._paint_provider(row))
        return self._paint_model(row, width, chosen=chosen)

    def _paint_heading(self, row: Heading) -> Content:
        missing = (f"  {row.missing}", self._style("missing")) if row.missing else ""
        remark = (f"  {row.remark}", self._style("unusable")) if row.remark else ""
        return Content.assemble((one_line(row.title, 80), self._style("heading")), missing, remark)

    def _paint_provider(self, row: ProviderRow) -> Content:
        title = one_line(row.provider.title, _MAX_NAME_LENGTH)
        missing = f"  {row.provider.lacks}" if row.provider.lacks else ""
        place = one_line(place_of(row.provider), _MAX_NAME_LENGTH)
        missing_offer = "Enter adds a key" if row.provider.takes_key else "Enter says how to"
        offer = f"Enter asks {place}" if row.provider.ready else missing_offer
        if not row.qualified:
            return Content.styled(offer, self._style("fact"))
        return Content.assemble(
            title, (missing, self._style("missing")), (f"  {offer}", self._style("fact"))
        )

    def _paint_model(self, row: ModelRow, width: int, *, chosen: bool) -> Content:
        usable = row.provider.ready
        fact = self._style("fact" if usable else "unusable")
        mark = "● " if row.current else "› " if chosen else "  "
        tail = self._paint_tail(row, fact, chosen=chosen).truncate(self._tail_width, pad=True)
        room = width - len(mark) - tail.cell_length
        facts = Content("")
        if room >= _MIN_NAME_CELLS:
            fitting = _fitting_facts(row.info, room, self._name_width)
            facts = Content.assemble((fitting, fact), tail)
        name = _shorten(self._paint_name(row), max(0, width - len(mark) - facts.cell_length))
        return Content.assemble((mark, self._style("accent")), name, facts)

    def _paint_tail(self, row: ModelRow, fact: Style, *, chosen: bool) -> Content:
        """Paint the effort and the remark; a note alone moves into the effort's place."""
        ready = row.provider.ready
        remark = Content.styled(_remark(row), fact if ready else self._style("missing"))
        if ready and not row.info.efforts:
            return remark
        if chosen and self._effort:
            effort = Content.styled(f"‹{self._effort}›", self._style("accent"))
        else:
            effort = Content.styled(format_efforts(row.info.efforts), fact)
        return Content.assemble(effort.truncate(_EFFORT_WIDTH, pad=True), "  ", remark)

    def _paint_name(self, row: ModelRow) -> Content:
        ref = row.info.ref
        plain = str(ref) if row.qualified else ref.model
        text = one_line(plain, _MAX_NAME_LENGTH)
        name = (
            Content(text) if row.provider.ready else Content.styled(text, self._style("unusable"))
        )
        if text == plain:
            shift = 0 if row.qualified else len(ref.provider) + 1
            for place in row.matched:
                if 0 <= place - shift < len(text):
                    name = name.stylize(self._style("matched"), place - shift, place - shift + 1)
        return name

    def _style(self, name: str) -> Style:
        return self.get_visual_style(f"model-list--{name}", partial=True)


def _fitting_facts(info: ModelInfo, room: int, names: int) -> str:
    """Return context window and price, as far as there is room, and whether it sees images where no
    name of `names` cells is cut for it.
    """
    window = f"  {format_tokens(info.context_window):>{_CONTEXT_WIDTH}}"
    price = f"  {format_price(info.price):<{_PRICE_WIDTH}}"
    images = f"  {format_images(info.image_input):<{_IMAGES_WIDTH}}"
    choices = (
        (f"{window}{price}{images}  ", names),
        (f"{window}{price}  ", _MIN_NAME_CELLS),
        (f"{window}  ", _MIN_NAME_CELLS),
    )
    return next((facts for facts, left in choices if len(facts) + left <= room), "  ")


def _shorten(name: Content, width: int) -> Content:
    """Cut `name` to `width` in the middle: models of one family differ at their end."""
    if name.cell_length > width > 2:
        head = width * 3 // 5
        name = Content.assemble(name[:head], "…", name[len(name) - (width - head - 1) :])
    return name.truncate(width, ellipsis=True, pad=True)


def _remark(row: ModelRow) -> str:
    if row.provider.ready:
        # What follows the colon has room below the list.
        return one_line(row.info.note.partition(":")[0], _MAX_REMARK_LENGTH)
    return row.provider.lacks if row.qualified else ""  # else the heading above says it


def _name_width(row: Row) -> int:
    if not isinstance(row, ModelRow):
        return 0
    name = str(row.info.ref) if row.qualified else row.info.ref.model
    return Content(one_line(name, _MAX_NAME_LENGTH)).cell_length


def _tail_width(row: Row) -> int:
    if not isinstance(row, ModelRow):
        return 0
    remark = Content(_remark(row)).cell_length
    if row.provider.ready and not row.info.efforts:
        return remark
    return _EFFORT_WIDTH + 2 + remark if remark else _EFFORT_WIDTH
