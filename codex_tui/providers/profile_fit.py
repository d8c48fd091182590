"""What of a wished profile a model takes: the effort mapped, limits kept, the rest left out.

Whatever is not done as wished gets a sentence that says why. What a server refuses in spite of this
is learned from its answer, by the adapters.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.models import Effort
from codex_tui.protocol.profiles import CacheLife, ModelProfile, ProfileInForce
from codex_tui.providers.catalog import family_prefix, fit_effort

if TYPE_CHECKING:
    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import Endpoint

SHIPPED_ORIGIN: Final = "shipped default"

_ANTHROPIC: Final = "anthropic-messages"
_RESPONSES: Final = "openai-responses"

# Claude families that take a temperature as long as they do not think; later ones refuse it always.
_TEMPERATE_CLAUDES: Final = (
    "claude-opus-4-6", "claude-sonnet-4-6", "claude-opus-4-5", "claude-sonnet-4-5",
    "claude-haiku-4-5",
)  # fmt: skip
_LATER_CLAUDES: Final = (
    "claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-sonnet-5", "claude-haiku-5",
    "claude-fable-5", "claude-mythos-5",
)  # fmt: skip
_MAX_CLAUDE_TEMPERATURE: Final = 1.0
_LONG_CACHED_GPTS: Final = ("gpt-5.6", "gpt-6", "gpt-6.1", "gpt-6.2")
"""OpenAI's models whose cache can be told how long to last (the SDK's page on prompt caching)."""


def fitted(wished: ProfileInForce, info: ModelInfo, endpoint: Endpoint) -> ProfileInForce:
    """Return the profile a model takes; `notes` say what is done otherwise than wished."""
    profile, notes = wished.profile, list(wished.notes)
    effort = _effort(profile, info)
    told = effort_note(profile.effort, effort, info)
    if told and wished.origins.get("effort") != SHIPPED_ORIGIN:  # nobody here wished that
        notes.append(told)
    limit = _limit(profile, info, notes)
    temperature = _temperature(replace(profile, effort=effort), info, endpoint, notes)
    cache_life = profile.cache_life
    if cache_life is CacheLife.LONG and not _caches_long(info, endpoint):
        notes.append(f"cache_life {cache_life} is not asked for: {info.ref} has no such choice.")
        cache_life = None
    made = replace(
        profile,
        effort=effort,
        max_output_tokens=limit,
        temperature=temperature,
        cache_life=cache_life,
    )
    return ProfileInForce(profile=made, origins=wished.origins, notes=tuple(notes))


def effort_note(wished: Effort | None, given: Effort | None, info: ModelInfo) -> str:
    """Say in a sentence what a model makes of an effort, empty where it is as wished."""
    if wished is None or wished is given:
        return ""
    if given is None:
        return f"effort {wished} is not asked for: {info.ref} is not known to take one."
    ladder = tuple(Effort)
    ranked = sorted(info.efforts, key=ladder.index)
    why = "the next lower one the model takes"
    if given is ranked[-1]:
        why = "the model's highest"
    elif given is ranked[0]:
        why = "the model's lowest"
    return f"effort {wished} → {given}: {why}."


def _effort(profile: ModelProfile, info: ModelInfo) -> Effort | None:
    wished = profile.effort or info.default_effort
    return wished and fit_effort(wished, info.efforts)


def _limit(profile: ModelProfile, info: ModelInfo, notes: list[str]) -> int | None:
    wished, most = profile.max_output_tokens, info.max_output
    if wished is None or most is None or wished <= most:
        return wished
    notes.append(f"max_output_tokens {wished:,} → {most:,}: {info.ref} writes no more.")
    return most


def _temperature(
    profile: ModelProfile, info: ModelInfo, endpoint: Endpoint, notes: list[str]
) -> float | None:
    wished = profile.temperature
    if wished is None:
        return None
    why = _no_temperature(wished, profile.effort, info, endpoint)
    if why:
        notes.append(f"temperature {wished:g} is not sent: {why}.")
        return None
    return wished


def _no_temperature(
    wished: float, effort: Effort | None, info: ModelInfo, endpoint: Endpoint
) -> str:
    """Say why a temperature would be refused, empty where it would not."""
    name = info.ref.model
    if endpoint.api == _RESPONSES and info.efforts:
        return f"{info.ref} reasons, and such models take none"
    if endpoint.api != _ANTHROPIC:
        return ""
    family = family_prefix(name, (*_TEMPERATE_CLAUDES, *_LATER_CLAUDES))
    if family in _LATER_CLAUDES:
        return f"{info.ref} takes none"
    if family is not None and effort is not Effort.OFF:
        return f"{info.ref} takes one only with effort off"
    if wished > _MAX_CLAUDE_TEMPERATURE:
        return f"{info.ref} takes at most {_MAX_CLAUDE_TEMPERATURE:g}"
    return ""


def _caches_long(info: ModelInfo, endpoint: Endpoint) -> bool:
    """Say whether a server can be told to keep what it read for longer."""
    if endpoint.api == _RESPONSES:
        return family_prefix(info.ref.model, _LONG_CACHED_GPTS) is not None
    return endpoint.api == _ANTHROPIC
