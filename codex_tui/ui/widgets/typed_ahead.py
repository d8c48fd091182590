"""Keys in the order they were typed, although the key before them changes who reads them.

The framework hands a key to whoever has the focus when it arrives. In a burst, or while the program
is busy, the keys behind an Enter that closes a pane have reached the pane before it is gone. A
widget with a `TypedAhead` stops reading at such a key; what has arrived behind it waits and goes to
whoever is to read on.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual import events

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

Typed = events.Key | events.Paste


class TypedAhead:
    """What has arrived at one widget and was not read yet.

    The widget tells it of each event as it is forwarded (`note`), asks before it acts on one
    (`may_read`) and sets `on_hold` at a key that others must act on first.
    """

    def __init__(self) -> None:
        self.on_hold = False
        self._unread: deque[Typed] = deque()

    def note(self, event: events.Event) -> None:
        """Remember a key or a paste that has just arrived."""
        if isinstance(event, events.Key | events.Paste):
            self._unread.append(event)

    def may_read(self, event: Typed, *, out_of_turn: bool = False) -> bool:
        """Say whether the widget is to act on `event`; otherwise nobody does until it is handed
        on. With `out_of_turn` it is read although others wait before it.
        """
        first = not self.on_hold and bool(self._unread) and self._unread[0] is event
        if first or (out_of_turn and event in self._unread):
            self._unread.remove(event)
            return True
        event.stop()
        event.prevent_default()
        return False

    def take(self, wanted: Callable[[Typed], bool] = lambda _event: True) -> list[Typed]:
        """Return what waits, as far as it is `wanted`, and forget the rest."""
        taken = [each for each in self._unread if wanted(each)]
        self._unread.clear()
        return taken

    def read_on(self, reader: Widget) -> None:
        """Let `reader` read what waits, before anything that arrives from here on.

        The reader must have the focus by then, or be the widget itself.
        """
        self.on_hold = False
        deliver(self.take(), reader)


def deliver(typed: list[Typed], reader: Widget) -> None:
    """Let `reader` read events that arrived elsewhere."""
    for event in typed:
        fresh = event.copy() if isinstance(event, events.Key) else events.Paste(event.text)
        # A marked event ends at the application; an unmarked one would be sent out again.
        reader._forward_event(fresh)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
