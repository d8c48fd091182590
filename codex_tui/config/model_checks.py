"""What of the models' profiles no single value can be checked for: prompts in files, providers.

A prompt's path counts from the folder of the configuration file that names it; a project's stays in
the project.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from codex_tui.config.paths import expand_home
from codex_tui.config.private_files import read_regular
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.profiles import SHIPPED_PROMPTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from codex_tui.config.layers import Layer, Table
    from codex_tui.config.toml_lines import Key

MAX_PROMPT_BYTES: Final = 200_000
"""The longest file taken for a prompt; a longer one would go with every request."""

WILD: Final = frozenset("*?[")
"""What makes a pattern of a model's name."""


def with_whole_paths(layer: Layer, folder: Path, *, within: Path | None = None) -> Layer:
    """Return a file's layer with the paths of its prompts made whole, counted from `folder`.

    Raises:
        ConfigError: a path leads out of the folder `within`, which is the project's.
    """
    models = cast("Mapping[str, Table]", layer.values.get("models", {}))
    settled: dict[str, object] = {}
    for pattern, table in models.items():
        prompt = table.get("prompt")
        if not isinstance(prompt, str) or prompt in SHIPPED_PROMPTS:
            settled[pattern] = table
            continue
        path = (folder / expand_home(prompt)).resolve()
        if within is not None and not path.is_relative_to(within.resolve()):
            place = layer.place_of(("models", pattern, "prompt"))
            raise ConfigError(
                f"{place}: the prompt {prompt!r} is not inside the project",
                hint="A project's configuration may name the project's own files only.",
            )
        settled[pattern] = {**table, "prompt": str(path)}
    return replace(layer, values={**layer.values, "models": settled}) if models else layer


def check_models(
    values: Table, known_providers: tuple[str, ...], sources: Mapping[Key, str]
) -> None:
    """Raise `ConfigError` for a profile that is no model's, since there is no such provider."""
    for pattern in cast("Mapping[str, object]", values.get("models", {})):
        provider = pattern.partition("/")[0]
        if provider in known_providers or WILD & set(provider):
            continue
        key = ("models", pattern)
        place = next((sources[each] for each in sources if each[:2] == key), "default")
        raise ConfigError(
            f"{place}: models.{pattern!r} fits no model; there is no provider {provider!r}",
            hint=f"Known are {', '.join(known_providers)}.",
        )


def read_prompt(path: str, place: str) -> str:
    """Return the text of a prompt file; raises `ConfigError` naming the `place` that names it."""
    told = f"{place}: the prompt {path}"
    file = expand_home(path)
    if not file.is_absolute():
        raise ConfigError(f"{told} is no whole path", hint="Here a path begins with / or ~.")
    try:
        long = file.stat().st_size > MAX_PROMPT_BYTES
        text = "" if long else read_regular(file).removeprefix("\ufeff").strip()
    except OSError as error:
        raise ConfigError(f"{told} cannot be read: {error.strerror}") from error
    except ValueError:
        raise ConfigError(f"{told} is not UTF-8 text") from None
    if long:
        raise ConfigError(f"{told} is longer than {MAX_PROMPT_BYTES // 1000} kB")
    if not text:
        raise ConfigError(f"{told} is empty", hint="Leave prompt out for the shipped one.")
    return text
