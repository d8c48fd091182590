"""One layer of configuration: nested values, and the place each of them stands at.

A layer is read here from a TOML file, the environment or the command line; `settings` puts them on
top of each other.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from pydantic_settings import EnvSettingsSource, SettingsError
from typing_extensions import TypeIs, override

from codex_tui.config.paths import HOME_VARIABLE
from codex_tui.config.schema import ENV_DELIMITER, ENV_PREFIX, Settings
from codex_tui.config.toml_lines import Key, line_numbers
from codex_tui.config.vendors import DEFAULT_PROVIDER_VARIABLE, VENDORS, first_set
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

Table = Mapping[str, object]

FLAG_ORIGIN = "command line"
"""How a source names a flag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Values as written, not yet checked. `places` says in words where a key stands, `origin` where
    all those do that it does not name. `in_file` tells what lies on a disk from what is passed in.
    """

    origin: str
    values: Table
    places: Mapping[Key, str] = field(default_factory=dict[Key, str])
    in_file: bool = False

    def place_of(self, key: Key) -> str:
        """Return where `key`, or the table it is in, or the first key of its own stands."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.places:
                return self.places[key[:length]]
        below = (place for each, place in self.places.items() if each[: len(key)] == key)
        return next(below, self.origin)


def is_table(value: object) -> TypeIs[Table]:
    """Say whether a raw value is a table; keys are text in TOML, JSON and variables alike."""
    return isinstance(value, Mapping)


def leaves(values: Table, above: Key = ()) -> Iterator[tuple[Key, object]]:
    """Go through all values that are not tables (or empty ones), with their whole keys."""
    for name, value in values.items():
        if is_table(value) and value:
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name), value


def merge(below: Table, above: Table) -> dict[str, object]:
    """Return both; tables are joined, any other value of `above` replaces the one below."""
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        merged[name] = merge(under, value) if is_table(under) and is_table(value) else value
    return merged


def file_layer(path: Path) -> Layer | None:
    """Read a TOML file; None when there is none.

    Raises:
        ConfigError: it cannot be read, is not UTF-8 or not TOML; names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None
    try:
        values = cast("Table", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, str(error)) from None
    places = {key: f"{path}:{line}" for key, line in line_numbers(text).items()}
    return Layer(origin=str(path), values=values, places=places, in_file=True)


def _syntax_error(path: Path, complaint: str) -> ConfigError:
    """Turn tomllib's "…(at line 3, column 5)" into our `file:line` form."""
    words, _, position = complaint.rpartition(" (at ")
    found = re.fullmatch(r"line (\d+), column (\d+)\)", position)
    if found is None:
        return ConfigError(f"{path}: not valid TOML: {complaint}")
    line, column = found.groups()
    return ConfigError(f"{path}:{line}: not valid TOML: {words} (column {column})")


def flag_layer(flags: Mapping[str, object]) -> Layer:
    """Take settings from the command line; None stands for a flag that was not given."""
    given = {name: value for name, value in flags.items() if value is not None}
    return Layer(origin=FLAG_ORIGIN, values=given)


def environment_layer(env: Mapping[str, str]) -> Layer:
    """Read the `CODEX_TUI_` variables; an empty one counts as not set.

    Raises:
        ConfigError: a variable for a table or a list does not hold JSON.
    """
    values: dict[str, object] = {}
    places: dict[Key, str] = {}
    # Whole tables come before single keys of theirs, whatever the environment's order.
    for name in sorted(env):
        if name.startswith(ENV_PREFIX) and name != HOME_VARIABLE and env[name].strip():
            part = _variable(name, env[name])
            values = merge(values, part)
            for key, _ in leaves(part):
                places[key] = f"environment variable {name}"
    return Layer(origin="environment", values=values, places=places)


def _variable(name: str, text: str) -> Table:
    """Return what one variable says, as nested tables."""
    key = name.removeprefix(ENV_PREFIX).lower().split(ENV_DELIMITER)
    known = key[0] in Settings.model_fields and (len(key) == 1 or key[0] == "providers")
    if not known:
        return {ENV_DELIMITER.join(key): text}  # an unknown key, reported like any other
    try:
        return cast("Table", _OneVariable(name, text)())
    except SettingsError:
        raise ConfigError(
            f"environment variable {name}: is not valid JSON",
            hint="Tables and lists are written as JSON in a variable.",
        ) from None


class _OneVariable(EnvSettingsSource):
    """Decodes a single variable, so that whatever comes of it has a name to blame."""

    def __init__(self, name: str, text: str) -> None:
        self._only = {name.lower(): text}
        super().__init__(Settings)

    @override
    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._only


def ancestor_layer(env: Mapping[str, str]) -> Layer:
    """Read the vendors' and the ancestor's own variables; keys are not settings and stay out."""
    providers: dict[str, object] = {}
    places: dict[Key, str] = {}
    for provider, vendor in VENDORS.items():
        name = first_set(vendor.base_url_variables, env)
        if name is not None:
            providers[provider] = {"base_url": env[name].strip()}
            places["providers", provider, "base_url"] = f"environment variable {name}"
    values: dict[str, object] = {"providers": providers} if providers else {}
    default = env.get(DEFAULT_PROVIDER_VARIABLE, "").strip()
    if default:
        values["default_provider"] = default
        places["default_provider",] = f"environment variable {DEFAULT_PROVIDER_VARIABLE}"
    return Layer(origin="environment", values=values, places=places)


def toml_text(text: str) -> str:
    """Return `text` as a TOML string, quotes included."""
    return json.dumps(text, ensure_ascii=False)
