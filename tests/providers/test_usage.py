"""What servers say a call used and cost, also where they only begin to say it."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.messages import Usage
from codex_tui.protocol.models import ModelInfo, ModelRef, Price, PriceTier
from codex_tui.providers.anthropic_messages.usage import UsageCount
from codex_tui.providers.base import Endpoint, UsageSeen
from codex_tui.providers.openai_chat.usage import usage_of
from codex_tui.providers.presets import PRESETS
from codex_tui.providers.prices import PriceBook, cost_usd
from codex_tui.providers.registry import built_in_endpoints
from tests.providers.contract.support import opened, request_of
from tests.providers.contract.wires import MESSAGES, RESPONSES
from tests.servers.anthropic_wire import Reply
from tests.servers.openai_wire import failed, text, usage

if TYPE_CHECKING:
    from tests.providers.contract.wire import Wire

OPENAI, ANTHROPIC, *_ = built_in_endpoints()
MILLION = 1_000_000
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
PRICE = Price(input=4, output=20, cache_read=0.2, cache_write=5, cache_write_1h=8)


def model(price: Price | None = PRICE) -> ModelInfo:
    return ModelInfo(ref=ModelRef("p", "m"), price=price)


def priced(name: str, endpoint: Endpoint) -> ModelInfo:
    book = PriceBook(lambda: NOVEMBER)
    book.load()
    return book.priced(ModelInfo(ref=ModelRef(endpoint.name, name)), endpoint)


@pytest.mark.parametrize(
    ("used", "usd"),
    [
        (Usage(input_tokens=MILLION), 4),
        (Usage(input_tokens=MILLION, cache_read_tokens=MILLION), 0.2),
        (Usage(input_tokens=MILLION, cache_write_tokens=MILLION), 5),
        (
            Usage(
                input_tokens=MILLION, cache_write_tokens=MILLION, cache_write_1h_tokens=MILLION // 2
            ),
            6.5,
        ),
        (Usage(aside_input_tokens=MILLION, aside_output_tokens=MILLION), 24),
        (Usage(output_tokens=MILLION, reasoning_tokens=MILLION), 20),
        (Usage(output_tokens=MILLION, cost_usd=0.125), 0.125),
        (Usage(output_tokens=MILLION, service_tier="priority"), None),
        (Usage(output_tokens=MILLION, service_tier="default"), 20),
    ],
)
def test_each_kind_of_token_has_its_price(used: Usage, usd: float | None) -> None:
    assert cost_usd(model(), used) == (None if usd is None else pytest.approx(usd))


@pytest.mark.parametrize(
    ("price", "usd"),
    [
        (Price(input=4, output=20, cache_write=5), 8),
        (Price(input=4, output=20), 4),
    ],
)
def test_what_is_kept_for_an_hour_is_twice_the_input_where_the_list_does_not_tell(
    price: Price, usd: float
) -> None:
    used = Usage(
        input_tokens=MILLION, cache_write_tokens=MILLION, cache_write_1h_tokens=MILLION
    )  # fmt: skip
    assert cost_usd(model(price), used) == pytest.approx(usd)


def test_the_whole_call_has_the_price_behind_the_cliff() -> None:
    cliff = PriceTier(above_tokens=100_000, price=Price(input=20, output=100))
    price = Price(input=4, output=20, tiers=(cliff,))
    below, above = Usage(input_tokens=100_000), Usage(input_tokens=100_001)
    assert cost_usd(model(price), below) == pytest.approx(0.4)
    assert cost_usd(model(price), above) == pytest.approx(2.00002)


@pytest.mark.parametrize(
    ("name", "endpoint", "cliff"),
    [("claude-haiku-5-5", ANTHROPIC, 100_000), ("gpt-6.1-sol", OPENAI, 272_000)],
)
def test_the_vendors_cliffs_are_known(name: str, endpoint: Endpoint, cliff: int) -> None:
    info = priced(name, endpoint)
    costs = [cost_usd(info, Usage(input_tokens=cliff + more)) for more in (0, 1)]
    assert None not in costs
    assert (costs[1] or 0) > 1.9 * (costs[0] or 0)


def test_writing_to_the_cache_is_dearer_than_reading_fresh() -> None:
    info = priced("gpt-6.1-sol", OPENAI)
    fresh = cost_usd(info, Usage(input_tokens=1_000))
    written = cost_usd(info, Usage(input_tokens=1_000, cache_write_tokens=1_000))
    assert fresh is not None
    assert written == pytest.approx(1.25 * fresh)


def test_another_service_is_priced_as_listed() -> None:
    info = priced("gpt-6.1-sol", OPENAI)
    usual = cost_usd(info, Usage(input_tokens=1_000, output_tokens=1_000))
    flex = cost_usd(info, Usage(input_tokens=1_000, output_tokens=1_000, service_tier="flex"))
    assert usual is not None
    assert flex is not None
    assert flex < usual


def test_what_the_server_compacted_by_itself_is_counted_beside() -> None:
    count = UsageCount()
    count.update({"input_tokens": 10, "cache_creation_input_tokens": 8,
                  "cache_creation": {"ephemeral_5m_input_tokens": 3,
                                     "ephemeral_1h_input_tokens": 5}})  # fmt: skip
    count.update({"output_tokens": 4, "service_tier": "standard", "iterations": [
        {"type": "compaction", "input_tokens": 1_000, "cache_read_input_tokens": 50,
         "output_tokens": 70},
        {"type": "message", "input_tokens": 10, "output_tokens": 4},
        "nonsense",
    ]})  # fmt: skip
    assert count.total() == Usage(
        input_tokens=18,
        cache_write_tokens=8,
        cache_write_1h_tokens=5,
        output_tokens=4,
        aside_input_tokens=1_050,
        aside_output_tokens=70,
        service_tier="standard",
    )


def test_a_routers_own_word_on_the_cost_counts_unless_another_key_paid() -> None:
    chunk = {"usage": {"prompt_tokens": 3, "completion_tokens": 1, "cost": 0.25}}
    paid = {"usage": {**chunk["usage"], "is_byok": True}}
    said = [usage_of(each, {}, dollars=True) for each in (chunk, paid)]
    assert [each and each.cost_usd for each in said] == [0.25, None]
    elsewhere = usage_of(chunk, {})
    assert elsewhere is not None
    assert elsewhere.cost_usd is None
    assert "openrouter" in PRESETS


async def seen_before_the_fault(wire: Wire, reply: object) -> list[Usage]:
    found: list[Usage] = []
    async with wire.server([reply]) as server, opened(wire, server.base_url) as provider:
        with pytest.raises(ProviderError):
            async with aclosing(provider.stream(request_of(model=wire.model))) as stream:
                async for event in stream:
                    found += [event.usage] if isinstance(event, UsageSeen) else []
    return found


async def test_a_stream_that_breaks_off_has_said_what_its_prompt_came_to() -> None:
    counted = {"input_tokens": 300, "cache_read_input_tokens": 700, "output_tokens": 9}
    reply = Reply("Hello", usage=counted, sent=lambda frames: frames[:3])
    assert await seen_before_the_fault(MESSAGES, reply) == [
        Usage(input_tokens=1_000, cache_read_tokens=700, output_tokens=1)
    ]


async def test_a_response_that_fails_says_what_it_used() -> None:
    reply = failed("server_error", "no", text("half"), tokens=usage(90, 5))
    assert await seen_before_the_fault(RESPONSES, reply) == [
        Usage(input_tokens=90, output_tokens=5)
    ]
