"""What is known of costs, speeds and budgets, in figures and words."""

from __future__ import annotations

import pytest

from codex_tui.protocol.costs import Cost
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.figures import format_count
from codex_tui.protocol.messages import Usage
from codex_tui.protocol.models import Price
from codex_tui.protocol.spending import Budget, StepFigures


@pytest.mark.parametrize(
    ("costs", "words"),
    [
        ([], "$0.00"),
        ([Cost.of(0.25), Cost.of(1_000)], "$1,000.25"),
        ([Cost.of(None)], "–"),
        ([Cost.of(None), Cost.of(None)], "–"),
        ([Cost.of(None), Cost.of(0.0)], "≥ $0.00"),
        ([Cost.of(None), Cost.of(0.41)], "≥ $0.41"),
        ([Cost.of(0.1, late=True), Cost.of(0.2)], "~$0.30"),
        ([Cost.of(0.1, late=True), Cost.of(None)], "≥ ~$0.10"),
        ([Cost.of(0.1, whole=False)], "≥ $0.10"),
    ],
)
def test_a_sum_says_what_is_not_known_of_it(costs, words):
    assert sum(costs, Cost()).text() == words


def figures(**facts) -> StepFigures:
    given = {"usage": Usage(output_tokens=100), "duration_ms": 3_000, "first_token_ms": 1_000}
    return StepFigures(model="a/b", **{**given, **facts})


@pytest.mark.parametrize(
    ("facts", "speed"),
    [
        ({}, 50.0),
        ({"first_token_ms": 2_950}, 100 / 3),
        ({"first_token_ms": None}, None),
        ({"usage": None}, None),
        ({"usage": Usage(input_tokens=5)}, None),
        ({"duration_ms": 0, "first_token_ms": 0}, None),
    ],
    ids=["as it came", "all at once", "nothing said", "not counted", "no words", "no time"],
)
def test_the_speed_is_that_of_the_writing(facts, speed):
    assert figures(**facts).tokens_per_s == speed


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("5", Budget(usd=5, tokens=9)),
        ("$2.50", Budget(usd=2.5, tokens=9)),
        ("3 dollars", Budget(usd=3, tokens=9)),
        ("200k tokens", Budget(usd=1, tokens=200_000)),
        ("1.5M tok", Budget(usd=1, tokens=1_500_000)),
        ("200K", Budget(usd=1, tokens=200_000)),
        ("1,000,000 tokens", Budget(usd=1, tokens=1_000_000)),
        ("off", Budget()),
    ],
)
def test_a_budget_is_written_as_people_write_amounts(text, budget):
    assert Budget(usd=1, tokens=9).set_by(text) == budget


@pytest.mark.parametrize("text", ["", "0", "-3", "$5k", "some", "5 tokens more", "1e9"])
def test_what_is_no_budget_is_refused_with_how_to_write_one(text):
    with pytest.raises(ConfigError, match="is no budget"):
        Budget().set_by(text)


def test_a_budget_in_words():
    assert Budget(usd=5, tokens=200_000).text() == "$5.00 and 200,000 tokens"
    assert Budget().text() == "no cap"
    assert not Budget()


def test_a_cap_below_a_cent_is_not_written_as_none():
    assert Budget(usd=0.001).text() == "$0.001"
    assert Budget(usd=0.01, tokens=5).text() == "$0.01 and 5 tokens"
    assert Budget().dollars == ""


def test_counts_are_short():
    assert [format_count(n) for n in (0, 999, 12_345, 999_949, 999_950)] == [
        "0", "999", "12.3k", "999.9k", "1.0M",
    ]  # fmt: skip


def test_a_way_to_be_served_has_its_own_price_or_none_that_is_known():
    flex = Price(input=1, output=2)
    price = Price(input=2, output=4, services=(("flex", flex),))
    assert price.served("") is price
    assert price.served("default") is price
    assert price.served("flex") is flex
    assert price.served("priority") is None


def test_a_sum_of_usages_is_of_no_single_call():
    one = Usage(input_tokens=1, aside_output_tokens=2, service_tier="flex", cost_usd=0.5)
    assert one + one == Usage(input_tokens=2, aside_output_tokens=4)
    assert (one + one).total_tokens == 6
