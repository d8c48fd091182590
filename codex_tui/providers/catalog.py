"""What is known of the vendors' models without asking them: windows, efforts, prices.

Data first, then the few functions that read it. A server's own word (`LLMProvider.list_models`)
comes on top of this; what neither says stays None. No network, no SDK.

Sources: the vendors' model and pricing pages as of 2026-11 (prices and context windows agree with
genai-prices 0.2.3), the reasoning guides for the efforts. All prices are US dollars per million
tokens; cache writes are the short-lived kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.protocol.models import Effort, ModelInfo, ModelRef, Price
from codex_tui.providers.presets import CHAT_API, preset_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_tui.protocol.messages import Usage
    from codex_tui.providers.base import Endpoint

_LADDER = tuple(Effort)
_UP_TO_HIGH = (Effort.LOW, Effort.MEDIUM, Effort.HIGH)
_UP_TO_XHIGH = (*_UP_TO_HIGH, Effort.XHIGH)
_UP_TO_MAX = (*_UP_TO_XHIGH, Effort.MAX)
_OFF = (Effort.OFF,)

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class _Cliff:
    """A prompt longer than `above_tokens` multiplies the price of the whole call."""

    above_tokens: int
    input_factor: float
    output_factor: float


@dataclass(frozen=True, slots=True)
class _Model:
    """One row of the built-in table."""

    id: str
    name: str
    context_window: int | None
    max_output: int | None
    price: Price | None
    cliff: _Cliff | None = None
    image_input: bool | None = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Family:
    """The efforts of all models called `prefix` or `prefix-…`; the longest prefix wins."""

    prefix: str
    efforts: tuple[Effort, ...]
    default: Effort | None


def _price(
    input_usd: float, read: float | None, write: float | None, *, output_usd: float
) -> Price:
    return Price(input=input_usd, output=output_usd, cache_read=read, cache_write=write)


_GPT_CLIFF = _Cliff(272_000, 2.0, 1.5)
_HAIKU_CLIFF = _Cliff(100_000, 5.0, 5.0)
_GPT_WINDOW = 1_050_000
_CLAUDE_WINDOW = 1_000_000
_MAX_OUTPUT = 128_000
_OPUS_5_PRICE = _price(5, 0.5, 6.25, output_usd=25)


def _gpt(model: str, name: str, price: Price) -> _Model:
    return _Model(model, name, _GPT_WINDOW, _MAX_OUTPUT, price, _GPT_CLIFF)


def _claude(model: str, name: str, price: Price, cliff: _Cliff | None = None) -> _Model:
    return _Model(model, name, _CLAUDE_WINDOW, _MAX_OUTPUT, price, cliff)


def _open(
    model: str, name: str, context_window: int, usd: tuple[float, float | None, float]
) -> _Model:
    """Make a row; `usd` are the prices of input, cached input and output."""
    price = _price(usd[0], usd[1], None, output_usd=usd[2])
    return _Model(model, name, context_window, None, price, image_input=None)


# A wire's own vendor, or the name of a preset → its models, the suggested one first.
_MODELS: Mapping[str, Sequence[_Model]] = {
    "openai-responses": (
        _gpt("gpt-6.1-sol", "GPT-6.1 Sol", _price(2, 0.1, 2.5, output_usd=10)),
        _gpt("gpt-6.1-terra", "GPT-6.1 Terra", _price(1, 0.05, 1.25, output_usd=5)),
        _gpt("gpt-6-astra", "GPT-6 Astra", _price(10, 1, 12.5, output_usd=50)),
        _gpt("gpt-6-sol", "GPT-6 Sol", _price(2, 0.2, 2.5, output_usd=10)),
        _gpt("gpt-6-luna", "GPT-6 Luna", _price(0.1, 0.01, 0.125, output_usd=0.5)),
        _gpt("gpt-5.6-sol", "GPT-5.6 Sol", _price(4, 0.4, 5, output_usd=20)),
        _gpt("gpt-5.6-terra", "GPT-5.6 Terra", _price(2, 0.2, 2.5, output_usd=12)),
        _gpt("gpt-5.6-luna", "GPT-5.6 Luna", _price(0.2, 0.02, 0.25, output_usd=1.2)),
        _Model(
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
            _price(0.1, 0.01, 0.125, output_usd=0.5),
            _HAIKU_CLIFF,
        ),
        _claude("claude-opus-5", "Claude Opus 5", _OPUS_5_PRICE),
        _claude("claude-sonnet-5", "Claude Sonnet 5", _price(2, 0.2, 2.5, output_usd=10)),
        _claude("claude-opus-4-8", "Claude Opus 4.8", _OPUS_5_PRICE),
        _claude("claude-opus-4-7", "Claude Opus 4.7", _OPUS_5_PRICE),
        _claude("claude-opus-4-6", "Claude Opus 4.6", _OPUS_5_PRICE),
        _Model(
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
        _open("deepseek-v4-pro", "DeepSeek V4 Pro", _MILLION, (0.66, 0.022, 1.98)),
        _open("deepseek-v4-flash", "DeepSeek V4 Flash", _MILLION, (0.15, 0.003, 0.6)),
    ),
    "mistral": (
        _open("mistral-large-4", "Mistral Large 4", _MILLION, (0.7, 0.07, 2.1)),
        _open("mistral-medium-3-5", "Mistral Medium 3.5", 262_000, (1.5, 0.15, 7.5)),
        _open("codestral-2508", "Codestral", 256_000, (0.3, 0.03, 0.9)),
    ),
    "gemini": (
        _open("gemini-4-argon", "Gemini 4 Argon", _MILLION, (2, 0.1, 10)),
        _open("gemini-3.8-flash", "Gemini 3.8 Flash", _MILLION, (0.75, 0.075, 3.75)),
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
        _Model(
            "walkthrough", "Walkthrough", None, None, None, image_input=None, note="demonstration"
        ),
    ),
}

_GPT_OSS = _Family("gpt-oss", _UP_TO_HIGH, Effort.MEDIUM)
_GEMINI = tuple(_Family(f"gemini-{line}", _UP_TO_HIGH, None) for line in ("3", "3.8", "4"))

_FAMILIES: Mapping[str, Sequence[_Family]] = {
    "openai-responses": (
        _Family("gpt-6.2", _UP_TO_MAX, Effort.MEDIUM),
        _Family("gpt-6.1", _UP_TO_MAX, Effort.MEDIUM),
        _Family("gpt-6", _OFF + _UP_TO_MAX, Effort.MEDIUM),
        _Family("gpt-5.6", _OFF + _UP_TO_MAX, Effort.MEDIUM),
        _Family("gpt-5.5", _OFF + _UP_TO_XHIGH, None),
        _Family("gpt-5.4", _OFF + _UP_TO_XHIGH, None),
        _Family("gpt-5.3-codex", _UP_TO_XHIGH, Effort.MEDIUM),
        _Family("o3", _UP_TO_HIGH, Effort.MEDIUM),
        _Family("o4-mini", _UP_TO_HIGH, Effort.MEDIUM),
        _GPT_OSS,
    ),
    "openrouter": (
        *(_Family(f"gpt-{line}", _UP_TO_HIGH, Effort.MEDIUM) for line in ("5.6", "6", "6.1")),
        _Family("claude", _UP_TO_HIGH, None),
        *_GEMINI,
        _GPT_OSS,
    ),
    "gemini": _GEMINI,
    "groq": (_GPT_OSS,),
    CHAT_API: (_GPT_OSS,),
    "anthropic-messages": (
        _Family("claude-fable-5", _UP_TO_MAX, Effort.HIGH),
        _Family("claude-mythos-5", _UP_TO_MAX, Effort.HIGH),
        _Family("claude-opus-5-5", _UP_TO_MAX, Effort.MEDIUM),
        _Family("claude-sonnet-5-5", _UP_TO_MAX, Effort.HIGH),
        _Family("claude-haiku-5-5", _OFF + _UP_TO_MAX, Effort.MEDIUM),
        _Family("claude-opus-5", _OFF + _UP_TO_MAX, Effort.HIGH),
        _Family("claude-sonnet-5", _UP_TO_MAX, Effort.HIGH),
        _Family("claude-opus-4-8", _OFF + _UP_TO_MAX, Effort.HIGH),
        _Family("claude-opus-4-7", _OFF + _UP_TO_MAX, Effort.HIGH),
        _Family("claude-opus-4-6", (*_OFF, *_UP_TO_HIGH, Effort.MAX), Effort.HIGH),
        _Family("claude-sonnet-4-6", (*_OFF, *_UP_TO_HIGH, Effort.MAX), Effort.HIGH),
        _Family("claude-haiku-4-5", _OFF + _UP_TO_HIGH, None),
        _Family("claude-sonnet-4-5", _OFF + _UP_TO_HIGH, None),
    ),
}

# Vendors add a release date or "latest" to a model's name; what else follows is another model.
_RELEASE = re.compile(r"[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$")


def known_models(endpoint: Endpoint) -> tuple[ModelInfo, ...]:
    """Return the built-in models an endpoint may serve, the vendor's suggestion first."""
    table = _table(endpoint)
    return tuple(
        _info(ModelRef(endpoint.name, row.id), table, row) for row in _MODELS.get(table, ())
    )


