"""The user's words that no model has read yet.

`steering` goes into the running turn after the tools that run now; `queued` become the next turns.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from codex_tui.protocol.events import InputQueueChanged

if TYPE_CHECKING:
    from codex_tui.agent.conversation import Conversation
    from codex_tui.protocol.messages import UserMessage


class InputQueue:
    """Two waiting lines, every change of which is announced."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._steering: deque[UserMessage] = deque()
        self._queued: deque[UserMessage] = deque()

    def __bool__(self) -> bool:
        return bool(self._steering or self._queued)

    def steer(self, words: UserMessage) -> None:
        """Add words for the running turn."""
        self._steering.append(words)
        self._announce()

    def queue(self, words: UserMessage) -> None:
        """Add words for a turn of their own."""
        self._queued.append(words)
        self._announce()

    @property
    def next_steering(self) -> UserMessage | None:
        """What the running turn reads next; it stays until `take_steering`."""
        return self._steering[0] if self._steering else None

    def take_steering(self, words: UserMessage) -> bool:
        """Forget words for the running turn; False when they were taken back meanwhile."""
        if words not in self._steering:
            return False
        self._steering.remove(words)
        self._announce()
        return True

    def take_next(self) -> UserMessage | None:
        """Return and forget the words of the next turn, None when there are none."""
        if not self._queued:
            return None
        words = self._queued.popleft()
        self._announce()
        return words

    def take_back(self) -> UserMessage | None:
        """Return and forget the words that would be read last: queued ones before steering."""
        waiting = self._queued or self._steering
        if not waiting:
            return None
        words = waiting.pop()
        self._announce()
        return words

    def take_back_all(self, *, queued: bool) -> tuple[UserMessage, ...]:
        """Return and forget the words for the running turn, and those that are `queued`."""
        lines = (self._steering, self._queued) if queued else (self._steering,)
        words = tuple(each for line in lines for each in line)
        for line in lines:
            line.clear()
        if words:
            self._announce()
        return words

    def end_turn(self) -> None:
        """Words that came too late for the turn become the next ones."""
        if self._steering:
            self._queued.extendleft(reversed(self._steering))
            self._steering.clear()
            self._announce()

    def _announce(self) -> None:
        self._conversation.sink.publish(
            InputQueueChanged(
                place=self._conversation.place,
                steering=tuple(words.text for words in self._steering),
                queued=tuple(words.text for words in self._queued),
            )
        )
