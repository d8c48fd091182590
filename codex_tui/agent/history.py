"""The conversation as the model reads it: append-only, and valid at every moment a request is made.

Whatever was sent before stays as it was, byte for byte; repairs are made by appending (a result for
a call that was interrupted), never by rewriting.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from codex_tui.agent.compaction.view import View
from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    Origin,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Set

    from codex_tui.agent.past import PastCompaction
    from codex_tui.providers.base import Endpoint

CRASHED_RESULT = "The program ended before this call did; nothing is known of its effect."


class History:
    """The messages of one branch, in order. `view` is how the model reads them; `has_files` once
    files went along with the user's words.
    """

    def __init__(
        self, messages: Iterable[Message] = (), compactions: Iterable[PastCompaction] = ()
    ) -> None:
        self.view = View()
        self.has_files = False
        self._messages: list[Message] = []
        self._open: dict[str, ToolCall] = {}
        self._call_ids: set[str] = set()
        due = deque(compactions)
        for message in messages:
            while due and due[0].after <= len(self):
                self.view.apply(due.popleft().record)
            self.append(message)
        for each in due:
            self.view.apply(each.record)

    def become(self, other: History) -> None:
        """Hold the messages of another branch in place of these; `other` is given up for it."""
        self.view, self.has_files = other.view, other.has_files
        self._messages, self._open = other._messages, other._open
        self._call_ids = other._call_ids

    def accepts(self, message: Message) -> bool:
        """Say whether `message` may follow: a result needs an open call, a call a new id."""
        match message:
            case ToolResultMessage():
                return message.call_id in self._open
            case AssistantMessage():
                return not self._open or all(
                    call.id not in self._open for call in message.tool_calls
                )
            case _:
                return True

    def append(self, message: Message) -> None:
        """Add a message that `accepts` allows; anything else is a bug."""
        if not self.accepts(message):
            raise ValueError(f"{message.type} does not fit the conversation")
        if isinstance(message, AssistantMessage):
            calls = {call.id: call for call in message.tool_calls}
            self._open.update(calls)
            self._call_ids.update(calls)
        elif isinstance(message, ToolResultMessage):
            del self._open[message.call_id]
        elif isinstance(message, UserMessage) and message.files:
            self.has_files = True
        self._messages.append(message)
        self.view.append(message)

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def messages(self) -> tuple[Message, ...]:
        """Everything so far."""
        return tuple(self._messages)

    @property
    def last_origin(self) -> Origin | None:
        """Who answered last."""
        answers = (each for each in reversed(self._messages) if isinstance(each, AssistantMessage))
        return next((answer.origin for answer in answers), None)

    @property
    def call_ids(self) -> Set[str]:
        """The ids of all calls so far."""
        return self._call_ids

    @property
    def open_calls(self) -> tuple[ToolCall, ...]:
        """Calls without a result, in call order."""
        return tuple(self._open.values())

    def missing_results(self, content: str) -> tuple[ToolResultMessage, ...]:
        """Results that say `content`, to append so that every call has one again."""
        return tuple(
            ToolResultMessage(
                call_id=call.id,
                name=call.name,
                content=content,
                status=ToolStatus.INTERRUPTED,
            )
            for call in self.open_calls
        )

    @property
    def image_count(self) -> int:
        """How many pictures there are."""
        return sum(
            len(message.images)
            for message in self._messages
            if isinstance(message, UserMessage | ToolResultMessage)
        )

    @property
    def word_count(self) -> int:
        """How many times the user spoke."""
        return sum(isinstance(message, UserMessage) for message in self._messages)

    def thinking_left_behind(self, endpoint: Endpoint) -> int:
        """Count signed reasoning blocks that cannot be replayed at `endpoint`."""
        signed = Counter(
            message.origin
            for message in self._messages
            if isinstance(message, AssistantMessage)
            for part in message.parts
            if isinstance(part, ThinkingPart) and part.opaque is not None
        )
        return sum(
            count for origin, count in signed.items() if origin != endpoint.origin(origin.model)
        )
