"""Completion of `/commands`: what matches (`CommandCompleter`) and the list that shows it.

The matching is plain data so that the composer can act on it in the very key press that changed
the text; `CompletionPopup` only draws the state it is given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from codex_tui.protocol.display import one_line
from codex_tui.ui.widgets.fuzzy import BoundedSearch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_COMMAND = re.compile(r"/(\S*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandItem:
    """A command as the popup lists it; `name` is written without the slash."""

    name: str
    summary: str


class CommandCompleter:
    """Which commands fit the draft, and which of them is highlighted."""

    def __init__(self) -> None:
        self.matches: tuple[CommandItem, ...] = ()
        self.index = 0
        self._commands: tuple[CommandItem, ...] = ()
        self._query: str | None = None
        self._dismissed = False
        self._search = BoundedSearch()

    @property
    def commands(self) -> tuple[CommandItem, ...]:
        """Everything that can be completed; takes effect at the next `update`."""
        return self._commands

    @commands.setter
    def commands(self, commands: Sequence[CommandItem]) -> None:
        self._commands = tuple(commands)
        self._query = None

    def knows(self, name: str) -> bool:
        """Tell whether `name`, without the slash, is a command."""
        return any(item.name == name for item in self._commands)

    @property
    def is_open(self) -> bool:
        """Whether there is something to choose from."""
        return bool(self.matches)

    @property
    def highlighted(self) -> CommandItem | None:
        """The command that Tab or Enter would take."""
        return self.matches[self.index] if self.matches else None

    def update(self, draft: str) -> None:
        """Match `draft`; only a draft that is one word behind a slash has completions.

        A dismissal lasts until the slash is gone.
        """
        if not draft.startswith("/"):
            self._dismissed = False
        command = None if self._dismissed else _COMMAND.fullmatch(draft)
        query = None if command is None else command[1]
        if query == self._query:
            return
        self._query = query
        self.index = 0
        self.matches = () if query is None else self._rank(query)

    def _rank(self, query: str) -> tuple[CommandItem, ...]:
        if not query:
            return self._commands
        scored: list[tuple[bool, bool, float, CommandItem]] = []
        for item in self._commands:
            score, _ = self._search.match(query, item.name)
            if score > 0:
                name = item.name.lower()
                prefix = name.startswith(query.lower())
                scored.append((name == query.lower(), prefix, score, item))
        scored.sort(key=lambda entry: entry[:3], reverse=True)
        return tuple(entry[3] for entry in scored)

    def move(self, offset: int) -> None:
        """Move the highlight by `offset`, around the ends."""
        if self.matches:
            self.index = (self.index + offset) % len(self.matches)

    def dismiss(self) -> None:
        """Close until the draft stops being a command."""
        self._dismissed = True
        self._query = None
        self.matches = ()

    def reopen(self, draft: str) -> None:
        """Take a dismissal back."""
        self._dismissed = False
        self.update(draft)


class CompletionPopup(OptionList, can_focus=False):
    """The list above the composer, at most eight rows; mounted once, then shown and hidden.

    It must stand right before the composer in the same vertical layout: it takes no room there and
    floats upwards by its own height.
    """

    DEFAULT_CSS = """
    CompletionPopup {
        display: none;
        overlay: screen;
        offset-y: -100%;
        width: 1fr;
        max-width: 76;
        height: auto;
        max-height: 8;
        border: none;
        padding: 0;
        margin: 0 1;
        background: $panel;
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-color: $rule;
        scrollbar-color-hover: $muted;
        scrollbar-color-active: $muted;
        scrollbar-background: $panel;
        scrollbar-background-hover: $panel;
        scrollbar-background-active: $panel;
        & > .option-list--option { padding: 0 2; }
        & > .option-list--option-highlighted {
            color: $foreground;
            background: $primary 25%;
            text-style: none;
        }
    }
    """

    def __init__(self, take: Callable[[CommandItem], None]) -> None:
        """Create a hidden popup that calls `take` with a command the user clicked on."""
        super().__init__(markup=False)
        self._take = take
        self._shown: tuple[CommandItem, ...] = ()

    def present(self, completer: CommandCompleter) -> None:
        """Show the completer's matches and highlight, or hide when there are none."""
        if completer.matches != self._shown:
            self._shown = completer.matches
            column = max((len(one_line(item.name, 40)) for item in self._shown), default=0) + 3
            self.clear_options()
            self.add_options(Option(_row(item, column)) for item in self._shown)
        self.highlighted = completer.index if completer.is_open else None
        self.display = completer.is_open

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Hand the clicked command over."""
        event.stop()
        self._take(self._shown[event.option_index])


def _row(item: CommandItem, column: int) -> Content:
    name = f"/{one_line(item.name, 40)}"
    summary = Content.styled(one_line(item.summary, 200), "$muted")
    return Content(name.ljust(column)).append(summary).truncate(72, ellipsis=True)
