"""JSON and text as the wire can carry them: strict UTF-8, finite numbers, bounded nesting."""

from __future__ import annotations

import json
import math
from typing import Any, Final, cast

MAX_DEPTH: Final = 100


def clean_text(text: str) -> str:
    """Return `text` as UTF-8 can carry it: pairs of surrogates joined, lone ones as U+FFFD."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def clean_json(value: object, *, depth: int = 0) -> object:
    """Return a copy of a JSON value with every text cleaned.

    Raises ValueError when it is nested deeper than `MAX_DEPTH`, which no sender of ours can carry.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list | tuple):
        items = cast("list[object]", value)
        return [clean_json(item, depth=depth + 1) for item in items]
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {
            clean_text(name): clean_json(item, depth=depth + 1) for name, item in fields.items()
        }
    return value


def parse_json(text: str) -> object:
    """Parse strict JSON; raises ValueError for anything else, `NaN` and numbers without end
    included.
    """
    try:
        value: object = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def read_object(text: str) -> dict[str, Any]:
    """Parse a JSON object for sending; empty when the text is not one that can be sent."""
    try:
        return as_object(clean_json(parse_json(text)))
    except ValueError:
        return {}


def as_object(value: object) -> dict[str, Any]:
    """Return a JSON object as it is, and an empty one for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_text(value: object) -> str:
    """Return a JSON string as it is, and an empty one for anything else."""
    return value if isinstance(value, str) else ""


def as_count(value: object) -> int | None:
    """Return a JSON number that counts something, and None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is not a JSON number")
