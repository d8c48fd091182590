"""The user's words that no model has read yet.

`steering` goes into the running turn after the tools that run now; `queued` become the next turns.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from codex_tui.protocol.events import InputQueueChanged

if TYPE_CHECKING:
    from codex_tui.bus import EventSink
    from codex_tui.protocol.ids import Place


class InputQueue:
    """Two waiting lines, every change of which is announced."""

    def __init__(self, sink: EventSink, place: Place) -> None:
        self._sink = sink
        self._place = place
        self._steering: deque[str] = deque()
        self._queued: deque[str] = deque()

    def steer(self, text: str) -> None:
        """Add words for the running turn."""
        self._steering.append(text)
        self._announce()

    def queue(self, text: str) -> None:
        """Add words for a turn of their own."""
        self._queued.append(text)
        self._announce()

    def take_steering(self) -> tuple[str, ...]:
        """Return and forget what is for the running turn."""
        words = tuple(self._steering)
        if words:
            self._steering.clear()
            self._announce()
        return words

    def take_next(self) -> str | None:
        """Return and forget the words of the next turn, None when there are none."""
        if not self._queued:
            return None
        text = self._queued.popleft()
        self._announce()
        return text

    def take_back(self) -> str | None:
        """Return and forget the words that would be read last: queued ones before steering."""
        waiting = self._queued or self._steering
        if not waiting:
            return None
        text = waiting.pop()
        self._announce()
        return text

    def end_turn(self) -> None:
        """Words that came too late for the turn become the next ones."""
        if self._steering:
            self._queued.extendleft(reversed(self._steering))
            self._steering.clear()
            self._announce()

    def _announce(self) -> None:
        self._sink.publish(
            InputQueueChanged(
                place=self._place, steering=tuple(self._steering), queued=tuple(self._queued)
            )
        )
