"""Every switch at every point, against strict servers: there, one tool loop, and back again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.providers.switching.switch_parties import opened_parties
from tests.providers.switching.switch_points import POINTS, results_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from codex_tui.protocol.messages import Message
    from tests.providers.switching.switch_parties import Party


@dataclass
class Outcome:
    """What came of it. `changed` are switches after which the first model was sent other words than
    before, `dropped` what a server passed over because its beginning was changed.
    """

    pairs: int = 0
    points: int = 0
    requests: int = 0
    refusals: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"pairs {self.pairs} · points {self.points} · requests {self.requests:,} · refusals"
            f" {len(self.refusals)} · changed beginnings {len(self.changed)} · dropped thinking"
            f" {len(self.dropped)}"
        )


async def run_matrix(points: Collection[str] = tuple(POINTS)) -> Outcome:
    """Switch between all parties at all of the points."""
    outcome = Outcome(points=len(points))
    async with opened_parties() as parties:
        for point in points:
            for first in parties:
                await _switches_from(first, point, parties, outcome)
        houses = {party.house.name: party.house for party in parties}.values()
        outcome.pairs = len(parties) ** 2
        outcome.requests = sum(len(house.requests) for house in houses)
        for house in houses:
            outcome.refusals += [f"{house.name}: {each}" for each in house.refused]
            outcome.dropped += getattr(house.server, "dropped", [])
        assert not any(party.learned for party in parties) or outcome.refusals
    return outcome


async def _switches_from(first: Party, point: str, parties: list[Party], outcome: Outcome) -> None:
    history = await POINTS[point](first)
    await first.answer(history, "thinking")
    sent = first.sent
    for second in parties:
        there_and_back = await _use(second, history)
        await first.answer(there_and_back, "calls")
        if first.sent[: len(sent)] != sent:
            outcome.changed.append(f"{first} to {second} after {point}")


async def _use(party: Party, history: list[Message]) -> list[Message]:
    """Have a party make one tool loop, first without seeing pictures."""
    answer = await party.answer(history, "calls", sees_images=party.house.wire.name != "chat")
    history = [*history, answer, *results_of(answer, pictures=True)]
    return [*history, await party.answer(history, "thinking")]
