"""The sign that moves while something is waited for, for widgets that show words beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.ui.symbols import UNICODE
from codex_tui.ui.widgets.activity import FRAMES_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer
    from textual.widget import Widget


class ActivityMark:
    """Calls `show` with the sign of the moment from `start` to `stop`; at rest it costs nothing.

    `clock` gives seconds.
    """

    def __init__(
        self, owner: Widget, show: Callable[[str], None], clock: Callable[[], float]
    ) -> None:
        self._owner = owner
        self._show = show
        self._clock = clock
        self._since_s = 0.0
        self._timer: Timer | None = None

    def start(self) -> None:
        """Show the first sign, and go on."""
        self.stop()
        self._since_s = self._clock()
        self._timer = self._owner.set_interval(1 / FRAMES_PER_S, self._step)
        self._step()

    def stop(self) -> None:
        """Stand still; what was shown stays."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _step(self) -> None:
        signs = UNICODE.spinner
        frame = int((self._clock() - self._since_s) * FRAMES_PER_S)
        self._show(signs[frame % len(signs)])
