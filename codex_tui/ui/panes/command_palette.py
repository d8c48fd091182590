"""The command palette: everything the screen can do, found by name.

It is not modal and knows nothing of what it offers: `open` brings the entries, choosing runs one.
It takes and returns the focus at once and handles its keys in the order they were typed; those
behind the key that closed it are read by whoever has the focus then, so none is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, Static
from typing_extensions import override

from codex_tui.ui.palette_entries import Entry, Match, matching
from codex_tui.ui.widgets.choice_list import ChoiceList
from codex_tui.ui.widgets.dropdown import Dropdown
from codex_tui.ui.widgets.editing_keys import editing_keys
from codex_tui.ui.widgets.fuzzy import BoundedSearch
from codex_tui.ui.widgets.key_hints import KeyHint
from codex_tui.ui.widgets.keyed_line import KeyedLine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

    from codex_tui.ui.widgets.typed_ahead import TypedAhead

_MAX_QUERY = 120
_MAX_ROWS = 12
_FRAME_ROWS = 2
_GAP = "  "

PALETTE_BINDINGS = (
    Binding("up,shift+tab", "up", id="palette.up"),
    Binding("down,tab", "down", id="palette.down"),
    Binding("pageup", "page_up", id="palette.page_up"),
    Binding("pagedown", "page_down", id="palette.page_down"),
    Binding("enter", "choose", id="palette.choose"),
    Binding("escape,ctrl+c,ctrl+p", "close", id="palette.close"),
)
PALETTE_HINTS = (
    KeyHint(("palette.up", "palette.down"), "choose", 2),
    KeyHint(("palette.page_up", "palette.page_down"), "page", 3),
    KeyHint(("palette.choose",), "do it", 0),
    KeyHint(("palette.close",), "close", 1),
)


class QueryLine(KeyedLine):
    """What is searched for; every key is offered to the palette first."""

    DEFAULT_CSS = "QueryLine { &, &:focus { background: $panel; background-tint: transparent; } }"

    _KEYS: ClassVar[Mapping[str, str]] = editing_keys(PALETTE_BINDINGS, without=())

    def __init__(self, act: Callable[[str], Awaitable[None]]) -> None:
        """`act` runs an action of the palette, before the next key is read."""
        super().__init__(placeholder="type what to do", max_length=_MAX_QUERY)
        self._act = act

    @override
    async def obey(self, event: events.Key) -> bool:
        action = self._KEYS.get(event.key)
        if action is not None:
            await self._act(action)
        return action is not None


class EntryList(ChoiceList[Match]):
    """What fits the query: name, more words, keys."""

    @override
    def paint(self, row: Match, width: int, *, chosen: bool) -> Content:
        entry, muted, matched = row.entry, self.role("muted"), self.role("matched")
        label = Content(entry.label)
        for place in row.places:
            label = label.stylize(matched, place, place + 1)
        keys = Content.styled(entry.keys, muted)
        mark = "› " if chosen else "  "
        detail = Content.styled(f"{_GAP}{entry.detail}" if entry.detail else "", muted)
        room = width - len(mark) - keys.cell_length - len(_GAP)
        words = Content.assemble(label, detail).truncate(max(room, 0), ellipsis=True, pad=True)
        return Content.assemble(mark, words, _GAP, keys)


class CommandPalette(Dropdown):
    """The line, and below it the entries that fit."""

    DEFAULT_CSS = """
    CommandPalette > #palette-nothing { height: 1fr; color: $muted; padding: 0 2; }
    """

    hints = PALETTE_HINTS

    def __init__(
        self,
        hand_on: Callable[[TypedAhead], None],
        *,
        id: str | None = None,  # noqa: A002 — Textual's own name
    ) -> None:
        """`hand_on` lets whoever is to read on read what was typed behind the last key here."""
        super().__init__(id=id)
        self._hand_on = hand_on
        self._entries: Sequence[Entry] = ()
        self._query = ""
        self._search = BoundedSearch()
        self._back_to: Sequence[Widget] = ()
        self.line = QueryLine(self._act)
        self.list = EntryList()
        self._nothing = Static("Nothing here goes by that name.", id="palette-nothing")

    def compose(self) -> ComposeResult:
        """Line, list."""
        yield self.line
        yield self.list
        yield self._nothing

    # What the screen calls

    def open(self, entries: Sequence[Entry], *, back_to: Sequence[Widget]) -> None:
        """Show `entries` and take the focus; in the end it goes `back_to` the first widget that
        can have it.
        """
        self._entries = entries
        self._back_to = back_to
        self.line.value = ""
        self.styles.height = min(_MAX_ROWS, len(entries)) + _FRAME_ROWS
        self.display = True
        self._show("")
        self.screen.set_focus(self.line)

    def extend(self, entries: Sequence[Entry]) -> None:
        """Add entries at the end; the highlight stays on its own."""
        if not self.display or not entries:
            return
        self._entries = [*self._entries, *entries]
        self._show(self.line.value, keep=self.list.highlighted)

    def close(self) -> None:
        """Disappear and return the focus, unless somebody took it meanwhile."""
        if not self.display:
            return
        self.display = False
        if self.screen.focused is self.line:
            self.screen.set_focus(next((each for each in self._back_to if each.focusable), None))

    # Keys and clicks

    async def _act(self, action: str) -> None:
        self._follow_query()
        match action:
            case "up" | "down":
                self.list.move(-1 if action == "up" else 1)
            case "page_up" | "page_down":
                self.list.move_page(-1 if action == "page_up" else 1)
            case "choose":
                await self._choose()
            case _:
                self.close()
                self._hand_on(self.line.typed)

    @on(EntryList.Clicked)
    async def _choose(self) -> None:
        chosen = self.list.highlighted
        if chosen is not None:
            self.close()
            done = chosen.entry.run()
            if done is not None:
                await done
            self._hand_on(self.line.typed)

    @on(Input.Changed)
    def _on_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._follow_query()

    def _follow_query(self) -> None:
        """Bring the list up to date with what is written, before a key acts on it."""
        if self.line.value != self._query:
            self._show(self.line.value)

    # Showing

    def _show(self, query: str, *, keep: Match | None = None) -> None:
        """Show what fits `query`, with the entry of `keep` highlighted where it is among them."""
        self._query = query
        matches = matching(self._entries, query, self._search)
        kept = (place for place, each in enumerate(matches) if keep and each.entry is keep.entry)
        self.list.show_rows(matches, next(kept, 0) if matches else None)
        self.list.display = bool(matches)
        self._nothing.display = not matches
