"""What the vendors refuse in the JSON Schema of a structured answer and of a tool's arguments:
what all have in common.

Sources: https://platform.openai.com/docs/guides/structured-outputs and
https://platform.claude.com/docs/en/build-with-claude/structured-outputs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCALARS = {"string", "number", "integer", "boolean", "null"}
MAX_DEPTH = 5


TOP_LEVEL = {"oneOf", "anyOf", "allOf", "not", "enum", "$ref"}
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def parameter_problems(schema: Any) -> Iterator[str]:
    """Everything the strictest of the vendors would refuse in the schema of a tool's arguments."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        yield "schema must be of type 'object'"
        return
    for name in sorted(schema.keys() & TOP_LEVEL):
        yield f"schema must not have {name!r} at the top level"
    for name in schema.get("properties", {}):
        if not _KEY.fullmatch(name):
            yield f"properties: the key {name!r} should match {_KEY.pattern!r}"
    for name in set(schema.get("required", ())) - set(schema.get("properties", {})):
        yield f"required: there is no property {name!r}"


def schema_problems(schema: Any) -> Iterator[str]:
    """Everything the strictest of the vendors would refuse in a schema."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        yield "schema must be a JSON Schema of 'type: \"object\"'"
    else:
        yield from _problems(schema, "schema", 1)


def _problems(node: Any, at: str, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        yield f"{at}: nested deeper than {MAX_DEPTH} levels"
        return
    match node:
        case {"type": "object", "properties": dict(properties), **rest}:
            if rest.keys() != {"required", "additionalProperties"}:
                yield f"{at}: unexpected or missing keywords, has {sorted(rest)}"
            elif rest["additionalProperties"] is not False:
                yield f"{at}: 'additionalProperties' is required to be false"
            elif sorted(rest["required"]) != sorted(properties):
                yield f"{at}: 'required' is required to hold every key in properties"
            for name, value in properties.items():
                yield from _problems(value, f"{at}.{name}", depth + 1)
        case {"anyOf": [_, *_] as forms} if len(node) == 1:
            firsts = [next(iter(form.get("properties", {})), None) for form in forms]
            if len(set(firsts)) != len(firsts):
                yield f"{at}: objects in 'anyOf' must not share identical first keys"
            for number, form in enumerate(forms):
                yield from _problems(form, f"{at}.anyOf[{number}]", depth + 1)
        case {"type": kind, **rest} if kind in _SCALARS and rest.keys() <= {"enum", "description"}:
            values = rest.get("enum", [""])
            if not values or len(set(values)) != len(values):
                yield f"{at}: 'enum' must hold different values"
        case _:
            yield f"{at}: not supported: {node!r}"
