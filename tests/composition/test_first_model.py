"""How much the first model thinks: asked for, configured, remembered, in this order."""

from __future__ import annotations

import pytest

from codex_tui.composition.first_model import first_model
from codex_tui.config.schema import Settings
from codex_tui.config.state import State
from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.protocol.profiles import GivenProfile, ModelProfile
from codex_tui.providers.base import Endpoint
from codex_tui.providers.profiles import Profiles
from codex_tui.providers.registry import ProviderRegistry

GATE = Endpoint(name="gate", api="anthropic-messages", base_url="https://g.example", api_key="k")
OPUS = ModelRef("gate", "claude-opus-5-5")
LOW = GivenProfile(pattern="*", profile=ModelProfile(effort=Effort.LOW))
REMEMBERED = State(model=OPUS, effort=Effort.XHIGH)


@pytest.mark.parametrize(
    ("profiles", "asked", "chosen", "in_force"),
    [
        (Profiles(), None, Effort.XHIGH, Effort.XHIGH),
        (Profiles(effort=LOW), None, None, Effort.LOW),
        (Profiles(given=[LOW]), None, None, Effort.LOW),
        (Profiles(given=[LOW]), Effort.MAX, Effort.MAX, Effort.MAX),
    ],
)
def test_effort_that_was_asked_for_stands_over_configured_over_remembered(
    profiles: Profiles, asked: Effort | None, chosen: Effort | None, in_force: Effort
) -> None:
    registry = ProviderRegistry([GATE], profiles=profiles)
    found = first_model(Settings.model_validate({}), REMEMBERED, registry, asked)
    assert found == (OPUS, chosen)
    assert registry.profile(OPUS, chosen).profile.effort is in_force


def test_a_configured_model_begins_with_what_is_shipped_for_it() -> None:
    registry = ProviderRegistry([GATE])
    settings = Settings.model_validate({"model": str(OPUS)})
    assert first_model(settings, REMEMBERED, registry, None) == (OPUS, None)
    assert registry.profile(OPUS).profile.effort is Effort.HIGH
