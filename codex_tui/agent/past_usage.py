"""What a resumed session used before: its model calls, counted from the record and priced anew.

It is announced when the session starts and once more when prices have become known. A session that
begins has nothing to announce.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.events import UsageRestored
from codex_tui.protocol.messages import Usage
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.prices import cost_usd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.agent.past import PastStep
    from codex_tui.bus import EventSink
    from codex_tui.protocol.ids import Place
    from codex_tui.providers.registry import ProviderRegistry


class PastUsage:
    """The steps before this start of the program."""

    def __init__(
        self,
        steps: Sequence[PastStep],
        *,
        providers: ProviderRegistry,
        sink: EventSink,
        place: Place,
    ) -> None:
        self._providers = providers
        self._sink = sink
        self._place = place
        self._steps = steps
        self._announced: UsageRestored | None = None

    def announce(self) -> None:
        """Publish the figures, unless they were published as they are."""
        if not self._steps or (self._announced and self._announced.cost_usd is not None):
            return
        restored = UsageRestored(
            place=self._place,
            steps=len(self._steps),
            total=sum((step.usage or Usage() for step in self._steps), Usage()),
            last=self._steps[-1].usage,
            cost_usd=self._cost_usd(),
        )
        if restored != self._announced:
            self._announced = restored
            self._sink.publish(restored)

    async def load_prices(self) -> None:
        """Have the prices of the models that were spoken to read, and announce what follows."""
        for provider in {step.model.partition("/")[0] for step in self._steps}:
            try:
                await self._providers.load_prices(provider)
            except ConfigError:  # it is configured no more: what it charged stays unknown
                continue
        self.announce()

    def _cost_usd(self) -> float | None:
        """Return the cost at the prices in force; None when that of one call is unknown."""
        by_model: defaultdict[str, list[Usage]] = defaultdict(list)
        for step in self._steps:
            if step.usage is None:
                return None
            by_model[step.model].append(step.usage)
        total = 0.0
        for model, usages in by_model.items():
            try:
                info = self._providers.describe(ModelRef.parse(model))
            except ConfigError:
                return None
            for usage in usages:
                cost = cost_usd(info, usage)
                if cost is None:
                    return None
                total += cost
        return total
