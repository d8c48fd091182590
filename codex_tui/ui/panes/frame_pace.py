"""When streamed words come to the screen: at most `FRAMES_PER_S` times a second, less often when a
frame is costly, and never while none come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer
    from textual.widget import Widget

FRAMES_PER_S = 20
REST_FACTOR = 4
"""After a frame the next one waits at least so many times what it cost."""
STALL_S = 1.0
"""Without words for so long the stream is at rest."""


class FramePace:
    """Calls `draw`, which says whether more words may come, and `rest` when the stream stalls or
    is over. `clock` gives seconds.
    """

    def __init__(
        self, draw: Callable[[], bool], rest: Callable[[], None], clock: Callable[[], float]
    ) -> None:
        self.clock = clock
        self._draw = draw
        self._rest = rest
        self._timer: Timer | None = None
        self._streamed_at_s = 0.0
        self._frame_due_s = 0.0

    def begin(self, owner: Widget) -> None:
        """Make the frame timer of a mounted widget; it stands still until words come."""
        self._timer = owner.set_interval(1 / FRAMES_PER_S, self._tick, pause=True)

    def words_came(self) -> None:
        """Have them drawn with the next frame."""
        self._streamed_at_s = self.clock()
        if self._timer is not None:
            self._timer.resume()

    def _tick(self) -> None:
        now_s = self.clock()
        if now_s < self._frame_due_s:
            return
        streaming = self._draw()
        done_s = self.clock()
        self._frame_due_s = done_s + REST_FACTOR * (done_s - now_s)
        if done_s - self._streamed_at_s > STALL_S or not streaming:
            self._rest()
            if self._timer is not None:
                self._timer.pause()
