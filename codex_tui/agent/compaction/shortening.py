"""A conversation made shorter for one call, when even asking for its summary would be too long.

The oldest results of tools lose their text first, then all of them, then what the calls said and
showed. Words stay: they are what a summary is made of.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from codex_tui.agent.compaction.view import without_state
from codex_tui.protocol.messages import (
    AssistantMessage,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.protocol.messages import Message

MOST: Final = 3
"""At this level nothing but words is left."""
MIN_CHARS: Final = 200
"""What is shorter stays."""


def shortened(messages: Sequence[Message], level: int) -> tuple[Message, ...]:
    """Return the messages as they are (0), without the older half of what tools said (1), without
    all of it (2), or without pictures and the calls' arguments, too (`MOST`).
    """
    if not level:
        return tuple(messages)
    weights = [len(each.content) if isinstance(each, ToolResultMessage) else 0 for each in messages]
    spared = sum(weights) // 2 if level == 1 else 0
    left = sum(weights)
    short: list[Message] = []
    for message, weight in zip(messages, weights, strict=True):
        plain = without_state(message)  # its vendor binds it to what is left out here
        if plain is None:
            continue
        short.append(_lessened(plain, level) if left > spared else plain)
        left -= weight
    return tuple(short)


def _lessened(message: Message, level: int) -> Message:
    match message:
        case ToolResultMessage(content=content) if len(content) > MIN_CHARS:
            mark = f"{content[:MIN_CHARS]}\n[{len(content) - MIN_CHARS:,} characters left out]"
            return replace(message, content=mark, images=())
        case ToolResultMessage() | UserMessage() if message.images and level >= MOST:
            return replace(message, images=())
        case AssistantMessage() if level >= MOST:
            parts = tuple(
                _without_arguments(part) if isinstance(part, ToolCall) else part
                for part in message.parts
            )
            return replace(message, parts=parts)
        case _:
            return message


def _without_arguments(call: ToolCall) -> ToolCall:
    if len(call.arguments) <= MIN_CHARS:
        return call
    return replace(call, arguments=json.dumps({"left_out": call.arguments[:MIN_CHARS]}))
