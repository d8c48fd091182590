"""Turns what the user wishes for models into profiles, with the words of the prompt files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.config.model_checks import read_prompt
from codex_tui.config.problems import dotted
from codex_tui.config.settings import DEFAULT_SOURCE
from codex_tui.protocol.profiles import SHIPPED_PROMPTS, GivenProfile, ModelProfile
from codex_tui.providers.profiles import Profiles

if TYPE_CHECKING:
    from codex_tui.config.model_settings import ModelSettings
    from codex_tui.config.settings import Loaded


def profiles(loaded: Loaded) -> Profiles:
    """Return the profiles of all models; raises `ConfigError` for a prompt that cannot be read."""
    settings = loaded.settings
    plain = None
    if settings.effort is not None:
        plain = GivenProfile(
            pattern="*",
            profile=ModelProfile(effort=settings.effort),
            origins={"effort": loaded.sources.get("effort", DEFAULT_SOURCE)},
        )
    given = tuple(_given(pattern, each, loaded) for pattern, each in settings.models.items())
    return Profiles(given=given, effort=plain)


def _given(pattern: str, settings: ModelSettings, loaded: Loaded) -> GivenProfile:
    values = settings.model_dump(exclude_none=True)
    origins = {
        name: loaded.sources.get(dotted(("models", pattern, name)), DEFAULT_SOURCE)
        for name in values
    }
    prompt = settings.prompt
    text = None
    if prompt is not None and prompt not in SHIPPED_PROMPTS:
        text = read_prompt(prompt, origins["prompt"])
    return GivenProfile(
        pattern=pattern, profile=ModelProfile(**values, prompt_text=text), origins=origins
    )
