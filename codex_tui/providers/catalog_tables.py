"""The built-in table of the vendors' models: windows, prices, efforts. Data, and how it is written.

What is asked of it stands in `catalog`. Sources: the vendors' model and pricing pages as of 2026-11
(prices and context windows agree with genai-prices 0.2.3), the reasoning guides for the efforts.
All prices are US dollars per million tokens; cache writes are the short-lived kind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codex_tui.protocol.models import Effort, Price, PriceTier
from codex_tui.providers.presets import CHAT_API

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MILLION = 1_000_000

_UP_TO_HIGH = (Effort.LOW, Effort.MEDIUM, Effort.HIGH)
_UP_TO_XHIGH = (*_UP_TO_HIGH, Effort.XHIGH)
_UP_TO_MAX = (*_UP_TO_XHIGH, Effort.MAX)
_OFF = (Effort.OFF,)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model."""

    id: str
    name: str
    context_window: int | None
    max_output: int | None
    price: Price | None
    image_input: bool | None = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """The efforts of all models called `prefix` or `prefix-…`; the longest prefix wins."""

    prefix: str
    efforts: tuple[Effort, ...]
    default: Effort | None


@dataclass(frozen=True, slots=True)
class _Cliff:
    """A prompt longer than `above_tokens` multiplies the price of the whole call."""

    above_tokens: int
    input_factor: float
    output_factor: float


def _price(
    input_usd: float, read: float | None, write: float | None, *, output_usd: float
) -> Price:
    return Price(input=input_usd, output=output_usd, cache_read=read, cache_write=write)


def _with_cliff(price: Price, cliff: _Cliff) -> Price:
    def dearer(usd: float | None) -> float | None:
        return None if usd is None else usd * cliff.input_factor

    beyond = Price(
        input=price.input * cliff.input_factor,
        output=price.output * cliff.output_factor,
        cache_read=dearer(price.cache_read),
        cache_write=dearer(price.cache_write),
    )
    return replace(price, tiers=(PriceTier(above_tokens=cliff.above_tokens, price=beyond),))


_GPT_CLIFF = _Cliff(272_000, 2.0, 1.5)
_HAIKU_CLIFF = _Cliff(100_000, 5.0, 5.0)
_GPT_WINDOW = 1_050_000
_CLAUDE_WINDOW = 1_000_000
_MAX_OUTPUT = 128_000
_OPUS_5_PRICE = _price(5, 0.5, 6.25, output_usd=25)


def _gpt(model: str, name: str, price: Price) -> ModelRow:
    return ModelRow(model, name, _GPT_WINDOW, _MAX_OUTPUT, _with_cliff(price, _GPT_CLIFF))


def _claude(model: str, name: str, price: Price) -> ModelRow:
    return ModelRow(model, name, _CLAUDE_WINDOW, _MAX_OUTPUT, price)


def _open(
    model: str, name: str, context_window: int, usd: tuple[float, float | None, float]
) -> ModelRow:
    """Make a row; `usd` are the prices of input, cached input and output."""
    price = _price(usd[0], usd[1], None, output_usd=usd[2])
    return ModelRow(model, name, context_window, None, price, image_input=None)


