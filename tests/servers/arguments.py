"""What servers refuse in a call's arguments, which are JSON inside of JSON."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def problem(text: Any) -> str:
    """Say why a text is no object a server can read, "" when it is one."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (TypeError, ValueError):
        return "arguments are not JSON"
    if not isinstance(value, dict):
        return "arguments are no object"
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "arguments have lone surrogates"
    return ""


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")
