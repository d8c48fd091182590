"""What a resumed session used before: its model calls, counted from the record.

A call costs what it cost at the time. Where that was not recorded, or unknown then, it is priced by
what is known by now, and its cost is `late`. The figures are announced when the session starts and
once more when prices have become known. A session that begins has nothing to announce.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.protocol.costs import Cost
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.events import UsageRestored
from codex_tui.protocol.messages import Usage
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.prices import cost_usd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.bus import EventSink
    from codex_tui.protocol.ids import Place
    from codex_tui.protocol.spending import StepFigures
    from codex_tui.providers.registry import ProviderRegistry


class PastUsage:
    """The steps before this start of the program.

    Attributes:
        steps: the calls, priced as far as prices are known by now.
        usage: what they used together.
        cost: what they cost together.
        turns: in how many turns they were made.
    """

    def __init__(
        self,
        steps: Sequence[StepFigures],
        *,
        providers: ProviderRegistry,
        sink: EventSink,
        place: Place,
    ) -> None:
        self.steps = tuple(steps)
        self.turns = max((step.turn for step in steps), default=0)
        self.usage = sum((step.usage or Usage() for step in steps), Usage())
        self.cost = sum((step.cost for step in steps), Cost())
        self._providers = providers
        self._sink = sink
        self._place = place
        self._announced: UsageRestored | None = None

    def announce(self) -> None:
        """Publish the figures, unless they were published as they are."""
        if not self.steps or (self._announced and not self._announced.cost.missing):
            return
        self.steps = tuple(map(self._priced, self.steps))
        self.cost = sum((step.cost for step in self.steps), Cost())
        restored = UsageRestored(
            place=self._place,
            steps=len(self.steps),
            total=self.usage,
            last=next((step.usage for step in reversed(self.steps) if step.whole), None),
            cost=self.cost,
        )
        if restored != self._announced:
            self._announced = restored
            self._sink.publish(restored)

    async def load_prices(self) -> None:
        """Have the prices of the models that were spoken to read, and announce what follows."""
        unpriced = (step.model for step in self.steps if step.cost_usd is None)
        for provider in {model.partition("/")[0] for model in unpriced}:
            try:
                await self._providers.load_prices(provider)
            except ConfigError:  # it is configured no more: what it charged stays unknown
                continue
        self.announce()

    def _priced(self, step: StepFigures) -> StepFigures:
        if step.cost_usd is not None or step.usage is None:
            return step
        try:
            info = self._providers.describe(ModelRef.parse(step.model))
        except ConfigError:
            return step
        cost = cost_usd(info, step.usage)
        return step if cost is None else replace(step, cost_usd=cost, late=True)
