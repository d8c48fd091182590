"""The picker's list: what can be chosen, narrowed by what is typed, explained below.

It decides nothing: which row the user wants, and what for, goes up as a message. All its keys are
handled in the order they were typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Static

from codex_tui.protocol.display import display_safe
from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.ui.panes.providers.columns import fitting_effort
from codex_tui.ui.panes.providers.details import describe_row, explain_first_run
from codex_tui.ui.panes.providers.entries import (
    DEMONSTRATION,
    Heading,
    ModelRow,
    OpenRow,
    PickerEntries,
    Row,
    list_rows,
    row_ref,
    why_nothing,
)
from codex_tui.ui.panes.providers.filter_input import FilterInput
from codex_tui.ui.panes.providers.model_list import ModelList
from codex_tui.ui.panes.providers.picker_keys import PICKER_KEYS, list_hints
from codex_tui.ui.widgets.fuzzy import BoundedSearch
from codex_tui.ui.widgets.key_footer import KeyFooter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from codex_tui.ui.widgets.key_hints import KeyHint

NOTHING = PickerEntries(models=(), providers=(), current=None, effort=None)

_INTRO_HEIGHT = 5
_FRAME_HEIGHT = 7


class Listing(Vertical):
    """Filter, list and what is to be said about the highlighted row."""

    DEFAULT_CSS = """
    Listing {
        height: 1fr;
        & > #picker-intro { height: auto; color: $muted; padding: 0 0 1 0; }
        & > #picker-intro.-empty { display: none; }
        & > #picker-nothing { height: 1fr; padding: 1 2; color: $muted; }
        & > #picker-said { display: none; height: auto; max-height: 4; }
        & > #picker-detail {
            height: 4;
            border-top: solid $rule;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
    }
    """

    hints: reactive[Sequence[KeyHint]] = reactive(list_hints(None, None))
    """What the keys do with the highlighted row."""

    @dataclass
    class Wanted(Message):
        """Enter or a click: the user wants what the row stands for."""

        row: OpenRow
        effort: Effort | None

    @dataclass
    class KeyWanted(Message):
        """The user wants to give a key to the row's provider."""

        row: OpenRow

    @dataclass
    class FavouriteToggled(Message):
        """A favourite from now on, or no longer one."""

        ref: ModelRef

    @dataclass
    class Left(Message):
        """The user is done with the list."""

    def __init__(self) -> None:
        super().__init__(id="picker-list")
        self.filter = FilterInput()
        self.list = ModelList()
        self._entries = NOTHING
        self._query = ""
        self._search = BoundedSearch()
        self._efforts: dict[ModelRef, Effort] = {}
        self._intro = Static(id="picker-intro", markup=False)
        self._nothing = Static(id="picker-nothing", markup=False)
        self._said = Static(id="picker-said", markup=False)
        self._detail = Static(id="picker-detail", markup=False)
        self._keys = KeyFooter(lambda: (self.hints, PICKER_KEYS), id="picker-keys")

    def compose(self) -> ComposeResult:
        """Explanation, filter, list, detail, keys."""
        yield self._intro
        yield self.filter
        yield self.list
        yield self._nothing
        yield self._said
        yield self._detail
        yield self._keys

    # What the picker calls

    @property
    def wanted_height(self) -> int:
        """How many rows it takes without a filter, so that nothing jumps while one types."""
        rows = len(list_rows(self._entries, "", self._search))
        intro = _INTRO_HEIGHT * self._entries.first_run + bool(self._entries.notice)
        return rows + intro + _FRAME_HEIGHT

    def open(self, entries: PickerEntries) -> None:
        """Show `entries` with an empty filter, the current model highlighted."""
        self._entries = entries
        self._efforts.clear()
        self._query = self.filter.value = ""
        self.say(Content(""))
        self._show_intro()
        self._show_rows(keep=None)

    def refresh_entries(self, entries: PickerEntries) -> None:
        """Take over new `entries`; the filter and the highlighted model stay."""
        keep = row_ref(self.list.highlighted)
        self._entries = entries
        self._show_intro()
        self._show_rows(keep=keep)

    def say(self, words: Content) -> None:
        """Show words below the list until the user does something else; none leave no gap."""
        self._said.update(words)
        self._said.display = bool(words.plain)

    # Showing

    def _show_intro(self) -> None:
        parts: list[Content] = []
        if self._entries.first_run:
            parts.append(explain_first_run())
        if self._entries.notice:
            parts.append(Content(display_safe(self._entries.notice)))
        self._intro.update(Content("\n").join(parts))
        self._intro.set_class(not parts, "-empty")

    def _show_rows(self, *, keep: ModelRef | None) -> None:
        rows = list_rows(self._entries, self._query, self._search)
        index = _index_of(rows, keep)
        if index is None:
            index = self._first_choice(rows)
        self.list.show_rows(rows, index)
        self.list.display = bool(rows)
        self._nothing.display = not rows
        if not rows:
            why, remedy = why_nothing(self._entries, self._query)
            self._nothing.update(
                Content.assemble((display_safe(why), "$foreground"), "\n", display_safe(remedy))
            )
        self._show_detail()

    def _first_choice(self, rows: tuple[Row, ...]) -> int | None:
        """Return the row to begin at: a filter's best match, else the current model, else the
        first one that can be used. The demonstration is for those who have chosen nothing: whoever
        has lacks a key for it.
        """
        open_rows = [index for index, row in enumerate(rows) if not isinstance(row, Heading)]
        if self._query.strip() or not open_rows:
            return open_rows[0] if open_rows else None
        current = _index_of(rows, self._entries.current)
        if current is not None and _is_usable(rows[current]):
            return current
        usable = [index for index in open_rows if _is_usable(rows[index])]
        real = [index for index in usable if not _is_demonstration(rows[index])]
        chosen = [] if current is None else [current]
        return [*real, *chosen, *usable, *open_rows][0]

    def _show_detail(self) -> None:
        row = self.list.highlighted
        effort = self._effort_of(row)
        self.hints = list_hints(row, effort)
        self._keys.refresh()
        self.list.show_effort(effort or "")
        favourite = row_ref(row) in self._entries.favourites
        lines = describe_row(
            row,
            effort=effort,
            favourite=favourite,
            to_read=self._entries.to_read,
            losses=self._entries.losses,
        )
        self._detail.update(Content("\n").join(lines))

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
            self.say(Content(""))
            self._show_rows(keep=None)

    @on(FilterInput.Commanded)
    def _on_filter_commanded(self, event: FilterInput.Commanded) -> None:
        event.stop()
        match event.command:
            case "up" | "down":
                self.list.move(-1 if event.command == "up" else 1)
                self._show_moved()
            case "page_up" | "page_down":
                self.list.move_page(-1 if event.command == "page_up" else 1)
                self._show_moved()
            case "less" | "more":
                self._change_effort(-1 if event.command == "less" else 1)
            case "favour":
                self._toggle_favourite()
            case "key" | "choose":
                self._want(key=event.command == "key")
            case "close":
                self.post_message(self.Left())

    @on(ModelList.Clicked)
    def _on_row_clicked(self, event: ModelList.Clicked) -> None:
        event.stop()
        self._show_moved()
        self._want(key=False)

    def _show_moved(self) -> None:
        self.say(Content(""))
        self._show_detail()

    def _change_effort(self, offset: int) -> None:
        row = self.list.highlighted
        effort = self._effort_of(row)
        if isinstance(row, ModelRow) and effort is not None:
            efforts = row.info.efforts
            place = efforts.index(effort) + offset
            self._efforts[row.info.ref] = efforts[max(0, min(place, len(efforts) - 1))]
            self._show_detail()

    def _toggle_favourite(self) -> None:
        ref = row_ref(self.list.highlighted)
        if ref is not None:
            self.post_message(self.FavouriteToggled(ref))

    def _want(self, *, key: bool) -> None:
        row = self.list.highlighted
        if row is None or isinstance(row, Heading) or (key and not row.provider.takes_key):
            self.filter.typed.read_on(self.filter)
        elif key:
            self.post_message(self.KeyWanted(row))
        else:
            self.post_message(self.Wanted(row, self._effort_of(row)))


def _index_of(rows: tuple[Row, ...], ref: ModelRef | None) -> int | None:
    if ref is None:
        return None
    return next((index for index, row in enumerate(rows) if row_ref(row) == ref), None)


def _is_usable(row: Row) -> bool:
    return isinstance(row, ModelRow) and row.provider.ready


def _is_demonstration(row: Row) -> bool:
    return isinstance(row, ModelRow) and row.info.note == DEMONSTRATION
