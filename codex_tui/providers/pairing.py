"""Which result belongs to which call, the same for every wire.

Results may come in any order and with messages between them, and a server may use a call's id again
in a later answer. So a call takes the first result with its id that stands before the next answer
and that no call before it took. Results that nobody takes are not sent.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    ToolResultMessage,
    UserMessage,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_tui.protocol.messages import Message

Spoken = UserMessage | NoticeMessage | AssistantMessage
Results = tuple[ToolResultMessage | None, ...]


def paired(messages: Sequence[Message]) -> Iterator[tuple[Spoken, Results]]:
    """Yield every message that is no result, with the results of its calls in call order.

    There is one for each of `AssistantMessage.tool_calls`, incomplete ones included, and None where
    it is missing.
    """
    for position, message in enumerate(messages):
        match message:
            case ToolResultMessage():
                continue
            case AssistantMessage():
                yield message, _results_of(message, messages, position)
            case _:
                yield message, ()


def _results_of(answer: AssistantMessage, messages: Sequence[Message], position: int) -> Results:
    waiting: defaultdict[str, deque[ToolResultMessage]] = defaultdict(deque)
    for index in range(position + 1, len(messages)):
        message = messages[index]
        if isinstance(message, AssistantMessage):
            break
        if isinstance(message, ToolResultMessage):
            waiting[message.call_id].append(message)
    queues = (waiting[call.id] for call in answer.tool_calls)
    return tuple(queue.popleft() if queue else None for queue in queues)
