"""What a resumed session used before: its model calls, counted from the record.

A call costs what it cost at the time. Where that was not recorded, or unknown then, it is priced by
what is known by now, and its cost is `late`. The figures are announced when the session starts and
once more when prices have become known. A session that begins has nothing to announce.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.events import UsageRestored
from codex_tui.protocol.models import ModelRef
from codex_tui.protocol.spending import total_cost, total_usage
from codex_tui.providers.prices import cost_usd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_tui.bus import EventSink
    from codex_tui.protocol.ids import Place
    from codex_tui.protocol.models import ModelInfo
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
        where: Callable[[], Place],
    ) -> None:
        self.steps = tuple(steps)
        self.turns = max((step.turn for step in steps), default=0)
        self.usage = total_usage(self.steps)
        self.cost = total_cost(self.steps)
        self._providers = providers
        self._sink = sink
        self._where = where
        self._announced: UsageRestored | None = None
        self._unpriced = {step.model for step in self.steps if _may_be_priced(step)}
        self._known: dict[str, ModelInfo | None] = {}

    def announce(self) -> None:
        """Publish the figures, unless they were published as they are."""
        if not self.steps or (self._announced and not self._unpriced):
            return
        # Asked after every model call: thousands of steps are gone through for news alone.
        known = {model: self._describe(model) for model in self._unpriced}
        if self._announced and known == self._known:
            return
        self._known = known
        self.steps = tuple(map(self._priced, self.steps))
        self._unpriced = {step.model for step in self.steps if _may_be_priced(step)}
        self.cost = total_cost(self.steps)
        restored = UsageRestored(
            place=self._where(),
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
        for provider in {model.partition("/")[0] for model in self._unpriced}:
            try:
                await self._providers.load_prices(provider)
            except ConfigError:  # it is configured no more: what it charged stays unknown
                continue
        self.announce()

    def _describe(self, model: str) -> ModelInfo | None:
        try:
            return self._providers.describe(ModelRef.parse(model))
        except ConfigError:
            return None

    def _priced(self, step: StepFigures) -> StepFigures:
        info = self._known.get(step.model)
        if info is None or step.usage is None or step.cost_usd is not None:
            return step
        cost = cost_usd(info, step.usage)
        return step if cost is None else replace(step, cost_usd=cost, late=True)


def _may_be_priced(step: StepFigures) -> bool:
    return step.cost_usd is None and step.usage is not None
