"""Which layer decides, and what a model takes of what is wished."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from codex_tui.protocol.models import Effort, ModelInfo, ModelRef
from codex_tui.protocol.profiles import CacheLife, GivenProfile, ModelProfile, ProfileInForce
from codex_tui.providers.base import Endpoint
from codex_tui.providers.catalog import describe
from codex_tui.providers.profiles import Profiles
from codex_tui.providers.registry import ProviderRegistry, built_in_endpoints

ENDPOINTS = {endpoint.name: endpoint for endpoint in built_in_endpoints()}


def given(pattern: str, **fields: Any) -> GivenProfile:
    return GivenProfile(pattern=pattern, profile=ModelProfile(**fields))


def in_force(text: str, *layers: GivenProfile, chosen: Effort | None = None) -> ProfileInForce:
    ref = ModelRef.parse(text)
    endpoint = ENDPOINTS[ref.provider]
    profiles = Profiles(given=layers)
    info = describe(ref, endpoint)
    return profiles.in_force(profiles.corrected(info, endpoint), endpoint, chosen)


def test_the_more_exact_name_counts_more_whatever_the_order() -> None:
    layers = (
        given("openai/gpt-6.1-sol", timeout_s=1.0),
        given("*/*", timeout_s=4.0, max_output_tokens=40, temperature=0.4),
        given("openai/gpt-6*", timeout_s=2.0, max_output_tokens=20),
        given("openai/*", timeout_s=3.0, max_output_tokens=30, sees_images=False),
        given("anthropic/*", timeout_s=9.0, tools=False),
    )
    for ordered in (layers, layers[::-1]):
        found = Profiles(given=ordered).wished(
            ModelRef.parse("openai/gpt-6.1-sol"), ENDPOINTS["openai"]
        )
        assert (found.profile.timeout_s, found.profile.max_output_tokens) == (1.0, 20)
        assert (found.profile.sees_images, found.profile.tools) == (False, None)
        assert found.origins["temperature"] == "*/*"


def test_a_name_with_brackets_fits_itself_above_all() -> None:
    layers = (
        given("openai/gpt-6.1-sol[1m]", timeout_s=1.0),
        given("openai/gpt-6.1-sol?1m*", timeout_s=2.0),
    )
    ref = ModelRef.parse("openai/gpt-6.1-sol[1m]")
    assert Profiles(given=layers).wished(ref, ENDPOINTS["openai"]).profile.timeout_s == 1.0


def test_shipped_then_provider_then_plain_effort_then_profile_then_choice() -> None:
    ref, endpoint = ModelRef.parse("anthropic/claude-opus-5-5"), ENDPOINTS["anthropic"]
    info = describe(ref, endpoint)
    shipped = Profiles().in_force(info, endpoint)
    assert shipped.profile.effort is Effort.HIGH
    assert shipped.origins["effort"] == "shipped default"
    assert shipped.origins["timeout_s"] == "providers.anthropic.timeout_s"
    plain = Profiles(effort=given("*", effort=Effort.LOW))
    assert plain.in_force(info, endpoint).profile.effort is Effort.LOW
    own = replace(plain, given=[given("anthropic/*", effort=Effort.MAX, timeout_s=7.0)])
    assert own.in_force(info, endpoint).profile.effort is Effort.MAX
    assert own.in_force(info, endpoint).profile.timeout_s == 7.0
    assert own.in_force(info, endpoint, Effort.MEDIUM).profile.effort is Effort.MEDIUM
    assert own.in_force(info, endpoint, Effort.MEDIUM).origins["effort"] == "chosen"


@pytest.mark.parametrize(
    ("model", "wished", "given_effort", "why"),
    [
        ("anthropic/claude-opus-5-5", "off", "low", "the model's lowest"),
        ("anthropic/claude-opus-5-5", "minimal", "low", "the model's lowest"),
        ("anthropic/claude-opus-5-5", "max", "max", ""),
        ("anthropic/claude-fable-5-2", "off", "low", "the model's lowest"),
        ("anthropic/claude-sonnet-5-5", "off", "off", ""),
        ("anthropic/claude-haiku-5-5", "off", "off", ""),
        ("anthropic/claude-opus-5", "off", "off", ""),
        ("anthropic/claude-opus-4-6", "xhigh", "high", "the next lower one the model takes"),
        ("anthropic/claude-sonnet-4-6", "max", "max", ""),
        ("anthropic/claude-haiku-4-5", "max", "high", "the model's highest"),
        ("anthropic/claude-opus-4-5", "minimal", "off", "the model's lowest"),
        ("openai/gpt-6.1-sol", "off", "low", "the model's lowest"),
        ("openai/gpt-6-sol", "off", "off", ""),
        ("openai/gpt-5.3-codex", "max", "xhigh", "the model's highest"),
        ("groq/openai/gpt-oss-120b", "max", "high", "the model's highest"),
        ("deepseek/deepseek-v4-pro", "high", None, "is not known to take one"),
    ],
)
def test_the_ladder_of_each_family(
    model: str, wished: str, given_effort: str | None, why: str
) -> None:
    found = in_force(model, chosen=Effort(wished))
    assert found.profile.effort == given_effort
    assert (why in " ".join(found.notes)) if why else (found.notes == ())
    if why:
        assert f"effort {wished}" in found.notes[0]


def test_nobody_is_told_of_a_shipped_wish() -> None:
    gateway = Endpoint(name="gate", api="openai-chat", base_url="https://gate.example")
    ref = ModelRef("gate", "claude-opus-5-5")
    found = Profiles().in_force(ModelInfo(ref=ref), gateway)
    assert (found.profile.effort, found.notes) == (None, ())


def test_a_named_effort_makes_a_stranger_one_that_takes_them_all() -> None:
    found = in_force("vllm/house", given("vllm/house", effort=Effort.XHIGH))
    assert (found.profile.effort, found.notes) == (Effort.XHIGH, ())
    assert in_force("vllm/other", given("vllm/house", effort=Effort.XHIGH)).profile.effort is None


@pytest.mark.parametrize(
    ("model", "effort", "sent", "why"),
    [
        ("anthropic/claude-opus-5-5", None, None, "takes none"),
        ("anthropic/claude-opus-4-7", Effort.OFF, None, "takes none"),
        ("anthropic/claude-haiku-4-5", None, None, "only with effort off"),
        ("anthropic/claude-haiku-4-5", Effort.OFF, 0.5, ""),
        ("anthropic/claude-opus-4-6", Effort.OFF, 0.5, ""),
        ("anthropic/house-model", None, 0.5, ""),
        ("openai/gpt-6.1-sol", None, None, "reasons"),
        ("openai/gpt-4.1", None, 0.5, ""),
        ("deepseek/deepseek-v4-pro", None, 0.5, ""),
    ],
)
def test_a_temperature_goes_only_where_it_is_taken(
    model: str, effort: Effort | None, sent: float | None, why: str
) -> None:
    found = in_force(model, given("*/*", temperature=0.5), chosen=effort)
    assert found.profile.temperature == sent
    assert [note for note in found.notes if "temperature 0.5 is not sent" in note] == (
        [each for each in found.notes if why in each] if why else []
    )


def test_a_temperature_beyond_the_vendors_range_is_not_sent() -> None:
    found = in_force("anthropic/claude-haiku-4-5", given("*/*", temperature=1.5), chosen=Effort.OFF)
    assert found.profile.temperature is None
    assert "takes at most 1" in found.notes[0]


@pytest.mark.parametrize(
    ("model", "life"),
    [
        ("anthropic/claude-opus-5-5", CacheLife.LONG),
        ("openai/gpt-6.1-sol", CacheLife.LONG),
        ("openai/gpt-5.6-luna", CacheLife.LONG),
        ("openai/gpt-5.3-codex", None),
        ("mistral/mistral-large-4", None),
    ],
)
def test_a_long_life_is_asked_for_where_there_is_one(model: str, life: CacheLife | None) -> None:
    found = in_force(model, given("*/*", cache_life=CacheLife.LONG))
    assert found.profile.cache_life is life
    assert bool(found.notes) is (life is None)


def test_a_limit_above_the_models_own_is_cut() -> None:
    found = in_force("anthropic/claude-haiku-4-5", given("*/*", max_output_tokens=90_000))
    assert found.profile.max_output_tokens == 64_000
    assert found.notes == (
        "max_output_tokens 90,000 → 64,000: anthropic/claude-haiku-4-5 writes no more.",
    )


def test_the_users_word_corrects_what_is_known_of_a_model() -> None:
    own = given("openai/gpt-6.1-sol", context_window=99, sees_images=False, tools=False)
    registry = ProviderRegistry(
        built_in_endpoints(),
        profiles=Profiles(given=[own, given("openai/*", effort=Effort.XHIGH)]),
    )
    info = registry.describe(ModelRef.parse("openai/gpt-6.1-sol"))
    assert (info.context_window, info.image_input, info.tools) == (99, False, False)
    assert info.default_effort is Effort.XHIGH
    other = registry.describe(ModelRef.parse("openai/gpt-6-sol"))
    assert (other.image_input, other.tools) == (True, None)
