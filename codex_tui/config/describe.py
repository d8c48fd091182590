"""The settings in force as lines of text, for `codex-tui config show`. No secret is in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from codex_tui.config.layers import leaves, toml_text
from codex_tui.config.problems import SECRET_TABLES, dotted
from codex_tui.config.secrets import redact
from codex_tui.config.settings import DEFAULT_SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_tui.config.settings import Loaded
    from codex_tui.config.toml_lines import Key

_LINE = re.compile(r"(?P<file>/.*):\d+")
"""How a source names a line of a file."""
HIDDEN = "(hidden)"
NOT_SET = "–"

SettingLine = tuple[str, str, str]
"""Dotted key, value in words, source in words."""


def describe(loaded: Loaded) -> tuple[SettingLine, ...]:
    """Return every setting, and of the providers what was set; headers and queries keep their names
    only.
    """
    lines: list[SettingLine] = []
    for name in type(loaded.settings).model_fields:
        if name != "providers":
            value: object = getattr(loaded.settings, name)
            lines.append((name, _shown(value), loaded.sources.get(name, DEFAULT_SOURCE)))
    for key, value in _provider_values(loaded):
        text = HIDDEN if key[2] in SECRET_TABLES else _shown(value)
        lines.append((dotted(key), text, loaded.sources.get(dotted(key), DEFAULT_SOURCE)))
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


def _shown(value: object) -> str:
    if value is None:
        return NOT_SET
    if isinstance(value, tuple):
        items = cast("tuple[str, ...]", value)
        return ", ".join(items) or NOT_SET
    if isinstance(value, bool):
        return "true" if value else "false"
    return redact(str(value))
