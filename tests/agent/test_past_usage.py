"""What a session used before it was resumed: counted from the record, priced when prices are."""

from __future__ import annotations

import pytest

from codex_tui.agent.resume import past_of
from codex_tui.agent.spending.past_usage import PastUsage
from codex_tui.bus import MessageBus
from codex_tui.protocol.ids import Place, SessionId
from codex_tui.protocol.messages import Usage
from codex_tui.protocol.models import ModelInfo, ModelRef
from codex_tui.protocol.spending import StepFigures
from codex_tui.providers.registry import ProviderRegistry, built_in_endpoints
from codex_tui.sessions.records import StepClosed, TurnOpened

PLACE = Place(session=SessionId("s"))
USED = Usage(input_tokens=1_000_000, output_tokens=1_000_000)
PRICED = "openai/gpt-4o"


class Told:
    """What is announced of some steps, one after the other."""

    def __init__(self, *steps: StepFigures) -> None:
        bus = MessageBus()
        self._heard = bus.subscribe()
        registry = ProviderRegistry(built_in_endpoints())
        self.usage = PastUsage(steps, providers=registry, sink=bus, where=lambda: PLACE)

    def costs(self) -> list[str]:
        return [event.cost.text() for event in self._heard.take()]


def step(
    model: str = PRICED, usage: Usage | None = USED, cost_usd: float | None = None
) -> StepFigures:
    return StepFigures(model=model, usage=usage, cost_usd=cost_usd)


def test_steps_come_from_the_record_and_what_nobody_counted_is_unknown():
    closed = StepClosed(usage=USED, model=PRICED, duration_ms=1)
    uncounted = StepClosed(usage=Usage(), model="a/b", duration_ms=2, whole=False)
    told = past_of([TurnOpened(), closed, TurnOpened(), uncounted]).steps
    assert told == (
        StepFigures(model=PRICED, usage=USED, duration_ms=1, turn=1),
        StepFigures(model="a/b", usage=None, duration_ms=2, whole=False, turn=2),
    )


async def test_the_cost_is_said_once_prices_are_read_and_not_again():
    told = Told(step(), step())
    told.usage.announce()
    told.usage.announce()
    assert told.costs() == ["–"]
    await told.usage.load_prices()
    told.usage.announce()
    (cost,) = told.costs()
    assert cost.startswith("~$")


async def test_what_was_recorded_at_the_time_is_not_priced_anew():
    told = Told(step(cost_usd=0.5), step("gone/model", cost_usd=0.25))
    told.usage.announce()
    await told.usage.load_prices()
    assert told.costs() == ["$0.75"]


@pytest.mark.parametrize(
    "other",
    [
        step("openai/nobody-knows-it"),
        step("gone/gpt-4o"),
        step("no reference"),
        step("demo/demo"),
        step(usage=None),
    ],
    ids=str,
)
async def test_a_sum_tells_that_the_cost_of_one_call_is_unknown(other: StepFigures):
    told = Told(step(cost_usd=0.5), other)
    await told.usage.load_prices()
    assert told.costs() == ["≥ $0.50"]


async def test_a_long_past_is_gone_through_once_however_often_it_is_asked_for():
    asked: list[ModelRef] = []

    class Counting(ProviderRegistry):
        def describe(self, ref: ModelRef) -> ModelInfo:
            asked.append(ref)
            return super().describe(ref)

    bus = MessageBus()
    steps = [step("openai/nobody-knows-it"), step("ollama/mine")] * 500
    registry = Counting(built_in_endpoints())
    usage = PastUsage(steps, providers=registry, sink=bus, where=lambda: PLACE)
    for _ in range(10):
        usage.announce()
    priced = usage.steps
    usage.announce()
    assert usage.steps is priced
    assert len(asked) == 2 * 11


async def test_a_session_that_begins_announces_nothing():
    told = Told()
    told.usage.announce()
    await told.usage.load_prices()
    assert told.costs() == []
