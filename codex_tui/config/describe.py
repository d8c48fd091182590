"""The settings in force, one by one, for `codex-tui config show`. No secret is among them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from codex_tui.config.layers import leaves, toml_text
from codex_tui.config.problems import SECRET_TABLES, dotted
from codex_tui.config.secrets import redact
from codex_tui.config.settings import DEFAULT_SOURCE, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_tui.config.settings import Loaded
    from codex_tui.config.toml_lines import Key

_LINE = re.compile(r"(?P<file>/.*):\d+")
"""How a source names a line of a file."""
HIDDEN = "(hidden)"
NOT_SET = "–"

Value = str | int | float | bool | list[str] | None
"""A setting's value as JSON has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLine:
    """A setting: its dotted key, its value, and in words where that comes from."""

    key: str
    value: Value
    source: str

    @property
    def text(self) -> str:
        """The value in words."""
        return in_words(self.value)


def describe(loaded: Loaded) -> tuple[SettingLine, ...]:
    """Return every setting, and of providers and models what was set; headers and queries keep
    their names only.
    """
    lines: list[SettingLine] = []
    for name in type(loaded.settings).model_fields:
        if name not in TABLES:
            source = loaded.sources.get(name, DEFAULT_SOURCE)
            value = plain(getattr(loaded.settings, name))
            lines.append(SettingLine(key=name, value=value, source=source))
    for key, value in (*_provider_values(loaded), *_model_values(loaded)):
        source = loaded.sources.get(dotted(key), DEFAULT_SOURCE)
        hidden = key[0] == "providers" and key[2] in SECRET_TABLES
        lines.append(
            SettingLine(key=dotted(key), value=HIDDEN if hidden else plain(value), source=source)
        )
    return tuple(lines)


def files_in_force(loaded: Loaded) -> tuple[str, ...]:
    """Return the files that settings in force come from."""
    places = (_LINE.fullmatch(place) for place in loaded.sources.values())
    return tuple(dict.fromkeys(place["file"] for place in places if place is not None))


def _provider_values(loaded: Loaded) -> Iterator[tuple[Key, object]]:
    for provider, settings in loaded.settings.providers.items():
        given = settings.model_dump(exclude_unset=True)
        for key, value in leaves(given, ("providers", provider)):
            if key[2] == "api_key_command" and not isinstance(value, str):
                words = cast("tuple[str, ...]", value)
                yield key, f"[{', '.join(toml_text(word) for word in words)}]"
            elif value != {}:  # an empty table says nothing
                yield key, value


def _model_values(loaded: Loaded) -> Iterator[tuple[Key, object]]:
    for pattern, settings in loaded.settings.models.items():
        given = settings.model_dump(exclude_unset=True)
        yield from leaves(given, ("models", pattern))


def plain(value: object) -> Value:
    """Return a value as JSON has it, without what looks like a key."""
    match value:
        case None | bool() | int() | float():
            return value
        case tuple():
            return [redact(str(each)) for each in cast("tuple[object, ...]", value)]
        case _:
            return redact(str(value))


def in_words(value: Value) -> str:
    """Return a value as people read it."""
    match value:
        case None:
            return NOT_SET
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(value) or NOT_SET
        case _:
            return str(value)
