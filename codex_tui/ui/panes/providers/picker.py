"""The provider picker: drops from the status bar, filters as one types, and chooses a model.

It is not modal and knows no session: `open` and `refresh_entries` bring what is to be shown, the
choice goes up as a message. All its keys are handled in the order they were typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from codex_tui.protocol.display import display_safe
from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.ui.panes.providers.columns import fitting_effort
from codex_tui.ui.panes.providers.details import describe_row, explain_first_run
from codex_tui.ui.panes.providers.entries import (
    DEMONSTRATION,
    Heading,
    ModelRow,
    PickerEntries,
    Row,
    list_rows,
    row_ref,
    why_nothing,
)
from codex_tui.ui.panes.providers.filter_input import FilterInput
from codex_tui.ui.panes.providers.model_list import ModelList
from codex_tui.ui.widgets.fuzzy import BoundedSearch

if TYPE_CHECKING:
    from textual.app import ComposeResult

_NOTHING = PickerEntries(models=(), providers=(), current=None, effort=None)
_MIN_HEIGHT = 14
_MAX_HEIGHT = 28
_FRAME_HEIGHT = 8
_KEY_HELP = "Enter use · ← → effort · Ctrl+S favourite · Esc close"


class ProviderPicker(Vertical):
    """The dropdown. It takes no room in its vertical layout and floats upwards from its place, so
    it must stand right before what it is to sit on.

    Choosing posts `Chosen` and then `Closed`; any other way out posts `Closed` alone.
    """

    DEFAULT_CSS = """
    ProviderPicker {
        display: none;
        overlay: screen;
        offset-y: -100%;
        constrain: none inside;
        width: 100%;
        max-width: 84;
        max-height: 75vh;
        padding: 0 1;
        background: $surface;
        border-top: solid $rule;
        & > #picker-intro { height: auto; color: $muted; padding: 0 0 1 0; }
        & > #picker-nothing { height: 1fr; padding: 1 2; color: $muted; }
        & > #picker-detail { height: auto; min-height: 5; border-top: solid $rule; }
    }
    """

    @dataclass
    class Chosen(Message):
        """The user wants `ref`; `effort` is None where the model has none to choose from."""

        ref: ModelRef
        effort: Effort | None

    @dataclass
    class FavouriteToggled(Message):
        """Ctrl+S on `ref`: a favourite from now on, or no longer one."""

        ref: ModelRef

    @dataclass
    class Closed(Message):
        """The picker is gone from the screen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 — Textual's own name
        super().__init__(id=id)
        self._entries = _NOTHING
        self._query = ""
        self._search = BoundedSearch()
        self._efforts: dict[ModelRef, Effort] = {}
        self._filter = FilterInput()
        self._list = ModelList()
        self._intro = Static(id="picker-intro", markup=False)
        self._nothing = Static(id="picker-nothing", markup=False)
        self._detail = Static(id="picker-detail", markup=False)

    def compose(self) -> ComposeResult:
        """Filter, explanation, list, detail."""
        yield self._filter
        yield self._intro
        yield self._list
        yield self._nothing
        yield self._detail

    # What the screen calls

    def open(self, entries: PickerEntries) -> None:
        """Show `entries` with an empty filter, the current model highlighted, and take the
        focus.
        """
        self._entries = entries
        self._efforts.clear()
        self._query = self._filter.value = ""
        self._fit_height()
        self._show_intro()
        self._show_rows(keep=None)
        self.display = True
        self._filter.focus()

    def refresh_entries(self, entries: PickerEntries) -> None:
        """Take over new `entries`; the filter and the highlighted model stay."""
        keep = row_ref(self._list.highlighted)
        self._entries = entries
        self._fit_height()
        self._show_intro()
        self._show_rows(keep=keep)

    def close(self) -> None:
        """Disappear and say so; nothing happens when it is closed already."""
        if self.display:
            self.display = False
            self.post_message(self.Closed())

    # Showing

    def _fit_height(self) -> None:
        """Be as high as the unfiltered list needs, so that nothing jumps while one types."""
        rows = len(list_rows(self._entries, "", self._search))
        intro = 5 * self._entries.first_run + bool(self._entries.notice)
        self.styles.height = min(_MAX_HEIGHT, max(_MIN_HEIGHT, rows + intro + _FRAME_HEIGHT))

    def _show_intro(self) -> None:
        parts: list[Content] = []
        if self._entries.first_run:
            parts.append(explain_first_run())
        if self._entries.notice:
            parts.append(Content(display_safe(self._entries.notice)))
        self._intro.update(Content("\n").join(parts))
        self._intro.display = bool(parts)

    def _show_rows(self, *, keep: ModelRef | None) -> None:
        rows = list_rows(self._entries, self._query, self._search)
        index = _index_of(rows, keep)
        if index is None:
            index = self._first_choice(rows)
        self._list.show_rows(rows, index)
        self._list.display = bool(rows)
        self._nothing.display = not rows
        if not rows:
            why, remedy = why_nothing(self._entries, self._query)
            self._nothing.update(
                Content.assemble((display_safe(why), "$foreground"), "\n", display_safe(remedy))
            )
        self._show_detail()

    def _first_choice(self, rows: tuple[Row, ...]) -> int | None:
        """Return the row to begin at: a filter's best match, else the current model, else the
        first one that can be used, the demonstration only when there is nothing else.
        """
        open_rows = [index for index, row in enumerate(rows) if not isinstance(row, Heading)]
        if self._query.strip() or not open_rows:
            return open_rows[0] if open_rows else None
        current = _index_of(rows, self._entries.current)
        if current is not None and _is_usable(rows[current]):
            return current
        usable = [index for index in open_rows if _is_usable(rows[index])]
        real = [index for index in usable if not _is_demonstration(rows[index])]
        return [*real, *usable, *open_rows][0]

    def _show_detail(self, *, insisting: bool = False) -> None:
        row = self._list.highlighted
        effort = self._effort_of(row)
        self._list.show_effort(effort or "")
        favourite = row_ref(row) in self._entries.favourites
        lines = describe_row(row, effort=effort, favourite=favourite, insisting=insisting)
        keys = _KEY_HELP if row is not None else "Esc close"
        self._detail.update(Content("\n").join([*lines, Content.styled(keys, "$faint")]))

    def _effort_of(self, row: Row | None) -> Effort | None:
        if not isinstance(row, ModelRow):
            return None
        wanted = self._efforts.get(row.info.ref, self._entries.effort)
        return fitting_effort(row.info, wanted)

    # Keys and clicks

    @on(Input.Changed)
    def _on_filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self._query:
            self._query = event.value
            self._show_rows(keep=None)

    @on(FilterInput.Commanded)
    def _on_filter_commanded(self, event: FilterInput.Commanded) -> None:
        event.stop()
        match event.command:
            case "up" | "down":
                self._list.move(-1 if event.command == "up" else 1)
                self._show_detail()
            case "page_up" | "page_down":
                self._list.move_page(-1 if event.command == "page_up" else 1)
                self._show_detail()
            case "less" | "more":
                self._change_effort(-1 if event.command == "less" else 1)
            case "favour":
                self._toggle_favourite()
            case "choose":
                self._choose()
            case "close":
                self.close()

    @on(ModelList.RowClicked)
    def _on_row_clicked(self, event: ModelList.RowClicked) -> None:
        event.stop()
        self._show_detail()
        self._choose()

    def _change_effort(self, offset: int) -> None:
        row = self._list.highlighted
        effort = self._effort_of(row)
        if isinstance(row, ModelRow) and effort is not None:
            efforts = row.info.efforts
            place = efforts.index(effort) + offset
            self._efforts[row.info.ref] = efforts[max(0, min(place, len(efforts) - 1))]
            self._show_detail()

    def _toggle_favourite(self) -> None:
        ref = row_ref(self._list.highlighted)
        if ref is not None:
            self.post_message(self.FavouriteToggled(ref))

    def _choose(self) -> None:
        row = self._list.highlighted
        ref = row_ref(row)
        if row is None or isinstance(row, Heading):
            return
        if ref is None or not row.provider.ready:
            self._show_detail(insisting=True)
            return
        self.post_message(self.Chosen(ref, self._effort_of(row)))
        self.close()


def _index_of(rows: tuple[Row, ...], ref: ModelRef | None) -> int | None:
    if ref is None:
        return None
    return next((index for index, row in enumerate(rows) if row_ref(row) == ref), None)


def _is_usable(row: Row) -> bool:
    return isinstance(row, ModelRow) and row.provider.ready


def _is_demonstration(row: Row) -> bool:
    return isinstance(row, ModelRow) and row.info.note == DEMONSTRATION
