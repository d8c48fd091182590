"""What `[models."provider/model"]` may say, value by value. A key is a model or a pattern
(`openai/*`), a `prompt` the name of a shipped text or a file.

What no single value can be checked for is in `model_checks`; what the values mean for a model is
the providers' business.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from codex_tui.protocol.models import Effort
from codex_tui.protocol.profiles import (
    SHIPPED_PROMPTS,
    CacheLife,
    EditWay,
)

_LIVES: Final = {"5m": CacheLife.SHORT, "30m": CacheLife.SHORT, "1h": CacheLife.LONG,
                 "12h": CacheLife.LONG}  # fmt: skip
"""What the vendors call the two lives of a cache."""


def _pattern(text: str) -> str:
    provider, slash, model = text.partition("/")
    if not (provider and slash and model) or text.split() != [text]:
        raise ValueError('it must be a model or a pattern, written as "provider/model"')
    return text


def _prompt(text: str) -> str:
    if text not in SHIPPED_PROMPTS and not _is_path(text):
        names = ", ".join(SHIPPED_PROMPTS)
        raise ValueError(f"it must be one of {names}, or the path of a .md or .txt file")
    return text


def _is_path(text: str) -> bool:
    return text.isprintable() and ("/" in text or text.endswith((".md", ".txt")))


def _life(value: object) -> object:
    return _LIVES.get(value, value) if isinstance(value, str) else value


_Seconds = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
_Tokens = Annotated[int, Field(strict=True, ge=1)]


class ModelSettings(BaseModel):
    """What a user wishes for a model; `protocol.profiles.ModelProfile` has the meanings."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    prompt: Annotated[str, AfterValidator(_prompt)] | None = None
    edit_tool: EditWay | None = None
    effort: Effort | None = None
    show_thinking: bool | None = None
    max_output_tokens: Annotated[int, Field(strict=True, ge=16)] | None = None
    temperature: Annotated[float, Field(strict=True, ge=0, le=2, allow_inf_nan=False)] | None = None
    cache_life: Annotated[CacheLife, BeforeValidator(_life)] | None = None
    timeout_s: _Seconds | None = None
    first_token_timeout_s: _Seconds | None = None
    context_window: _Tokens | None = None
    sees_images: bool | None = None
    tools: bool | None = None


ModelPattern = Annotated[str, AfterValidator(_pattern)]
