"""Which profile a model has: the shipped one of its family, the provider's settings, the user's.

    shipped for the family < the provider's own settings < the plain setting `effort`
        < the user's profiles, the more exact name counting more < what was chosen

All of it is known when the program starts; the result is a pure function of model and endpoint, and
of what is known of the model. What the model does not take of it is `profile_fit`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.models import Effort
from codex_tui.protocol.profiles import GivenProfile, ModelProfile, ProfileInForce
from codex_tui.providers.catalog import fit_effort, plain_name
from codex_tui.providers.profile_fit import SHIPPED_ORIGIN, fitted
from codex_tui.providers.profile_tables import EVERY_MODEL, SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from codex_tui.protocol.models import ModelInfo, ModelRef
    from codex_tui.providers.base import Endpoint

CHOSEN_ORIGIN: Final = "chosen"
_WILD: Final = "*?["


def provider_origin(provider: str, field: str) -> str:
    """Return how a field that the provider's settings decide names its origin."""
    return f"providers.{provider}.{field}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """The profiles of all models. `given` are the user's; `effort` is what the user set for all
    models alike, with its origin.
    """

    given: Sequence[GivenProfile] = ()
    effort: GivenProfile | None = None

    def wished(self, ref: ModelRef, endpoint: Endpoint) -> ProfileInForce:
        """Return all that is said of a model, whether it takes it or not."""
        joined = ProfileInForce(profile=ModelProfile())
        for layer in self._layers(ref, endpoint):
            joined = _joined(joined, layer)
        return joined

    def names_effort(self, ref: ModelRef) -> bool:
        """Say whether the user has said how much a model is to think."""
        return self.effort is not None or self._by_name(ref)

    def _by_name(self, ref: ModelRef) -> bool:
        return any(each.profile.effort for each in self._matching(ref))

    def in_force(
        self, info: ModelInfo, endpoint: Endpoint, chosen: Effort | None = None
    ) -> ProfileInForce:
        """Return a model's profile as far as the model takes it; `info` is what is known of it with
        the user's word on top, `chosen` the effort that was asked for here and now.
        """
        wished = self.wished(info.ref, endpoint)
        if chosen is not None:
            layer = GivenProfile(
                pattern=str(info.ref),
                profile=ModelProfile(effort=chosen),
                origins={"effort": CHOSEN_ORIGIN},
            )
            wished = _joined(wished, layer)
        return fitted(wished, info, endpoint)

    def corrected(self, info: ModelInfo, endpoint: Endpoint) -> ModelInfo:
        """Return what is known of a model with the user's own word on it.

        A profile that names an effort for a model of which nothing is known is taken at its word:
        then nobody can tell which efforts there are.
        """
        profile = self.wished(info.ref, endpoint).profile
        efforts = info.efforts or (tuple(Effort) if self._by_name(info.ref) else ())
        default = profile.effort and fit_effort(profile.effort, efforts)
        return replace(
            info,
            efforts=efforts,
            default_effort=default or info.default_effort,
            context_window=profile.context_window or info.context_window,
            image_input=info.image_input if profile.sees_images is None else profile.sees_images,
            tools=info.tools if profile.tools is None else profile.tools,
        )

    def _layers(self, ref: ModelRef, endpoint: Endpoint) -> Iterator[GivenProfile]:
        yield _shipped(EVERY_MODEL)
        name = plain_name(ref.model).lower()
        fitting = [
            (max(len(prefix) for prefix in family.prefixes if name.startswith(prefix)), family)
            for family in SHIPPED
            if name.startswith(family.prefixes)
        ]
        for _, family in sorted(fitting, key=lambda each: each[0]):
            yield _shipped(family.profile)
        yield _of_provider(endpoint)
        if self.effort is not None:
            yield self.effort
        yield from self._matching(ref)

    def _matching(self, ref: ModelRef) -> Iterable[GivenProfile]:
        name = str(ref)
        fitting = (
            each
            for each in self.given
            if each.pattern == name or fnmatchcase(name, each.pattern)  # a name may have brackets
        )
        return sorted(fitting, key=lambda each: _exactness(each.pattern, name))


def _exactness(pattern: str, name: str) -> tuple[bool, int]:
    """Rank patterns: a whole name above all, then by the letters that are not left open."""
    return pattern == name, sum(letter not in _WILD for letter in pattern)


def _shipped(profile: ModelProfile) -> GivenProfile:
    return GivenProfile(
        pattern="*", profile=profile, origins=dict.fromkeys(profile.said(), SHIPPED_ORIGIN)
    )


def _of_provider(endpoint: Endpoint) -> GivenProfile:
    profile = ModelProfile(timeout_s=endpoint.timeout_s, tools=endpoint.tools)
    origins = {name: provider_origin(endpoint.name, name) for name in profile.said()}
    return GivenProfile(pattern=f"{endpoint.name}/*", profile=profile, origins=origins)


def _joined(lower: ProfileInForce, upper: GivenProfile) -> ProfileInForce:
    origins = {name: upper.origins.get(name, upper.pattern) for name in upper.profile.said()}
    return ProfileInForce(
        profile=lower.profile.under(upper.profile), origins={**lower.origins, **origins}
    )
