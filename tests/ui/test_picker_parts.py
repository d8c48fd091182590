from __future__ import annotations

import pytest
from picker_entries import many

from codex_tui.protocol.figures import format_dollars, format_efforts, format_tokens
from codex_tui.protocol.models import Effort, ModelInfo, ModelRef, Price, ProviderStatus
from codex_tui.ui.panes.providers.columns import describe_model, fitting_effort, format_price
from codex_tui.ui.panes.providers.entries import ModelRow, ProviderRow, Row, list_rows
from codex_tui.ui.panes.providers.picker_keys import list_hints
from codex_tui.ui.widgets.fuzzy import BoundedSearch

REF = ModelRef("a", "b")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "–"),
        (512, "512"),
        (8_192, "8k"),
        (128_000, "128k"),
        (131_072, "128k"),
        (200_000, "200k"),
        (1_000_000, "1M"),
        (1_048_576, "1M"),
        (1_500_000, "1.5M"),
    ],
)
def test_token_counts_read_as_they_are_sold(count: int | None, text: str):
    assert format_tokens(count) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(4, "$4"), (2.5, "$2.50"), (0.075, "$0.075"), (0.15, "$0.15"), (0.0125, "$0.013")],
)
def test_prices_have_as_many_digits_as_they_need(amount: float, text: str):
    assert format_dollars(amount) == text


def test_unknown_price_is_not_free():
    assert format_price(None) == "–"
    assert format_price(Price(input=0, output=0)) == "free"
    assert "price unknown" in describe_model(ModelInfo(ref=REF))


def test_efforts_show_their_range():
    assert format_efforts(()) == ""
    assert format_efforts((Effort.HIGH,)) == "high"
    assert format_efforts((Effort.MINIMAL, Effort.LOW, Effort.MEDIUM)) == "min–med"


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (None, Effort.MEDIUM),
        (Effort.OFF, Effort.LOW),
        (Effort.MEDIUM, Effort.MEDIUM),
        (Effort.XHIGH, Effort.HIGH),
    ],
)
def test_effort_fits_the_model(wanted: Effort | None, fits: Effort):
    info = ModelInfo(
        ref=REF,
        efforts=(Effort.LOW, Effort.MEDIUM, Effort.HIGH),
        default_effort=Effort.MEDIUM,
    )
    assert fitting_effort(info, wanted) == fits
    assert fitting_effort(ModelInfo(ref=REF), wanted) is None


def test_more_letters_never_list_more_of_five_hundred_models():
    entries = many(500)
    for query in ("openrouterdeepseek2025free", "eeeeee", "gpt mini 04", "anthropic/claude"):
        search = BoundedSearch()
        listed = [
            sum(isinstance(row, ModelRow) for row in list_rows(entries, query[:end], search))
            for end in range(1, len(query) + 1)
        ]
        assert listed == sorted(listed, reverse=True)


def labels(row: Row | None, effort: Effort | None = None) -> list[str]:
    return [hint.label for hint in list_hints(row, effort)]


@pytest.mark.parametrize(
    ("state", "named"),
    [
        ({"ready": True}, ["use", "close", "effort", "favourite", "other key"]),
        ({"ready": True, "takes_key": False}, ["use", "close", "effort", "favourite"]),
        ({"ready": False}, ["paste a key", "close", "favourite"]),
        ({"ready": False, "takes_key": False}, ["say how", "close", "favourite"]),
    ],
)
def test_only_keys_that_do_something_with_a_row_are_named(state: dict, named: list[str]):
    provider = ProviderStatus(name="a", title="A", base_url="", **state)
    row = ModelRow(info=ModelInfo(ref=REF), provider=provider, current=False, qualified=False)
    assert labels(row, Effort.LOW) == named


def test_a_server_is_asked_and_nothing_can_only_be_left():
    server = ProviderStatus(name="a", title="A", base_url="http://a", ready=True, takes_key=False)
    assert labels(ProviderRow(provider=server, qualified=True)) == ["ask it", "close"]
    assert labels(None) == ["close"]
