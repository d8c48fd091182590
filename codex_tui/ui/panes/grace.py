"""The first moments of a request, in which keys decide nothing: whoever was writing may go on.

What keys there are is the approval pane's business; it asks, and says so when it drops one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

GRACE_S: Final = 0.5
"""Keys do nothing this long after a request appeared (the interval other assistants use, too)."""


class Grace:
    """`GRACE_S` seconds from `begin` on, and from each letter that is typed in them.

    Attributes:
        clock: gives seconds; only differences count.
    """

    def __init__(self, owner: Widget, clock: Callable[[], float], over: Callable[[], None]) -> None:
        """`over` is called by a timer of `owner` when keys count again of which one was dropped."""
        self.clock = clock
        self._owner = owner
        self._over = over
        self._since_s = 0.0
        self._dropped = False

    def begin(self) -> None:
        """A request appeared."""
        self._since_s = self.clock()
        self._dropped = False

    @property
    def runs(self) -> bool:
        """Keys do not count yet."""
        return self.clock() - self._since_s < GRACE_S

    def note_letter(self) -> None:
        """Somebody writes: no key counts before a rest."""
        if self.runs:
            self._since_s = self.clock()

    @property
    def dropped(self) -> bool:
        """A key was dropped, and the next would be."""
        return self._dropped and self.runs

    def drop_key(self) -> None:
        """Take note of a key that did nothing."""
        if not self._dropped:
            self._dropped = True
            self._owner.set_timer(GRACE_S, self._look)

    def _look(self) -> None:
        if self.dropped:
            self._owner.set_timer(GRACE_S, self._look)
        elif self._dropped:
            self._dropped = False
            self._over()
