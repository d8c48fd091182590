"""The rows of the picker, drawn line by line: five hundred models are one widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from typing_extensions import override

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
from codex_tui.ui.widgets.choice_list import ChoiceList

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class ModelList(ChoiceList[Row]):
    """Models below the names of their providers; the filter above it has the focus."""

    def __init__(self) -> None:
        super().__init__()
        self._effort = ""
        self._tail_width = 0
        self._name_width = 0

    @override
    def show_rows(self, rows: Sequence[Row], highlighted: int | None) -> None:
        self._tail_width = max((_tail_width(row) for row in rows), default=0)
        self._name_width = max((_name_width(row) for row in rows), default=0)
        super().show_rows(rows, highlighted)

    def show_effort(self, effort: str) -> None:
        """Show `effort` as the choice made in the highlighted row."""
        self._effort = effort
        self.refresh()

    @override
    def is_heading(self, row: Row) -> bool:
        return isinstance(row, Heading)

    @override
    def paint(self, row: Row, width: int, *, chosen: bool) -> Content:
        if isinstance(row, Heading):
            return self._paint_heading(row)
        mark = "› " if chosen else "  "
        if isinstance(row, TypedRow):
            name = one_line(str(row.ref), _MAX_NAME_LENGTH)
            return Content.assemble(mark, "use ", (name, self.role("accent")), " as typed")
        if isinstance(row, ProviderRow):
            return Content.assemble((mark, self.role("accent")), self._paint_provider(row))
        return self._paint_model(row, width, chosen=chosen)

    def _paint_heading(self, row: Heading) -> Content:
        missing = (f"  {row.missing}", self.role("warning")) if row.missing else ""
        remark = (f"  {row.remark}", self.role("faint")) if row.remark else ""
        return Content.assemble((one_line(row.title, 80), self.role("heading")), missing, remark)

    def _paint_provider(self, row: ProviderRow) -> Content:
        title = one_line(row.provider.title, _MAX_NAME_LENGTH)
        missing = f"  {row.provider.lacks}" if row.provider.lacks else ""
        place = one_line(place_of(row.provider), _MAX_NAME_LENGTH)
        missing_offer = "Enter adds a key" if row.provider.takes_key else "Enter says how to"
        offer = f"Enter asks {place}" if row.provider.ready else missing_offer
        if not row.qualified:
            return Content.styled(offer, self.role("muted"))
        return Content.assemble(
            title, (missing, self.role("warning")), (f"  {offer}", self.role("muted"))
        )

    def _paint_model(self, row: ModelRow, width: int, *, chosen: bool) -> Content:
        usable = row.provider.ready
        fact = self.role("muted" if usable else "faint")
        mark = "● " if row.current else "› " if chosen else "  "
        tail = self._paint_tail(row, fact, chosen=chosen).truncate(self._tail_width, pad=True)
        room = width - len(mark) - tail.cell_length
        facts = Content("")
        if room >= _MIN_NAME_CELLS:
            fitting = _fitting_facts(row.info, room, self._name_width)
            facts = Content.assemble((fitting, fact), tail)
        name = _shorten(self._paint_name(row), max(0, width - len(mark) - facts.cell_length))
        return Content.assemble((mark, self.role("accent")), name, facts)

    def _paint_tail(self, row: ModelRow, fact: Style, *, chosen: bool) -> Content:
        """Paint the effort and the remark; a note alone moves into the effort's place."""
        ready = row.provider.ready
        remark = Content.styled(_remark(row), fact if ready else self.role("warning"))
        if ready and not row.info.efforts:
            return remark
        if chosen and self._effort:
            effort = Content.styled(f"‹{self._effort}›", self.role("accent"))
        else:
            effort = Content.styled(format_efforts(row.info.efforts), fact)
        return Content.assemble(effort.truncate(_EFFORT_WIDTH, pad=True), "  ", remark)

    def _paint_name(self, row: ModelRow) -> Content:
        ref = row.info.ref
        plain = str(ref) if row.qualified else ref.model
        text = one_line(plain, _MAX_NAME_LENGTH)
        name = Content(text) if row.provider.ready else Content.styled(text, self.role("faint"))
        if text == plain:
            shift = 0 if row.qualified else len(ref.provider) + 1
            for place in row.matched:
                if 0 <= place - shift < len(text):
                    name = name.stylize(self.role("matched"), place - shift, place - shift + 1)
        return name


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