def offered_models(endpoint: Endpoint) -> tuple[ModelInfo, ...]:
    """Return the configured models of an endpoint where there are any, else all known ones."""
    if endpoint.models:
        return tuple(describe(ModelRef(endpoint.name, name), endpoint) for name in endpoint.models)
    return known_models(endpoint)


def default_model(endpoint: Endpoint) -> ModelRef | None:
    """Return the model to start with, None when no table knows one."""
    rows = _MODELS.get(_table(endpoint), ())
    return ModelRef(endpoint.name, rows[0].id) if rows else None


def describe(ref: ModelRef, endpoint: Endpoint) -> ModelInfo:
    """Return what is known of `ref`; dated names and gateways' spellings count as the model they
    mean.
    """
    table = _table(endpoint)
    return _info(ref, table, _row(table, ref.model))


def fit_effort(wanted: Effort, accepted: Sequence[Effort]) -> Effort | None:
    """Map an effort to the nearest accepted one, downwards; the least one when all are above.

    Returns None when nothing is accepted: the model is not known to reason.
    """
    if not accepted:
        return None
    ranked = sorted(accepted, key=_LADDER.index)
    below = [effort for effort in ranked if _LADDER.index(effort) <= _LADDER.index(wanted)]
    return below[-1] if below else ranked[0]


