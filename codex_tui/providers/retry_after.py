"""How long a server asks us to wait, from the places where servers say it.

Sources: RFC 9110 section 10.2.3 for `retry-after`; `retry-after-ms` is OpenAI's and Anthropic's;
the sentence "try again in 11.054s" is OpenAI's, also inside a stream.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_AGAIN = re.compile(r"(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?\s?[a-z]*\s?)+)", re.I)
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s?(milli|ms|s|m|h|)", re.I)
_SECONDS: Final = {"milli": 0.001, "ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0}
MAX_DELAY_S: Final = 366 * 24 * 3600.0
"""What is longer is no delay but a mistake: a moment counted from 1970, a garbled number."""


def requested_delay_s(headers: Mapping[str, str], message: str) -> float | None:
    """Return the delay in seconds, None when the server names none that can be meant.

    `headers` have names in lower case. A date is read against the reply's own `date`, so that a
    wrong clock here does not matter.
    """
    delay_s = _named_delay_s(headers, message)
    return delay_s if delay_s is not None and delay_s <= MAX_DELAY_S else None


def _named_delay_s(headers: Mapping[str, str], message: str) -> float | None:
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    after = headers.get("retry-after", "")
    seconds = _number(after)
    if seconds is not None:
        return seconds
    until = _date(after)
    if until is not None:
        now = _date(headers.get("date", "")) or datetime.now(UTC)
        return max(0.0, (until - now).total_seconds())
    return _spelled_out(message)


def _spelled_out(message: str) -> float | None:
    found = _AGAIN.search(message)
    if found is None:
        return None
    amounts = _AMOUNT.findall(found[1])
    return sum(float(number) * _SECONDS[unit.lower()] for number, unit in amounts)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
