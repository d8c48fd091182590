"""The line between chat and composer: that something runs, and that there is more below."""

from __future__ import annotations

import math
from time import monotonic
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from typing_extensions import override

from codex_tui.protocol.display import one_line
from codex_tui.protocol.figures import format_count, format_duration
from codex_tui.ui.symbols import UNICODE

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.timer import Timer

FRAMES_PER_S = 8
SILENCE_S = 3.0
"""A model that shows nothing for so long is thinking, in seconds."""
MAX_WORDS = 120


class ActivityLine(Widget):
    """One row of constant height, so that nothing moves when work begins and ends.

    It animates only while `busy` and not `quiet`; idle it costs nothing. While a failed call waits
    for its next attempt it counts the seconds down, one small repaint each.
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
    thought_tokens = reactive(0)
    """What the model has thought in this step out of sight, in tokens."""
    retry_keys = reactive("")
    """What keys do about a wait for the next attempt, in words."""
    behind = reactive(False)
    """There are new rows below the view."""

    class EndRequested(Message):
        """The reader clicked on the words that there is more below."""

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        """`clock` gives seconds."""
        super().__init__()
        self._clock = clock
        self._since_s = 0.0
        self._waits_since_s = 0.0
        self._timer: Timer | None = None
        self._seconds: Timer | None = None
        self._again_at_s: float | None = None
        self._reason = ""
        self._listens_since_s: float | None = None

    def on_mount(self) -> None:
        """Make the timers; they stand still until something runs."""
        self._timer = self.set_interval(1 / FRAMES_PER_S, self.refresh, pause=True)
        self._seconds = self.set_interval(1.0, self.refresh, pause=True)
        self._run_or_rest()

    def count_down(self, delay_s: float, reason: str) -> None:
        """Count down to the next attempt of a call that failed for a `reason`."""
        self._again_at_s = self._clock() + delay_s
        self._reason = reason
        self._run_or_rest()
        self.refresh()

    def stop_counting(self) -> None:
        """The wait is over, or given up."""
        if self._again_at_s is not None:
            self._again_at_s = None
            self._run_or_rest()
            self.refresh()

    def listen(self) -> None:
        """From here on the model is heard of next, and is silent until then."""
        self._listens_since_s = self._clock()

    def stop_listening(self) -> None:
        """The model has said what it had to say."""
        self._listens_since_s = None
        self.thought_tokens = 0

    def watch_busy(self, busy: bool) -> None:
        """Count the time from here."""
        if busy:
            self._since_s = self._clock()
        self._run_or_rest()

    def watch_waiting_for(self) -> None:
        """Count the time of what is waited for by itself."""
        self._waits_since_s = self._clock()

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
            left = Content.styled(f"{UNICODE.waiting} waiting for your decision", "$warning")
        elif self._again_at_s is not None:
            left = self._waiting(self._again_at_s)
        elif self.busy and not self.quiet:
            left = self._working()
        right = Content("")
        if self.behind:
            right = Content.styled(f"new output {UNICODE.down} End ", "$accent")
        room = self.size.width - left.cell_length - right.cell_length
        if room < 0 and self._again_at_s is not None:
            left = left.truncate(self.size.width - right.cell_length, ellipsis=True)
            room = 0
        if room < 0:
            return right
        return Content.assemble(left, Content.blank(room), right)

    def _working(self) -> Content:
        words = one_line(self.waiting_for, MAX_WORDS) or f"working {UNICODE.ellipsis}"
        silent_s = self._silent_s()
        if self.waiting_for:
            elapsed_s = self._clock() - self._waits_since_s
        elif silent_s >= SILENCE_S or self.thought_tokens:
            elapsed_s, words = silent_s, f"thinking {UNICODE.ellipsis}"
        else:
            elapsed_s = self._clock() - self._since_s
        signs = UNICODE.spinner
        sign = signs[int(elapsed_s * FRAMES_PER_S) % len(signs)]
        time = f" {format_duration(int(elapsed_s) * 1000)}" if elapsed_s >= 1 else ""
        counted = f" · ~{format_count(self.thought_tokens)} tokens" if self.thought_tokens else ""
        return Content.assemble(
            (f"{sign} ", "$accent"),
            words,
            (time, "$faint"),
            ("" if self.waiting_for else counted, "$faint"),
        )

    def _silent_s(self) -> float:
        since_s = self._listens_since_s
        return 0.0 if since_s is None else self._clock() - since_s

    def _waiting(self, again_at_s: float) -> Content:
        """Say when the next attempt is, which keys there are, and why it waits."""
        left_s = max(0, math.ceil(again_at_s - self._clock()))
        return Content.assemble(
            (f"{UNICODE.waiting} trying again in {left_s} s", "$warning"),
            (f" · {self.retry_keys}" if self.retry_keys else "", "$muted"),
            (f" · {one_line(self._reason, MAX_WORDS)}", "$faint"),
        )

    def _run_or_rest(self) -> None:
        if self._timer is None or self._seconds is None:
            return
        waits = self._again_at_s is not None and not self.asking
        _run(self._seconds, waits)
        _run(self._timer, self.busy and not (self.quiet or self.asking or waits))


def _run(timer: Timer, running: bool) -> None:
    if running:
        timer.resume()
    else:
        timer.pause()
