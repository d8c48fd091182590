"""A model's facts in few characters, beyond the figures that all front ends share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.protocol.figures import UNKNOWN, format_age, format_dollars, format_tokens
from codex_tui.protocol.models import Effort

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.protocol.models import ModelInfo, Price

_IMAGES: Mapping[bool | None, str] = {True: "img", False: "", None: UNKNOWN}


def format_images(sees: bool | None) -> str:
    """Return whether a model sees images, in at most three characters."""
    return _IMAGES[sees]


def describe_list(ages_s: Mapping[str, float | None], provider: str) -> str:
    """Return how old a provider's list of models is; nothing for one that has no server."""
    if provider not in ages_s:
        return ""
    age_s = ages_s[provider]
    return "built-in list" if age_s is None else f"asked {format_age(age_s)}"


def format_price(price: Price | None) -> str:
    """Return the price of a million tokens in and out, as "$4/$20"."""
    if price is None:
        return UNKNOWN
    if price.input == 0 and price.output == 0:
        return "free"
    return f"{format_dollars(price.input)}/{format_dollars(price.output)}"


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
