"""JSON and text as the wire can carry them: strict UTF-8, finite numbers, bounded nesting."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_DEPTH: Final = 100
"""How deep what is sent may be nested."""
MAX_READ_DEPTH: Final = 500
"""How deep what is read may be nested: half of what Python's own readers and writers bear, so that
whoever looks into a value later bears it, too.
"""
MAX_COUNT: Final = 2**53
"""The largest number that every reader of JSON takes for what it is (RFC 8259, section 6)."""
MAX_AMOUNT: Final = 1e9
"""US dollars that nobody asks for a million tokens; sums of such prices stay finite."""
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


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
    return _parse(text, parse_constant=_refuse, parse_float=_finite)


def load_json(text: str) -> object:
    """Parse JSON as servers write it; raises ValueError for anything else."""
    return _parse(text)


def _parse(
    text: str,
    parse_constant: Callable[[str], float] | None = None,
    parse_float: Callable[[str], float] | None = None,
) -> object:
    try:
        value: object = json.loads(text, parse_constant=parse_constant, parse_float=parse_float)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    # Counting brackets is fast, and nearly every text has too few of them.
    if text.count("{") + text.count("[") > MAX_READ_DEPTH and _is_deeper(value, MAX_READ_DEPTH):
        raise ValueError(f"nested deeper than {MAX_READ_DEPTH} levels")
    return value


def _is_deeper(value: object, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [inner for each in level for inner in _inside(each)]
    return any(isinstance(each, list | dict) for each in level)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def is_json(text: str) -> bool:
    """Say whether a text is strict JSON."""
    try:
        parse_json(text)
    except ValueError:
        return False
    return True


def read_object(text: str) -> dict[str, Any]:
    """Parse a JSON object for sending; empty when the text is not one that can be sent."""
    try:
        return as_object(clean_json(parse_json(text)))
    except ValueError:
        return {}


def read_list(text: str) -> list[Any]:
    """Parse a JSON array for sending; empty when the text is not one that can be sent."""
    try:
        value = clean_json(parse_json(text))
    except ValueError:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else []


def arguments_text(text: str) -> str:
    """Return a call's arguments for sending: as the model wrote them, `{}` where that is no object
    a server could read.
    """
    value = read_object(text)
    if not value:
        return "{}"
    return json.dumps(value) if _ESCAPED_SURROGATE.search(text) else clean_text(text)


def as_object(value: object) -> dict[str, Any]:
    """Return a JSON object as it is, and an empty one for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_objects(value: object) -> list[dict[str, Any]]:
    """Return the JSON objects of a list, and an empty list for anything else."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [as_object(each) for each in items if as_object(each)]


def as_text(value: object) -> str:
    """Return a JSON string as it is, and an empty one for anything else."""
    return value if isinstance(value, str) else ""


def as_count(value: object) -> int | None:
    """Return a JSON number that counts something, and None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_COUNT else None


def as_amount(value: object) -> float | None:
    """Return a JSON number of dollars, and None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value <= MAX_AMOUNT else None


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is not a JSON number")
