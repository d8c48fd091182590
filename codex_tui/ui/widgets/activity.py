"""The line between chat and composer: that something runs, and that there is more below."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from typing_extensions import override

from codex_tui.protocol.display import one_line
from codex_tui.ui.symbols import UNICODE, Symbols
from codex_tui.ui.widgets.blocks import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.timer import Timer

FRAMES_PER_S = 8
MAX_WORDS = 120


class ActivityLine(Widget):
    """One row of constant height, so that nothing moves when work begins and ends.

    It animates only while `busy` and not `quiet`; idle it costs nothing.
    """

    DEFAULT_CSS = """
    ActivityLine {
        height: 1;
        background: $background;
        color: $muted;
    }
    """

    busy = reactive(False)
    """Something runs."""
    quiet = reactive(False)
    """Text arrives: the reader sees that something runs without being told."""
    asking = reactive(False)
    """Nothing goes on before the user has decided."""
    waiting_for = reactive("")
    """What is done before the model can be asked."""
    behind = reactive(False)
    """There are new rows below the view."""

    class EndRequested(Message):
        """The reader clicked on the words that there is more below."""

    def __init__(
        self, *, symbols: Symbols = UNICODE, clock: Callable[[], float] = monotonic
    ) -> None:
        """`clock` gives seconds."""
        super().__init__()
        self._symbols = symbols
        self._clock = clock
        self._since_s = 0.0
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Make the timer; it stands still until something runs."""
        self._timer = self.set_interval(1 / FRAMES_PER_S, self.refresh, pause=True)
        self._run_or_rest()

    def watch_busy(self, busy: bool) -> None:
        """Count the time from here."""
        if busy:
            self._since_s = self._clock()
        self._run_or_rest()

    def watch_quiet(self) -> None:
        """Stand still while text arrives."""
        self._run_or_rest()

    def watch_asking(self) -> None:
        """Stand still while the user decides."""
        self._run_or_rest()

    def on_click(self, event: events.Click) -> None:
        """Go to the end if there is more."""
        if self.behind:
            event.stop()
            self.post_message(self.EndRequested())

    @override
    def render(self) -> Content:
        left = Content("")
        if self.asking:
            left = Content.styled(f"{self._symbols.waiting} waiting for your decision", "$warning")
        elif self.busy and not self.quiet:
            left = self._working()
        right = Content("")
        if self.behind:
            right = Content.styled(f"new output {self._symbols.down} End ", "$accent")
        room = self.size.width - left.cell_length - right.cell_length
        if room < 0:
            return right
        return Content.assemble(left, Content.blank(room), right)

    def _working(self) -> Content:
        elapsed_s = self._clock() - self._since_s
        signs = self._symbols.spinner
        sign = signs[int(elapsed_s * FRAMES_PER_S) % len(signs)]
        time = f" {duration(int(elapsed_s) * 1000)}" if elapsed_s >= 1 else ""
        words = one_line(self.waiting_for, MAX_WORDS) or f"working {self._symbols.ellipsis}"
        return Content.assemble(
            (f"{sign} ", "$accent"),
            words,
            (time, "$faint"),
        )

    def _run_or_rest(self) -> None:
        if self._timer is None:
            return
        if self.busy and not self.quiet and not self.asking:
            self._timer.resume()
        else:
            self._timer.pause()
