"""How a model is asked and what it is told: the vocabulary of model profiles.

What is shipped for which family, and what a model takes of what is wished, is the providers'
business; where a user's wishes are written is the configuration's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Final, TypeVar

from codex_tui.protocol.models import Effort

T = TypeVar("T")


PLAIN_PROMPT: Final = "plain"
"""The shipped text that says nothing of a family."""

SHIPPED_PROMPTS: Final = (PLAIN_PROMPT, "claude", "gpt")
"""The names of the texts in the package."""


class CacheLife(StrEnum):
    """How long a vendor is to keep what it has read of a conversation since it was last used.

    Short is what vendors do unasked (Anthropic 5 minutes, OpenAI 30); long costs more to write
    (Anthropic an hour, OpenAI 12).
    """

    SHORT = "short"
    LONG = "long"


class EditWay(StrEnum):
    """The way a model is offered to change files."""

    EDIT_FILE = "edit_file"
    APPLY_PATCH = "apply_patch"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProfile:
    """How one model is asked. None says nothing: the next layer below decides, or the vendor.

    `prompt` is the name of a shipped text or the path of a file, whose words are `prompt_text`.
    `timeout_s` is the longest silence between two reads, `first_token_timeout_s` how long the first
    piece of an answer may take, both in seconds. With `show_thinking` False the vendor keeps its
    reasoning to itself. `context_window`, `sees_images` and `tools` correct what is known of a
    model.
    """

    prompt: str | None = None
    prompt_text: str | None = field(default=None, repr=False)
    edit_tool: EditWay | None = None
    effort: Effort | None = None
    show_thinking: bool | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    cache_life: CacheLife | None = None
    timeout_s: float | None = None
    first_token_timeout_s: float | None = None
    context_window: int | None = None
    sees_images: bool | None = None
    tools: bool | None = None

    def under(self, upper: ModelProfile) -> ModelProfile:
        """Return both: what `upper` says, and this where it says nothing."""
        prompt = self if upper.prompt is None else upper  # a name and its words stay together
        return ModelProfile(
            prompt=prompt.prompt,
            prompt_text=prompt.prompt_text,
            edit_tool=_first(upper.edit_tool, self.edit_tool),
            effort=_first(upper.effort, self.effort),
            show_thinking=_first(upper.show_thinking, self.show_thinking),
            max_output_tokens=_first(upper.max_output_tokens, self.max_output_tokens),
            temperature=_first(upper.temperature, self.temperature),
            cache_life=_first(upper.cache_life, self.cache_life),
            timeout_s=_first(upper.timeout_s, self.timeout_s),
            first_token_timeout_s=_first(upper.first_token_timeout_s, self.first_token_timeout_s),
            context_window=_first(upper.context_window, self.context_window),
            sees_images=_first(upper.sees_images, self.sees_images),
            tools=_first(upper.tools, self.tools),
        )

    def said(self) -> Mapping[str, object]:
        """Return the fields that say something, by name, in the order they are listed."""
        told: dict[str, object] = {name: getattr(self, name) for name in PROFILE_FIELDS}
        return {name: value for name, value in told.items() if value is not None}


def _first(upper: T | None, lower: T | None) -> T | None:
    return lower if upper is None else upper


PROFILE_FIELDS: Final = tuple(
    each.name for each in fields(ModelProfile) if each.name != "prompt_text"
)
"""What a profile says, in the order it is listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenProfile:
    """What somebody wishes for the models that `pattern` fits, such as `openai/*`. `origins` says
    in words where each field stands.
    """

    pattern: str
    profile: ModelProfile
    origins: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileInForce:
    """The profile of one model with all layers joined, as far as the model takes it.

    `origins` says where each field comes from; `notes` are sentences about what was wished and is
    done otherwise.
    """

    profile: ModelProfile
    origins: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: tuple[str, ...] = ()
