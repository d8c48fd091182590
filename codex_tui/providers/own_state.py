"""A vendor's own state in a conversation, and when it no longer goes back to where it came from.

Signed thinking and encrypted reasoning are bound to an account and to what stood before them. When
their server refuses them, the conversation goes on without what there was of them by then; what the
models there think afterwards goes back to them as usual.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.messages import AssistantMessage, ServerPart
from codex_tui.providers.lessons import Lesson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.protocol.messages import AssistantPart, Message
    from codex_tui.providers.base import Endpoint, ModelRequest

FORGOTTEN: Final = "state_forgotten_until"
"""The flag that names the answer (its `response_id`) up to which own state is not sent back."""
ALL: Final = "*"
"""The flag's value when no own state is ever sent back."""


def forgetting(request: ModelRequest, endpoint: Endpoint) -> Lesson:
    """Return the lesson that the state so far is refused. A server that refuses it once more, with
    answers in between, never takes any.
    """
    last = ALL if request.learned.get(FORGOTTEN) else _last_answer(request.messages, endpoint)
    told = (
        "its own reasoning is not sent back to it"
        if last == ALL
        else "its reasoning of this conversation up to here is not sent back to it"
    )
    return Lesson(flags={FORGOTTEN: last}, told=told, lasting=False)


def remembered(request: ModelRequest) -> Sequence[Message]:
    """Return the request's messages, without the vendor's own state as far as it is forgotten."""
    until = request.learned.get(FORGOTTEN)
    if not until:
        return request.messages
    places = [
        place
        for place, message in enumerate(request.messages)
        if isinstance(message, AssistantMessage) and (until in {ALL, message.response_id})
    ]
    end = places[-1] + 1 if places else 0
    return [*map(_without_state, request.messages[:end]), *request.messages[end:]]


def _last_answer(messages: Sequence[Message], endpoint: Endpoint) -> str:
    for message in reversed(messages):
        if isinstance(message, AssistantMessage) and message.origin == endpoint.origin(
            message.origin.model
        ):
            return message.response_id or ALL
    return ALL


def _without_state(message: Message) -> Message:
    if not isinstance(message, AssistantMessage):
        return message
    parts: tuple[AssistantPart, ...] = tuple(
        replace(part, opaque=None) for part in message.parts if not isinstance(part, ServerPart)
    )
    return replace(message, parts=parts)
