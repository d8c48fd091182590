"""The session's book of model calls: what each used, and what all of them come to.

Whoever makes a model call enters it here when it is over, well or not; the book puts it on the
record and announces it. It counts everything: what was used before the session was resumed, every
branch, calls that broke off. It decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from codex_tui.protocol.costs import Cost
from codex_tui.protocol.events import StepAborted, StepFinished
from codex_tui.protocol.messages import StopReason, Usage
from codex_tui.sessions.records import StepClosed

if TYPE_CHECKING:
    from codex_tui.agent.journal import Journal
    from codex_tui.agent.spending.past_usage import PastUsage
    from codex_tui.bus import EventSink
    from codex_tui.protocol.ids import Place
    from codex_tui.protocol.spending import StepFigures


class Entered(Protocol):
    """Who wants to know of each call."""

    def __call__(self, model: str, *, priced: bool, counted: bool) -> None:
        """Take note of a call of `model`."""
        ...


class Ledger:
    """The calls before this start of the program (`past`) and since.

    Attributes:
        turn_cost: what the calls since the last beginning of a turn cost.
        turn_usage: what they used.
        entered: told of each call that was entered: its model, whether its cost is known, and
            whether the server counted its tokens.
    """

    def __init__(self, past: PastUsage, *, sink: EventSink, journal: Journal) -> None:
        self._past = past
        self._sink = sink
        self._journal = journal
        self._since: list[StepFigures] = []
        self._cost, self._usage = Cost(), Usage()
        self._turn = past.turns
        self.entered: Entered | None = None
        self.turn_cost, self.turn_usage = Cost(), Usage()

    @property
    def turn(self) -> int:
        """The number of the turn at hand, from 1; 0 before the first."""
        return self._turn

    @property
    def steps(self) -> tuple[StepFigures, ...]:
        """All calls, in their order."""
        return (*self._past.steps, *self._since)

    @property
    def cost(self) -> Cost:
        """What they cost."""
        return self._past.cost + self._cost

    @property
    def usage(self) -> Usage:
        """What they used, as far as servers said it."""
        return self._past.usage + self._usage

    def begin_turn(self) -> None:
        """Count a turn; the calls entered from here on are part of it."""
        self._turn += 1
        self.turn_cost, self.turn_usage = Cost(), Usage()

    def enter(self, step: StepFigures, stop: StopReason, place: Place) -> None:
        """Take in a call that is over. One that broke off has no other reason for its `stop`."""
        self._since.append(step)
        self._cost += step.cost
        self._usage += step.usage or Usage()
        self.turn_cost += step.cost
        self.turn_usage += step.usage or Usage()
        self._journal.add(
            StepClosed(
                usage=step.usage or Usage(),
                model=step.model,
                duration_ms=step.duration_ms,
                first_token_ms=step.first_token_ms,
                cost_usd=step.cost_usd,
                whole=step.whole,
            ),
            place,
        )
        self._sink.publish(_event(step, stop, place))
        if self.entered is not None:
            self.entered(
                step.model,
                priced=step.cost_usd is not None,
                counted=step.usage is not None or not step.whole,
            )


def _event(step: StepFigures, stop: StopReason, place: Place) -> StepFinished | StepAborted:
    if not step.whole:
        return StepAborted(
            place=place,
            model=step.model,
            usage=step.usage,
            duration_ms=step.duration_ms,
            first_token_ms=step.first_token_ms,
            cost_usd=step.cost_usd,
        )
    return StepFinished(
        place=place,
        model=step.model,
        stop=stop,
        usage=step.usage,
        duration_ms=step.duration_ms,
        first_token_ms=step.first_token_ms,
        tokens_per_s=step.tokens_per_s,
        cost_usd=step.cost_usd,
    )
