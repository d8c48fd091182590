"""What a start does not show: the panes that open later, and the keys that wait for them.

It owns when they are made and loaded (behind the first paint) and from when on keys are read. Where
they stand is the frame's business, what opens first the main screen's. No key that could open a
pane is read before there are panes; words are read from the first paint on where they are the
composer's, and with all other keys where another pane is to be the first that reads. Nothing typed
meanwhile is lost or overtakes another. The application asks `may_read` before each key.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from textual import events
from textual.binding import Binding
from textual.screen import Screen
from typing_extensions import override

from codex_tui.ui.widgets.typed_ahead import Typed, TypedAhead, deliver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from codex_tui.ui.panes.approval import ApprovalPane
    from codex_tui.ui.panes.command_palette import CommandPalette
    from codex_tui.ui.panes.providers.picker import ProviderPicker
    from codex_tui.ui.panes.sessions.pane import SessionsPane

LATER = (
    "codex_tui.ui.panes.approval",
    "codex_tui.ui.panes.providers.picker",
    "codex_tui.ui.panes.sessions.pane",
    "codex_tui.ui.panes.command_palette",
)


class FurnishedScreen(Screen[None]):
    """A screen that is painted before all of it is there."""

    def __init__(self) -> None:
        super().__init__()
        self.furnished = False
        """All panes are there."""
        self._reads_words = asyncio.Event()
        self._reads_keys = asyncio.Event()
        self._typed_early: list[Typed] = []

    # -- panes --------------------------------------------------------------------------------

    async def furnish(self) -> None:
        """Load and mount the panes that open later. They are hidden until then."""
        await asyncio.to_thread(_load_panes)
        await self.mount_panes()
        self.furnished = True

    @abstractmethod
    async def mount_panes(self) -> None:
        """Put the panes that open later in their places."""

    @abstractmethod
    def hand_on_keys(self, typed: TypedAhead) -> None:
        """Let whoever reads keys read what was typed behind the last one in the palette."""

    @cached_property
    def approval(self) -> ApprovalPane:
        """The review."""
        from codex_tui.ui.panes.approval import ApprovalPane

        return ApprovalPane(id="approval")

    @cached_property
    def picker(self) -> ProviderPicker:
        """The models to choose from."""
        from codex_tui.ui.panes.providers.picker import ProviderPicker

        return ProviderPicker(id="picker")

    @cached_property
    def sessions(self) -> SessionsPane:
        """The kept sessions, in the place of everything else."""
        from codex_tui.ui.panes.sessions.pane import SessionsPane

        return SessionsPane(id="sessions")

    @cached_property
    def palette(self) -> CommandPalette:
        """All commands and keys by name."""
        from codex_tui.ui.panes.command_palette import CommandPalette

        return CommandPalette(self.hand_on_keys, id="palette")

    def bindings_of_panes(self) -> Iterable[Binding]:
        """Return the keys of the panes that name theirs in the last line; none before they came."""
        if not self.furnished:
            return ()
        from codex_tui.ui.panes.command_palette import PALETTE_BINDINGS
        from codex_tui.ui.panes.providers.picker_keys import PICKER_BINDINGS

        return Binding.make_bindings((*PALETTE_BINDINGS, *PICKER_BINDINGS))

    # -- keys ---------------------------------------------------------------------------------

    async def may_read(self, event: events.Event) -> bool:
        """Wait until a key, a paste or the mouse can be read; what comes behind it waits, too.

        False when the program ends before that; words are read even then, for they are kept.
        """
        is_words = isinstance(event, events.Paste) or (
            isinstance(event, events.Key) and event.is_printable
        )
        await (self._reads_words if is_words else self._reads_keys).wait()
        return is_words or self.furnished

    def read_words(self) -> None:
        """From here on words are read: they are the composer's."""
        self._reads_words.set()

    def read_keys(self) -> None:
        """From here on everything is read: what is to be open first is open, or the program ends,
        which it hears of only behind the keys that wait.
        """
        self._reads_words.set()
        self._reads_keys.set()

    @override
    def _forward_event(self, event: events.Event) -> None:
        nobody_reads = self.focused is None and not self.has_class("-tiny")
        if nobody_reads and isinstance(event, events.Key | events.Paste):
            self._typed_early.append(event)
        else:
            super()._forward_event(event)

    def read_early(self, reader: Widget) -> None:
        """Let `reader`, which has the focus, read what was typed while nobody had it."""
        typed, self._typed_early = self._typed_early, []
        deliver(typed, reader)


def _load_panes() -> None:
    for module in LATER:
        import_module(module)
