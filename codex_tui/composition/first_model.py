"""The model a session starts on, when nothing of its own says which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_tui.protocol.models import ModelRef
from codex_tui.providers import catalog
from codex_tui.providers.local.models import PROVIDER as LOCAL_PROVIDER
from codex_tui.providers.registry import built_in_endpoints

if TYPE_CHECKING:
    from codex_tui.config.settings import Settings
    from codex_tui.config.state import State
    from codex_tui.protocol.models import Effort
    from codex_tui.providers.registry import ProviderRegistry

DEMO_REF: Final = ModelRef("demo", "walkthrough")
_NEVER_SUGGESTED: Final = frozenset({DEMO_REF.provider, LOCAL_PROVIDER})


def first_model(
    settings: Settings,
    remembered: State,
    registry: ProviderRegistry,
    effort: Effort | None,
) -> tuple[ModelRef, Effort | None] | None:
    """Return what was asked for, else what was used last, else a ready vendor's suggestion; None
    when there is nothing of these. `effort` is what was asked for on the command line; one that was
    used last counts where the configuration names none.
    """
    if settings.model is not None:
        return ModelRef.parse(settings.model), effort
    ready = {status.name for status in registry.statuses() if status.ready}
    at_hand = ready.union(each.name for each in registry.unlisted() if each.ready)
    if remembered.model is not None and remembered.model.provider in at_hand:
        if effort is None and not registry.is_effort_configured(remembered.model):
            effort = remembered.effort
        return remembered.model, effort
    preferred = (settings.default_provider, "anthropic", "openai", *registry.names())
    for name in preferred:
        if name in ready and name not in _NEVER_SUGGESTED:
            ref = _suggestion(name, registry)
            if ref is not None:
                return ref, effort
    return None


def _suggestion(provider: str, registry: ProviderRegistry) -> ModelRef | None:
    endpoint = registry.endpoint(provider)
    if endpoint.models:
        return ModelRef(provider, endpoint.models[0])
    own = {built_in.name for built_in in built_in_endpoints()}
    return catalog.default_model(endpoint) if provider in own else None
