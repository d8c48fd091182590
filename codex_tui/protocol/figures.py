"""Figures in few characters, the same in every front end. Unknown is "–", never 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.protocol.models import Effort

if TYPE_CHECKING:
    from collections.abc import Sequence

UNKNOWN = "–"

_SHORT_EFFORT = {Effort.MINIMAL: "min", Effort.MEDIUM: "med"}
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


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


def format_count(count: int) -> str:
    """Return a number of tokens that were counted as "450", "12.3k" or "1.2M"."""
    if count < 1_000:
        return str(count)
    return f"{count / 1_000:.1f}k" if count < 999_950 else f"{count / 1_000_000:.1f}M"


def format_dollars(amount: float | None) -> str:
    """Return dollars as "$4", "$2.50" or "$0.075"."""
    if amount is None:
        return UNKNOWN
    if amount == int(amount):
        return f"${int(amount):,}"
    cents = f"${amount:,.2f}"
    return cents if round(amount, 2) == round(amount, 4) else f"${amount:,.3f}".rstrip("0")


def format_efforts(efforts: Sequence[Effort]) -> str:
    """Return the range of efforts as "low–max"; nothing when there is no choice."""
    if not efforts:
        return ""
    first, last = efforts[0], efforts[-1]
    if first == last:
        return str(first)
    return f"{_SHORT_EFFORT.get(first, first)}–{_SHORT_EFFORT.get(last, last)}"


def format_age(age_s: float) -> str:
    """Return an age in seconds as "just now", "5 min ago", "3 h ago" or "2 days ago"."""
    if age_s < _MINUTE_S:
        return "just now"
    if age_s < _HOUR_S:
        return f"{age_s // _MINUTE_S:.0f} min ago"
    if age_s < _DAY_S:
        return f"{age_s // _HOUR_S:.0f} h ago"
    return f"{plural(int(age_s // _DAY_S), 'day')} ago"


def format_duration(duration_ms: int) -> str:
    """Return a time as "0.4 s", "3 s" or "2 min 5 s"."""
    if duration_ms < 950:
        return f"{duration_ms / 1000:.1f} s"
    minutes, seconds = divmod(round(duration_ms / 1000), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def plural(count: int, noun: str) -> str:
    """Return "1 hunk" or "2 hunks"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
