"""Says what is wrong with a layer, in the user's words: where, which key, what is allowed.

A value that could be a secret is never repeated.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from pydantic import ValidationError

from codex_tui.config.layers import Layer, leaves, toml_text
from codex_tui.config.model_settings import ModelSettings
from codex_tui.config.schema import CompatSettings, PriceSettings, ProviderSettings, Settings
from codex_tui.config.secrets import holds_token, looks_secret, redact
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

    from codex_tui.config.toml_lines import Key

_SECRET_NAME = re.compile(r"(?:^|[_-])(?:api[_-]?key|key|token|secret|password)$", re.IGNORECASE)
_BARE_NAME = re.compile(r"[A-Za-z0-9_-]+")  # TOML 1.0, "Keys"
_LONGEST_SHOWN = 60
SECRET_TABLES = frozenset({"headers", "query"})
"""What of a provider may carry secrets: its values are neither repeated nor listed."""

_EXPECTED = {
    "int_parsing": "it must be a whole number",
    "int_type": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "float_parsing": "it must be a number",
    "float_type": "it must be a number",
    "finite_number": "it must be a finite number",
    "bool_parsing": "it must be true or false",
    "bool_type": "it must be true or false",
    "string_type": "it must be text",
    "tuple_type": "it must be a list",
    "dict_type": "it must be a table",
    "mapping_type": "it must be a table",
    "model_type": "it must be a table",
    "model_attributes_type": "it must be a table",
}
"""Pydantic's error types in our words; those with details of their own are in `_expected`."""


def dotted(key: Key) -> str:
    """Return a key as it is typed: `providers.openai.base_url`, `prices."gpt-4.1".input`."""
    return ".".join(name if _BARE_NAME.fullmatch(name) else toml_text(name) for name in key)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, None when nothing is alike."""
    return next(iter(difflib.get_close_matches(name, known, n=1)), None)


def refuse_secrets(layer: Layer) -> None:
    """Raise `ConfigError` for a key that was put among the settings. Headers and queries are
    exempt: a gateway may want one that no variable supplies.
    """
    for key, value in leaves(layer.values):
        if _in_secret_table(key) or not _gives_key_away(key, value, in_file=layer.in_file):
            continue
        raise ConfigError(
            f"{layer.place_of(key)}: {dotted(key)} holds what looks like a key; settings are"
            " no place for keys",
            hint=f"Store it with codex-tui login {_provider_in(key)}, or put it into an environment"
            " variable and name that in api_key_env, or let api_key_command print it.",
        )


def _gives_key_away(key: Key, value: object, *, in_file: bool) -> bool:
    if key[:1] == ("providers",) and key[2:3] == ("api_key_command",):
        # A command may well name variables, headers and passwords; it is no place for a key itself.
        return in_file and holds_token(str(value))
    if key[-1] not in ProviderSettings.model_fields and _SECRET_NAME.search(key[-1]):
        return True
    return in_file and isinstance(value, str) and looks_secret(value)


def _in_secret_table(key: Key) -> bool:
    return key[:1] == ("providers",) and key[2:3] != () and key[2] in SECRET_TABLES


def _provider_in(key: Key) -> str:
    return key[1] if key[0] == "providers" and len(key) > 2 else "PROVIDER"


def check(layer: Layer) -> None:
    """Raise `ConfigError` naming every key and value of the layer that cannot be used."""
    refuse_secrets(layer)
    unknown = [
        _unknown_key(layer, (name,), Settings.model_fields)
        for name in layer.values
        if name not in Settings.model_fields
    ]
    if unknown:
        raise ConfigError("\n".join(unknown))
    try:
        Settings.model_validate(layer.values)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise ConfigError("\n".join(_describe(layer, each) for each in found)) from None


def _unknown_key(layer: Layer, key: Key, known: Iterable[str]) -> str:
    words = f"{layer.place_of(key)}: unknown key {dotted(key)!r}"
    guess = nearest(key[-1], known)
    return words if guess is None else f"{words}; did you mean {dotted((*key[:-1], guess))!r}?"


def _describe(layer: Layer, error: ErrorDetails) -> str:
    key = tuple(str(step) for step in error["loc"] if step != "[key]")
    if error["type"] == "extra_forbidden":
        return _unknown_key(layer, key, _known_beside(key))
    if error["type"] == "missing":
        words = f"{layer.place_of(key)}: {dotted(key)} is missing"
        return f"{words}; a price has input and output, in US dollars per million tokens"
    hidden = "[key]" in error["loc"] or _is_private(key, error["input"])
    value = "" if hidden else f" = {_shown(error['input'])}"
    return f"{layer.place_of(key)}: {dotted(key)}{value} cannot be used; {_expected(error)}"


def _known_beside(key: Key) -> Iterable[str]:
    """Return the names that may stand where `key` stands."""
    if key[:1] == ("models",):
        return ModelSettings.model_fields
    match key[2:3]:
        case ("compat",) if len(key) > 3:
            return CompatSettings.__annotations__
        case ("prices",) if len(key) > 3:
            return PriceSettings.model_fields
        case _:
            return ProviderSettings.model_fields


def _expected(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "enum" | "literal_error":
            return f"it must be one of {context['expected']}".replace("'", "").replace(" or", ",")
        case "greater_than_equal":
            return f"it must be at least {context['ge']}"
        case "less_than_equal":
            return f"it must be at most {context['le']:,.10g}"
        case "greater_than":
            return f"it must be more than {context['gt']:g}"
        case "value_error":
            return str(context["error"])
        case kind:
            return _EXPECTED.get(kind, error["msg"])


def _is_private(key: Key, value: object) -> bool:
    """Say whether a value is better not repeated: tables, headers, a key given for its name."""
    simple = isinstance(value, str | int | float)
    return not simple or _in_secret_table(key) or key[-1] == "api_key_env"


def _shown(value: object) -> str:
    text = redact(str(value).lower() if isinstance(value, bool) else repr(value))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
