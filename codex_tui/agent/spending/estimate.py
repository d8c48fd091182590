"""How many tokens something is, said without asking anybody: for the meter, for warnings, for
deciding when a conversation is too long.

An estimate counts characters and pictures; what a model's tokenizer makes of them is learned from
its servers' own counts, as one factor a model. Whoever shows an estimate puts "~" before it. Where
the factors are kept is not known here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from codex_tui.protocol.messages import (
    AssistantMessage,
    AssistantPart,
    Message,
    NoticeMessage,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from codex_tui.protocol.messages import ImagePart
    from codex_tui.protocol.tools import ToolSpec

CHARS_PER_TOKEN: Final = 4.0
"""The usual rule for English and code with OpenAI's tokenizers."""
CLAUDE_CHARS_PER_TOKEN: Final = 3.3
"""Measured on code with the tokenizer of the Claude models."""
PIXELS_PER_TOKEN: Final = 750
"""Anthropic's rule for pictures; the others are of the same order."""
MESSAGE_CHARS: Final = 16
"""What roles, ids and brackets around a message come to."""
CALIBRATION_WEIGHT: Final = 0.3
"""How much of a factor the newest count decides."""
MIN_CALIBRATION_TOKENS: Final = 200
"""What is smaller says more about the wire's own words than about a tokenizer."""
FACTOR_LIMITS: Final = (0.4, 3.0)
"""A count beyond these is not of what was estimated: a server that leaves out or adds."""
_BROKEN_OFF: Final = frozenset({StopReason.ERROR, StopReason.INTERRUPTED})


class Estimator:
    """Estimates by model. `factors` (actual to estimated) are by `provider/model`."""

    def __init__(self, factors: Mapping[str, float] | None = None) -> None:
        self._factors = {
            model: factor for model, factor in (factors or {}).items() if _plausible(factor)
        }
        self._learned: dict[str, float] = {}
        self._sizes = _GrowingSizes()

    @property
    def learned(self) -> Mapping[str, float]:
        """The factors that changed since the estimator was made."""
        return self._learned

    def tokens(
        self,
        model: str,
        messages: Sequence[Message],
        *,
        system: str = "",
        tools: Sequence[ToolSpec] = (),
    ) -> int:
        """Return what these would be in `model`'s tokens. Of messages that begin with those of the
        call before, only what was added is looked at: every step of a long session asks.
        """
        around = _size_around(system, tools)
        plain = self._sizes.of(messages).plus(around).tokens(model)
        return round(plain * self._factors.get(model, 1.0))

    def learn(self, model: str, *, estimated: int, actual: int) -> None:
        """Take a server's count of what was estimated (with `tokens`) into account."""
        if estimated < MIN_CALIBRATION_TOKENS:
            return
        known = self._factors.get(model, 1.0)
        seen = known * actual / estimated
        if not _plausible(seen):
            return
        first = model not in self._factors
        weight = 1.0 if first else CALIBRATION_WEIGHT
        self._factors[model] = self._learned[model] = (1 - weight) * known + weight * seen


@dataclass(frozen=True, slots=True)
class _Size:
    """Characters, and the tokens of pictures."""

    chars: int = 0
    images: float = 0.0

    def plus(self, other: _Size) -> _Size:
        return _Size(self.chars + other.chars, self.images + other.images)

    def tokens(self, model: str) -> int:
        ratio = CLAUDE_CHARS_PER_TOKEN if "claude" in model else CHARS_PER_TOKEN
        return round(self.chars / ratio + self.images)


class _GrowingSizes:
    """The size of one conversation at a time; a message of it is looked at once. Threads may ask at
    the same time: what is known is replaced in one piece.
    """

    def __init__(self) -> None:
        self._known: tuple[tuple[Message, ...], _Size] = ((), _Size())

    def of(self, messages: Sequence[Message]) -> _Size:
        known, size = self._known
        count = len(known)
        if tuple(messages[:count]) != known:  # the same objects: no text is compared
            count, size = 0, _Size()
        size = size.plus(_size_of(messages[count:]))
        self._known = (tuple(messages), size)
        return size


def last_count(messages: Sequence[Message], model: str) -> tuple[int, int]:
    """Return what the last counted answer of `model` (`provider/model`) and all before it came to,
    and how many messages that covers; (0, 0) where another model spoke since, or nobody counted. Of
    an answer that broke off only the prompt was counted: its words are not covered.
    """
    provider, _, name = model.partition("/")
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if not isinstance(message, AssistantMessage):
            continue
        if message.origin.model != name or message.origin.provider != provider:
            return 0, 0
        if message.usage is not None and message.usage.input_tokens:
            if message.stop in _BROKEN_OFF:
                return message.usage.input_tokens, place
            return message.usage.input_tokens + message.usage.output_tokens, place + 1
    return 0, 0


def estimate_tokens(
    messages: Iterable[Message],
    *,
    model: str = "",
    system: str = "",
    tools: Sequence[ToolSpec] = (),
) -> int:
    """Return an estimate of the tokens of `messages` with the prompt and tools around them, by
    rules alone: `Estimator` knows better once it has learned.
    """
    return _size_of(messages).plus(_size_around(system, tools)).tokens(model)


def _size_around(system: str, tools: Sequence[ToolSpec]) -> _Size:
    chars = len(system)
    for tool in tools:
        chars += len(tool.name) + len(tool.description) + len(json.dumps(tool.parameters))
    return _Size(chars)


def _size_of(messages: Iterable[Message]) -> _Size:
    chars, images = 0, 0.0
    for message in messages:
        chars += MESSAGE_CHARS + _chars(message)
        if isinstance(message, UserMessage | ToolResultMessage) and message.images:
            images += sum(map(_tokens_of_image, message.images))
    return _Size(chars, images)


def _chars(message: Message) -> int:
    match message:
        case UserMessage(text=text, files=files):
            return len(text) + sum(len(file.path) + len(file.text or "") for file in files)
        case NoticeMessage(text=text):
            return len(text)
        case ToolResultMessage(content=content, name=name):
            return len(content) + len(name)
        case AssistantMessage(parts=parts):
            return sum([_part_chars(part) for part in parts])
        case _:
            assert_never(message)


def _part_chars(part: AssistantPart) -> int:
    match part:
        case TextPart(text=text) | ThinkingPart(text=text):
            return len(text)
        case ToolCall(name=name, arguments=arguments):
            return len(name) + len(arguments)
        case ServerPart(opaque=opaque):
            return len(opaque.data)
        case _:
            assert_never(part)


def _tokens_of_image(image: ImagePart) -> float:
    return image.width * image.height / PIXELS_PER_TOKEN


def _plausible(factor: float) -> bool:
    low, high = FACTOR_LIMITS
    return low <= factor <= high
