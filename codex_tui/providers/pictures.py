"""Which pictures of a conversation a model gets to see; the others become a line of text.

A model without eyes gets the line for each. For a model with eyes there is a budget, because a
request with every picture of a long session is refused as too large. When the pictures exceed it,
the oldest go until half of it is free again. What is shown depends on the history alone, and a
request changes what an earlier one held only at those moments, which are rare for that reason:
until the next one, each request begins with the bytes of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.messages import ToolResultMessage, UserMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.protocol.messages import ImagePart, Message

_BLIND: Final = "not shown, this model cannot see"
_GONE: Final = "no longer shown, there are too many later ones"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureBudget:
    """How much of pictures one request carries: characters of base64, and how many."""

    max_chars: int = 20_000_000
    max_count: int = 100

    def holds(self, images: Sequence[ImagePart]) -> bool:
        """Say whether so many pictures fit."""
        chars = sum(len(image.data) for image in images)
        return chars <= self.max_chars and len(images) <= self.max_count

    @property
    def half(self) -> PictureBudget:
        """The budget that is kept to after pictures had to go."""
        return PictureBudget(max_chars=self.max_chars // 2, max_count=self.max_count // 2)


def seen(
    messages: Sequence[Message], *, sees_images: bool, budget: PictureBudget
) -> Sequence[Message]:
    """Return the messages with the pictures the model sees, a line of text for each of the others.

    The pictures of the last message that has any are always among those it sees.
    """
    if not any(_images(message) for message in messages):
        return messages
    if not sees_images:
        return [_told(message, _BLIND) for message in messages]
    first = _first_shown(messages, budget)
    return [*(_told(message, _GONE) for message in messages[:first]), *messages[first:]]


def _images(message: Message) -> tuple[ImagePart, ...]:
    return message.images if isinstance(message, UserMessage | ToolResultMessage) else ()


def _first_shown(messages: Sequence[Message], budget: PictureBudget) -> int:
    """Return the place of the first message whose pictures are shown."""
    first = 0
    shown: list[ImagePart] = []
    for place, message in enumerate(messages):
        shown += _images(message)
        if budget.holds(shown):
            continue
        while first < place and not budget.half.holds(shown):
            del shown[: len(_images(messages[first]))]
            first += 1
    return first


def _told(message: Message, why: str) -> Message:
    """Put a line of text in the place of each picture."""
    lines = "\n".join(f"[image {image.label}: {why}]" for image in _images(message))
    match message:
        case UserMessage() if lines:
            text = f"{lines}\n{message.text}" if message.text.strip() else lines
            return replace(message, text=text, images=())
        case ToolResultMessage() if lines:
            return replace(message, content=f"{message.content}\n{lines}", images=())
        case _:
            return message


def data_url(image: ImagePart) -> str:
    """Return a picture as the OpenAI wires take it (RFC 2397)."""
    return f"data:{image.media_type};base64,{image.data}"


def heading(image: ImagePart) -> str:
    """Return the line that stands before a picture of the user's, which may speak of it by name."""
    return f"[image {image.label}]"
