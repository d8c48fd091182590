"""A model's facts in few characters. Unknown is "–", never 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.protocol.models import Effort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.protocol.models import ModelInfo, Price

UNKNOWN = "–"

_SHORT_EFFORT = {Effort.MINIMAL: "min", Effort.MEDIUM: "med"}


def format_tokens(count: int | None) -> str:
    """Return a token count as "8k", "200k", "1M" or "1.5M".

    Binary thousands and millions read as they are sold: 131,072 is "128k", 1,048,576 is "1M".
    """
    if count is None:
        return UNKNOWN
    if count < 1_000:
        return str(count)
    if count < 999_500:
        thousand = 1_024 if count % 1_024 == 0 and count % 1_000 else 1_000
        return f"{count / thousand:.0f}k"
    return f"{count / 1_000_000:.1f}".removesuffix(".0") + "M"


def format_dollars(amount: float | None) -> str:
    """Return dollars as "$4", "$2.50" or "$0.075"."""
    if amount is None:
        return UNKNOWN
    if amount == int(amount):
        return f"${int(amount):,}"
    cents = f"${amount:,.2f}"
    return cents if round(amount, 2) == round(amount, 4) else f"${amount:,.3f}".rstrip("0")


def format_price(price: Price | None) -> str:
    """Return the price of a million tokens in and out, as "$4/$20"."""
    if price is None:
        return UNKNOWN
    if price.input == 0 and price.output == 0:
        return "free"
    return f"{format_dollars(price.input)}/{format_dollars(price.output)}"


def format_efforts(efforts: Sequence[Effort]) -> str:
    """Return the range of efforts as "low–max"; nothing when there is no choice."""
    if not efforts:
        return ""
    first, last = efforts[0], efforts[-1]
    if first == last:
        return str(first)
    return f"{_SHORT_EFFORT.get(first, first)}–{_SHORT_EFFORT.get(last, last)}"


def describe_model(info: ModelInfo) -> str:
    """Return what is known of a model as one line of facts."""
    facts = [f"context {format_tokens(info.context_window)}"]
    if info.max_output is not None:
        facts.append(f"output {format_tokens(info.max_output)}")
    if info.image_input is not None:
        facts.append("images" if info.image_input else "text only")
    facts.append(_describe_price(info.price))
    return " · ".join(facts)


def _describe_price(price: Price | None) -> str:
    if price is None:
        return "price unknown"
    if price.input == 0 and price.output == 0:
        return "free"
    cached = "" if price.cache_read is None else f", {format_dollars(price.cache_read)} cached"
    return f"{format_dollars(price.input)} in, {format_dollars(price.output)} out{cached} per 1M"


def fitting_effort(info: ModelInfo, wanted: Effort | None) -> Effort | None:
    """Return the highest effort of `info` not above `wanted`, its default when nothing is wanted.

    None when the model has no efforts to choose from.
    """
    if not info.efforts:
        return None
    if wanted is None:
        return info.default_effort or info.efforts[0]
    scale = list(Effort)
    below = [effort for effort in info.efforts if scale.index(effort) <= scale.index(wanted)]
    return below[-1] if below else info.efforts[0]