def cost_usd(info: ModelInfo, usage: Usage) -> float | None:
    """Return the price of one model call in US dollars, None when the model's price is unknown.

    `usage` must be that of a single call: a long prompt raises the price of the call it is in. A
    cache price the vendor does not list counts as plain input.
    """
    price = info.price
    if price is None:
        return None
    read, write = usage.cache_read_tokens, usage.cache_write_tokens
    fresh = max(0, usage.input_tokens - read - write)
    prompt = (
        fresh * price.input
        + read * (price.input if price.cache_read is None else price.cache_read)
        + write * (price.input if price.cache_write is None else price.cache_write)
    )
    answer = usage.output_tokens * price.output
    cliff = _cliff(info.ref.model, price)
    if cliff is not None and usage.input_tokens > cliff.above_tokens:
        prompt, answer = prompt * cliff.input_factor, answer * cliff.output_factor
    return (prompt + answer) / _MILLION


def _cliff(model: str, price: Price) -> _Cliff | None:
    """Find the model's cliff; a price that is not the table's own brings its own rules."""
    for table in _MODELS:
        row = _row(table, model)
        if row is not None and row.price == price:
            return row.cliff
    return None


def _plain(model: str) -> str:
    """Return the vendor's own spelling of a name: gateways put theirs before it, and dots in it."""
    name = model.rpartition("/")[2]
    start = name.find("claude-")
    return name if start < 0 else name[start:].replace(".", "-")


def _table(endpoint: Endpoint) -> str:
    """Return the table for an endpoint: compatible servers share a wire, not their models."""
    preset = preset_of(endpoint)
    return endpoint.api if preset is None else preset.name


def _row(table: str, model: str) -> _Model | None:
    name = _RELEASE.sub("", _plain(model))
    return next((row for row in _MODELS.get(table, ()) if _plain(row.id) == name), None)


def _family(table: str, model: str) -> _Family | None:
    name = f"{_plain(model)}-"
    fitting = (
        family for family in _FAMILIES.get(table, ()) if name.startswith(f"{family.prefix}-")
    )
    return max(fitting, key=lambda family: len(family.prefix), default=None)


def _info(ref: ModelRef, table: str, row: _Model | None) -> ModelInfo:
    family = _family(table, ref.model)
    return ModelInfo(
        ref=ref,
        name=row.name if row else "",
        context_window=row.context_window if row else None,
        max_output=row.max_output if row else None,
        image_input=row.image_input if row else None,
        efforts=family.efforts if family else (),
        default_effort=family.default if family else None,
        price=row.price if row else None,
        note=row.note if row else "",
    )