# A wire's own vendor, or the name of a preset → its models, the suggested one first.
MODELS: Mapping[str, Sequence[ModelRow]] = {
    "openai-responses": (
        _gpt("gpt-6.1-sol", "GPT-6.1 Sol", _price(2, 0.1, 2.5, output_usd=10)),
        _gpt("gpt-6.1-terra", "GPT-6.1 Terra", _price(1, 0.05, 1.25, output_usd=5)),
        _gpt("gpt-6-astra", "GPT-6 Astra", _price(10, 1, 12.5, output_usd=50)),
        _gpt("gpt-6-sol", "GPT-6 Sol", _price(2, 0.2, 2.5, output_usd=10)),
        _gpt("gpt-6-luna", "GPT-6 Luna", _price(0.1, 0.01, 0.125, output_usd=0.5)),
        _gpt("gpt-5.6-sol", "GPT-5.6 Sol", _price(4, 0.4, 5, output_usd=20)),
        _gpt("gpt-5.6-terra", "GPT-5.6 Terra", _price(2, 0.2, 2.5, output_usd=12)),
        _gpt("gpt-5.6-luna", "GPT-5.6 Luna", _price(0.2, 0.02, 0.25, output_usd=1.2)),
        ModelRow(
            "gpt-5.3-codex",
            "GPT-5.3 Codex",
            400_000,
            _MAX_OUTPUT,
            _price(1.75, 0.175, None, output_usd=14),
        ),
    ),
    "anthropic-messages": (
        _claude("claude-opus-5-5", "Claude Opus 5.5", _price(4, 0.2, 5, output_usd=20)),
        _claude("claude-sonnet-5-5", "Claude Sonnet 5.5", _price(2, 0.1, 2.5, output_usd=10)),
        _claude("claude-fable-5-2", "Claude Fable 5.2", _price(8, 0.2, 10, output_usd=40)),
        _claude(
            "claude-haiku-5-5",
            "Claude Haiku 5.5",
            _with_cliff(_price(0.1, 0.01, 0.125, output_usd=0.5), _HAIKU_CLIFF),
        ),
        _claude("claude-opus-5", "Claude Opus 5", _OPUS_5_PRICE),
        _claude("claude-sonnet-5", "Claude Sonnet 5", _price(2, 0.2, 2.5, output_usd=10)),
        _claude("claude-opus-4-8", "Claude Opus 4.8", _OPUS_5_PRICE),
        _claude("claude-opus-4-7", "Claude Opus 4.7", _OPUS_5_PRICE),
        _claude("claude-opus-4-6", "Claude Opus 4.6", _OPUS_5_PRICE),
        ModelRow(
            "claude-haiku-4-5",
            "Claude Haiku 4.5",
            200_000,
            64_000,
            _price(1, 0.1, 1.25, output_usd=5),
        ),
    ),
    "openrouter": (
        _claude("anthropic/claude-opus-5.5", "Claude Opus 5.5", _price(4, 0.2, 5, output_usd=20)),
        _gpt("openai/gpt-6.1-sol", "GPT-6.1 Sol", _price(2, 0.1, 2.5, output_usd=10)),
    ),
    "deepseek": (
        _open("deepseek-v4-pro", "DeepSeek V4 Pro", MILLION, (0.66, 0.022, 1.98)),
        _open("deepseek-v4-flash", "DeepSeek V4 Flash", MILLION, (0.15, 0.003, 0.6)),
    ),
    "mistral": (
        _open("mistral-large-4", "Mistral Large 4", MILLION, (0.7, 0.07, 2.1)),
        _open("mistral-medium-3-5", "Mistral Medium 3.5", 262_000, (1.5, 0.15, 7.5)),
        _open("codestral-2508", "Codestral", 256_000, (0.3, 0.03, 0.9)),
    ),
    "gemini": (
        _open("gemini-4-argon", "Gemini 4 Argon", MILLION, (2, 0.1, 10)),
        _open("gemini-3.8-flash", "Gemini 3.8 Flash", MILLION, (0.75, 0.075, 3.75)),
    ),
    "groq": (
        _open("openai/gpt-oss-120b", "GPT-OSS 120B", 131_000, (0.15, 0.075, 0.6)),
        _open("qwen/qwen3.8-27b", "Qwen 3.8 27B", 131_000, (0.8, None, 4)),
    ),
    "xai": (
        _open("grok-4.7", "Grok 4.7", 500_000, (2, 0.5, 6)),
        _open("grok-build-0.1", "Grok Build 0.1", 256_000, (1, 0.2, 2)),
        _open("grok-code-fast-1", "Grok Code Fast 1", 256_000, (0.2, 0.02, 1.5)),
    ),
    "scripted": (
        ModelRow(
            "walkthrough", "Walkthrough", None, None, None, image_input=None, note="demonstration"
        ),
    ),
}

_GPT_OSS = Family("gpt-oss", _UP_TO_HIGH, Effort.MEDIUM)
_GEMINI = tuple(Family(f"gemini-{line}", _UP_TO_HIGH, None) for line in ("3", "3.8", "4"))

FAMILIES: Mapping[str, Sequence[Family]] = {
    "openai-responses": (
        Family("gpt-6.2", _UP_TO_MAX, Effort.MEDIUM),
        Family("gpt-6.1", _UP_TO_MAX, Effort.MEDIUM),
        Family("gpt-6", _OFF + _UP_TO_MAX, Effort.MEDIUM),
        Family("gpt-5.6", _OFF + _UP_TO_MAX, Effort.MEDIUM),
        Family("gpt-5.5", _OFF + _UP_TO_XHIGH, None),
        Family("gpt-5.4", _OFF + _UP_TO_XHIGH, None),
        Family("gpt-5.3-codex", _UP_TO_XHIGH, Effort.MEDIUM),
        Family("o3", _UP_TO_HIGH, Effort.MEDIUM),
        Family("o4-mini", _UP_TO_HIGH, Effort.MEDIUM),
        _GPT_OSS,
    ),
    "openrouter": (
        *(Family(f"gpt-{line}", _UP_TO_HIGH, Effort.MEDIUM) for line in ("5.6", "6", "6.1")),
        Family("claude", _UP_TO_HIGH, None),
        *_GEMINI,
        _GPT_OSS,
    ),
    "gemini": _GEMINI,
    "groq": (_GPT_OSS,),
    CHAT_API: (_GPT_OSS,),
    "anthropic-messages": (
        Family("claude-fable-5", _UP_TO_MAX, Effort.HIGH),
        Family("claude-mythos-5", _UP_TO_MAX, Effort.HIGH),
        Family("claude-opus-5-5", _UP_TO_MAX, Effort.MEDIUM),
        Family("claude-sonnet-5-5", _OFF + _UP_TO_MAX, Effort.HIGH),
        Family("claude-haiku-5-5", _OFF + _UP_TO_MAX, Effort.MEDIUM),
        Family("claude-opus-5", _OFF + _UP_TO_MAX, Effort.HIGH),
        Family("claude-sonnet-5", _UP_TO_MAX, Effort.HIGH),
        Family("claude-opus-4-8", _OFF + _UP_TO_MAX, Effort.HIGH),
        Family("claude-opus-4-7", _OFF + _UP_TO_MAX, Effort.HIGH),
        Family("claude-opus-4-6", (*_OFF, *_UP_TO_HIGH, Effort.MAX), Effort.HIGH),
        Family("claude-sonnet-4-6", (*_OFF, *_UP_TO_HIGH, Effort.MAX), Effort.HIGH),
        Family("claude-haiku-4-5", _OFF + _UP_TO_HIGH, None),
        Family("claude-sonnet-4-5", _OFF + _UP_TO_HIGH, None),
        Family("claude-opus-4-5", _OFF + _UP_TO_HIGH, None),
    ),
}
