"""How many tokens something is, said without asking anybody: for the meter, for warnings, for
deciding when a conversation is too long.

An estimate counts characters and pictures; what a model's tokenizer makes of them is learned from
its servers' own counts, as one factor a model. Whoever shows an estimate puts "~" before it. Where
the factors are kept is not known here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, assert_never

from codex_tui.protocol.messages import (
    AssistantMessage,
    AssistantPart,
    Message,
    NoticeMessage,
    ServerPart,
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


class Estimator:
    """Estimates by model. `factors` (actual to estimated) are by `provider/model`."""

    def __init__(self, factors: Mapping[str, float] | None = None) -> None:
        self._factors = {
            model: factor for model, factor in (factors or {}).items() if _plausible(factor)
        }
        self._learned: dict[str, float] = {}

    @property
    def learned(self) -> Mapping[str, float]:
        """The factors that changed since the estimator was made."""
        return self._learned

    def tokens(
        self,
        model: str,
        messages: Iterable[Message],
        *,
        system: str = "",
        tools: Sequence[ToolSpec] = (),
    ) -> int:
        """Return what these would be in `model`'s tokens."""
        plain = estimate_tokens(messages, model=model, system=system, tools=tools)
        return round(plain * self._factors.get(model, 1.0))

    def prompt_tokens(
        self,
        model: str,
        messages: Sequence[Message],
        *,
        system: str = "",
        tools: Sequence[ToolSpec] = (),
    ) -> int:
        """Return what a request with these messages would be: the last answer's own count where
        `model` gave one, and an estimate of what came after it; else an estimate of all of it.
        """
        counted, after = last_count(messages, model)
        if counted:
            return counted + self.tokens(model, messages[after:])
        return self.tokens(model, messages, system=system, tools=tools)

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


def last_count(messages: Sequence[Message], model: str) -> tuple[int, int]:
    """Return what the last counted answer of `model` (`provider/model`) and all before it came to,
    and how many messages that covers; (0, 0) where another model spoke since, or nobody counted.
    """
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if not isinstance(message, AssistantMessage):
            continue
        if f"{message.origin.provider}/{message.origin.model}" != model:
            return 0, 0
        if message.usage is not None and message.usage.input_tokens:
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
    chars, images = len(system), 0.0
    for tool in tools:
        chars += len(tool.name) + len(tool.description) + len(json.dumps(tool.parameters))
    for message in messages:
        chars += MESSAGE_CHARS + _chars(message)
        images += _image_tokens(message)
    ratio = CLAUDE_CHARS_PER_TOKEN if "claude" in model else CHARS_PER_TOKEN
    return round(chars / ratio + images)


def _chars(message: Message) -> int:
    match message:
        case UserMessage(text=text, files=files):
            return len(text) + sum(len(file.path) + len(file.text or "") for file in files)
        case NoticeMessage(text=text):
            return len(text)
        case ToolResultMessage(content=content, name=name):
            return len(content) + len(name)
        case AssistantMessage(parts=parts):
            return sum(map(_part_chars, parts))
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


def _image_tokens(message: Message) -> float:
    if not isinstance(message, UserMessage | ToolResultMessage):
        return 0.0
    return sum(map(_tokens_of_image, message.images))


def _tokens_of_image(image: ImagePart) -> float:
    return image.width * image.height / PIXELS_PER_TOKEN


def _plausible(factor: float) -> bool:
    low, high = FACTOR_LIMITS
    return low <= factor <= high
