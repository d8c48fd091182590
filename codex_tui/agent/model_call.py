"""One attempt at one model call: streams the answer into an assembler and reports its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.agent.assembler import Assembler
from codex_tui.agent.host_lessons import HostLessons
from codex_tui.agent.patience import Patience
from codex_tui.agent.spending.context_meter import ContextMeter
from codex_tui.agent.spending.ledger import Ledger
from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.events import ModelWaiting, StepStarted
from codex_tui.protocol.messages import AssistantMessage, Origin, StopReason, Usage
from codex_tui.protocol.models import Effort, ModelInfo
from codex_tui.protocol.profiles import ModelProfile
from codex_tui.protocol.spending import StepFigures
from codex_tui.providers.base import HostLearned, LLMProvider, ModelRequest, Waiting
from codex_tui.providers.prices import cost_usd

if TYPE_CHECKING:
    from collections.abc import Set

    from codex_tui.agent.spending.context_meter import Expected
    from codex_tui.bus import EventSink
    from codex_tui.protocol.ids import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The model a step goes to. `describe` tells what is known of it, once its price is there, and
    `known` what is known already; `lessons` hold what its server was found to take. Calls of it are
    entered in `ledger` and measured by `meter`. `profile` is how it is asked.
    """

    provider: LLMProvider
    model: ModelInfo
    effort: Effort | None
    profile: ModelProfile
    describe: Callable[[], Awaitable[ModelInfo]]
    known: Callable[[], ModelInfo]
    lessons: HostLessons
    ledger: Ledger
    meter: ContextMeter

    @property
    def origin(self) -> Origin:
        """Who its answers come from."""
        return self.provider.endpoint.origin(self.model.ref.model)


class ModelCall:
    """One attempt at one model call."""

    def __init__(
        self,
        target: Target,
        sink: EventSink,
        place: Place,
        *,
        clock: Callable[[], float],
        taken_ids: Set[str],
    ) -> None:
        self._target = target
        self._sink = sink
        self._place = place
        self._clock = clock
        self._started = clock()
        self._ended = self._started
        self._described = target.model
        self._expected: Expected | None = None
        self.assembler = Assembler(sink, place, target.origin, clock=clock, taken_ids=taken_ids)

    async def run(self, request: ModelRequest) -> None:
        """Stream the answer into the assembler, and learn its price; raises `ProviderError`.

        A call that breaks off after it began to answer is entered in the ledger by itself.
        """
        self._sink.publish(StepStarted(place=self._place, model=str(self._target.model.ref)))
        self._expected = self._target.meter.expect(request, self._target.model, self._place)
        try:
            await self._stream(request)
        except (ProviderError, asyncio.CancelledError):
            self._enter_broken()
            raise
        self._described = await self._target.describe()

    async def _stream(self, request: ModelRequest) -> None:
        async with (
            Patience(self._target.profile, self._target.provider.endpoint) as patience,
            aclosing(self._target.provider.stream(request)) as events,
        ):
            async for event in events:
                patience.hear(event)
                if isinstance(event, Waiting):
                    self._sink.publish(ModelWaiting(place=self._place, text=event.text))
                elif isinstance(event, HostLearned):
                    self._target.lessons.take(self._target.origin, event, self._place)
                else:
                    self.assembler.feed(event)
        self._ended = self._clock()

    @property
    def stop_detail(self) -> str:
        """What the vendor added to its reason for stopping."""
        return self.assembler.finished.detail if self.assembler.finished else ""

    def report(self, message: AssistantMessage) -> None:
        """Announce and record the finished step with its figures."""
        self._target.meter.compare(self._expected, message.usage)
        step = self._figures(message.usage, self._described)
        self._target.ledger.enter(step, message.stop, self._place)

    def _enter_broken(self) -> None:
        """Announce and record a call that broke off, unless the server had not begun to answer."""
        usage = self.assembler.message(StopReason.ERROR).usage
        if usage is None and self.assembler.first_token_at is None:
            return
        self._ended = self._clock()
        step = self._figures(usage, self._target.known(), whole=False)
        self._target.ledger.enter(step, StopReason.ERROR, self._place)

    def _figures(self, usage: Usage | None, model: ModelInfo, *, whole: bool = True) -> StepFigures:
        first = self.assembler.first_token_at
        return StepFigures(
            model=str(model.ref),
            usage=usage,
            duration_ms=self._since_start(self._ended),
            first_token_ms=None if first is None else self._since_start(first),
            cost_usd=None if usage is None else cost_usd(model, usage),
            whole=whole,
            turn=self._target.ledger.turn,
        )

    def _since_start(self, moment: float) -> int:
        return round((moment - self._started) * 1000)
