"""Which pictures of a conversation a model gets to see; the others become a line of text.

A model without eyes gets the line for each. For a model with eyes there is a budget, because a
request with every picture of a long session is refused as too large. When the pictures exceed it,
the oldest go until half of it is free again. What is shown depends on the history alone, and a
request changes what an earlier one held only at those moments, which are rare for that reason:
until the next one, each request begins with the bytes of the one before.
"""

from __future__ import annotations

from collections import deque
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
    """How much of pictures one request carries: characters of base64, and how many.

    A picture with a side of more than `large_side` pixels is a large one; a request that holds any
    has no more than `max_count_with_large` pictures.
    """

    max_chars: int = 20_000_000
    max_count: int = 100
    large_side: int | None = None
    max_count_with_large: int = 0

    def holds(self, *, chars: int, count: int, large: int) -> bool:
        """Say whether so many pictures, `large` ones among them, fit."""
        return chars <= self.max_chars and count <= (
            self.max_count_with_large if large else self.max_count
        )

    def is_large(self, image: ImagePart) -> bool:
        """Say whether it limits how many pictures there may be."""
        return self.large_side is not None and max(image.width, image.height) > self.large_side

    @property
    def half(self) -> PictureBudget:
        """The budget that is kept to after pictures had to go."""
        return replace(
            self,
            max_chars=self.max_chars // 2,
            max_count=self.max_count // 2,
            max_count_with_large=self.max_count_with_large // 2,
        )


class PictureWindow:
    """Which pictures are shown, message by message.

    Attributes:
        first: the place of the first message whose pictures are shown; it never goes back.
    """

    def __init__(self, budget: PictureBudget) -> None:
        self.first = 0
        self._budget = budget
        self._half = budget.half
        self._shown: deque[tuple[int, tuple[ImagePart, ...]]] = deque()
        self._chars = self._count = self._large = 0
        self._place = 0

    def take(self, message: Message) -> None:
        """Look at the next message. Its own pictures are always among those shown."""
        images = images_of(message)
        if images:
            self._shown.append((self._place, images))
            self._count_in(images, 1)
            if not self._fits(self._budget):
                while len(self._shown) > 1 and not self._fits(self._half):
                    place, gone = self._shown.popleft()
                    self._count_in(gone, -1)
                    self.first = place + 1
        self._place += 1

    def _fits(self, budget: PictureBudget) -> bool:
        return budget.holds(chars=self._chars, count=self._count, large=self._large)

    def _count_in(self, images: tuple[ImagePart, ...], sign: int) -> None:
        self._chars += sign * sum(len(image.data) for image in images)
        self._count += sign * len(images)
        self._large += sign * sum(map(self._budget.is_large, images))


def seen(
    messages: Sequence[Message], *, sees_images: bool, budget: PictureBudget
) -> Sequence[Message]:
    """Return the messages with the pictures the model sees, a line of text for each of the others.

    The pictures of the last message that has any are always among those it sees.
    """
    window = PictureWindow(budget)
    for message in messages:
        window.take(message)
    return [
        shown(message, sees_images=sees_images, gone=place < window.first)
        for place, message in enumerate(messages)
    ]


def shown(message: Message, *, sees_images: bool, gone: bool) -> Message:
    """Return the message as the model sees it; its pictures are `gone` when later ones took their
    place.
    """
    if sees_images and not gone:
        return message
    return _told(message, _GONE if sees_images else _BLIND)


def images_of(message: Message) -> tuple[ImagePart, ...]:
    """Return the pictures of a message."""
    return message.images if isinstance(message, UserMessage | ToolResultMessage) else ()


def _told(message: Message, why: str) -> Message:
    """Put a line of text in the place of each picture."""
    lines = "\n".join(f"[image {image.label}: {why}]" for image in images_of(message))
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
