from __future__ import annotations

import pytest

from codex_tui.protocol.messages import Usage
from codex_tui.protocol.models import Effort, ModelInfo, ModelRef, Price
from codex_tui.providers.base import Endpoint
from codex_tui.providers.catalog import (
    default_model,
    describe,
    fit_effort,
    known_models,
)
from codex_tui.providers.prices import cost_usd
from codex_tui.providers.registry import built_in_endpoints

OPENAI, ANTHROPIC, DEMO, *PRESETS = built_in_endpoints()
GATEWAY = Endpoint(name="gate", api="anthropic-messages", base_url="https://gateway.example")
FOREIGN = Endpoint(name="odd", api="carrier-pigeon", base_url="")


def info(text: str, endpoint: Endpoint = OPENAI) -> ModelInfo:
    return describe(ModelRef.parse(text), endpoint)


def test_suggested_model_comes_first() -> None:
    assert [str(known_models(each)[0].ref) for each in (OPENAI, ANTHROPIC, DEMO, GATEWAY)] == [
        "openai/gpt-6.1-sol",
        "anthropic/claude-opus-5-5",
        "demo/walkthrough",
        "gate/claude-opus-5-5",
    ]
    assert default_model(GATEWAY) == ModelRef("gate", "claude-opus-5-5")


def test_wire_without_a_table_has_no_models() -> None:
    assert known_models(FOREIGN) == ()
    assert default_model(FOREIGN) is None


@pytest.mark.parametrize("endpoint", [OPENAI, ANTHROPIC])
def test_every_vendor_model_is_fully_described(endpoint: Endpoint) -> None:
    models = known_models(endpoint)
    assert len({model.ref for model in models}) == len(models)
    for model in models:
        assert model == describe(model.ref, endpoint)
        assert model.name
        assert model.context_window is not None
        assert model.max_output is not None
        assert model.max_output < model.context_window
        assert model.price is not None
        assert model.price.input < model.price.output
        assert model.efforts
        assert model.default_effort is None or model.default_effort in model.efforts


def test_demonstration_is_labelled_and_has_no_price() -> None:
    (model,) = known_models(DEMO)
    assert (model.note, model.price, model.efforts) == ("demonstration", None, ())


def test_unknown_model_has_nothing_but_its_name() -> None:
    assert info("openai/house-model") == ModelInfo(ref=ModelRef("openai", "house-model"))


@pytest.mark.parametrize(
    ("text", "endpoint", "name"),
    [
        ("openai/gpt-5.3-codex-2026-02-05", OPENAI, "GPT-5.3 Codex"),
        ("anthropic/claude-haiku-4-5-20251001", ANTHROPIC, "Claude Haiku 4.5"),
        ("anthropic/claude-opus-4-8@20260101", ANTHROPIC, "Claude Opus 4.8"),
        ("anthropic/claude-opus-5-5-latest", ANTHROPIC, "Claude Opus 5.5"),
        ("anthropic/claude-opus-5", ANTHROPIC, "Claude Opus 5"),
        ("gate/anthropic/claude-opus-5.5", GATEWAY, "Claude Opus 5.5"),
        ("gate/anthropic.claude-opus-5-5", GATEWAY, "Claude Opus 5.5"),
        ("openai/openai/gpt-6.1-sol", OPENAI, "GPT-6.1 Sol"),
    ],
)
def test_dated_or_gateway_name_is_the_model_it_means(
    text: str, endpoint: Endpoint, name: str
) -> None:
    found = info(text, endpoint)
    assert (found.name, str(found.ref)) == (name, text)
    assert found.price is not None


@pytest.mark.parametrize("model", ["gpt-6.1-sol-mini", "gpt-6.2-sol", "gpt-6-cyber"])
def test_relative_of_a_known_model_shares_its_efforts_but_not_its_price(model: str) -> None:
    found = info(f"openai/{model}")
    assert found.efforts
    assert (found.price, found.context_window) == (None, None)


def test_model_of_another_vendor_is_unknown_on_this_wire() -> None:
    assert info("openai/claude-opus-5-5").price is None


def test_longest_family_decides_the_efforts() -> None:
    assert Effort.OFF not in info("anthropic/claude-opus-5-5", ANTHROPIC).efforts
    assert Effort.OFF in info("anthropic/claude-opus-5", ANTHROPIC).efforts
    assert Effort.XHIGH not in info("anthropic/claude-opus-4-6", ANTHROPIC).efforts
    assert Effort.OFF not in info("openai/gpt-6.1-sol").efforts
    assert Effort.OFF in info("openai/gpt-6-sol").efforts


@pytest.mark.parametrize(
    ("wanted", "accepted", "got"),
    [
        (Effort.HIGH, (Effort.LOW, Effort.MEDIUM, Effort.HIGH), Effort.HIGH),
        (Effort.MAX, (Effort.LOW, Effort.XHIGH, Effort.MEDIUM), Effort.XHIGH),
        (Effort.OFF, (Effort.MEDIUM, Effort.LOW), Effort.LOW),
        (Effort.MINIMAL, (Effort.OFF, Effort.LOW), Effort.OFF),
        (Effort.HIGH, (), None),
    ],
)
def test_effort_goes_down_to_the_nearest(
    wanted: Effort, accepted: tuple[Effort, ...], got: Effort | None
) -> None:
    assert fit_effort(wanted, accepted) == got


def test_cost_counts_fresh_cached_and_written_tokens_apart() -> None:
    usage = Usage(
        input_tokens=100_000,
        cache_read_tokens=60_000,
        cache_write_tokens=30_000,
        output_tokens=1_000,
        reasoning_tokens=900,
    )
    expected = (10_000 * 2 + 60_000 * 0.1 + 30_000 * 2.5 + 1_000 * 10) / 1_000_000
    assert cost_usd(info("openai/gpt-6.1-sol"), usage) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "endpoint", "tokens", "factor_in", "factor_out"),
    [
        ("openai/gpt-6.1-sol", OPENAI, 272_000, 1, 1),
        ("openai/gpt-6.1-sol", OPENAI, 272_001, 2, 1.5),
        ("openai/gpt-5.3-codex", OPENAI, 390_000, 1, 1),
        ("anthropic/claude-haiku-5-5", ANTHROPIC, 100_000, 1, 1),
        ("anthropic/claude-haiku-5-5", ANTHROPIC, 100_001, 5, 5),
        ("anthropic/claude-opus-5-5", ANTHROPIC, 900_000, 1, 1),
    ],
)
def test_long_prompt_raises_the_price_of_the_whole_call(
    text: str, endpoint: Endpoint, tokens: int, factor_in: float, factor_out: float
) -> None:
    model = info(text, endpoint)
    assert model.price is not None
    expected = tokens * model.price.input * factor_in + 1_000 * model.price.output * factor_out
    usage = Usage(input_tokens=tokens, output_tokens=1_000)
    assert cost_usd(model, usage) == pytest.approx(expected / 1_000_000)


def test_own_price_has_no_cliff_and_missing_cache_prices_count_as_input() -> None:
    model = ModelInfo(ref=ModelRef("openai", "gpt-6.1-sol"), price=Price(input=1, output=2))
    usage = Usage(input_tokens=500_000, cache_read_tokens=200_000, cache_write_tokens=100_000)
    assert cost_usd(model, usage) == pytest.approx(0.5)


def test_unknown_price_is_unknown_and_never_nothing() -> None:
    assert cost_usd(info("openai/house-model"), Usage(input_tokens=5)) is None
