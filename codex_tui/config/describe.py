"""The settings in force as lines of text, for `codex-tui config show`. No secret is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from codex_tui.config.secrets import redact
from codex_tui.config.settings import DEFAULT_SOURCE, Loaded

HIDDEN = "(hidden)"
NOT_SET = "–"

SettingLine = tuple[str, str, str]
"""Dotted key, value in words, source in words."""


def describe(loaded: Loaded) -> tuple[SettingLine, ...]:
    """Return every setting, and of the providers what was set; headers keep their names only."""
    lines: list[SettingLine] = []
    for name in type(loaded.settings).model_fields:
        if name != "providers":
            value: object = getattr(loaded.settings, name)
            lines.append((name, _shown(value), loaded.sources.get(name, DEFAULT_SOURCE)))
    for key, value in _provider_values(loaded):
        text = HIDDEN if ".headers." in key else _shown(value)
        lines.append((key, text, loaded.sources.get(key, DEFAULT_SOURCE)))
    return tuple(lines)


def _provider_values(loaded: Loaded) -> Iterator[tuple[str, object]]:
    for provider, settings in loaded.settings.providers.items():
        for name in type(settings).model_fields:
            key = f"providers.{provider}.{name}"
            value: object = getattr(settings, name)
            if isinstance(value, Mapping):
                for header, content in cast("Mapping[str, str]", value).items():
                    yield f"{key}.{header}", content
            elif name in settings.model_fields_set:
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
