"""One attempt at one model call: streams the answer into an assembler and reports its figures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.agent.assembler import Assembler
from codex_tui.protocol.events import ModelWaiting, StepFinished, StepStarted
from codex_tui.protocol.messages import AssistantMessage, Usage
from codex_tui.protocol.models import Effort, ModelInfo
from codex_tui.providers.base import LLMProvider, ModelRequest, Waiting
from codex_tui.providers.prices import cost_usd
from codex_tui.sessions.records import StepClosed

if TYPE_CHECKING:
    from collections.abc import Set

    from codex_tui.agent.journal import Journal
    from codex_tui.bus import EventSink
    from codex_tui.protocol.ids import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The model a step goes to. `describe` tells what is known of it, once its price is there."""

    provider: LLMProvider
    model: ModelInfo
    effort: Effort | None
    describe: Callable[[], Awaitable[ModelInfo]]


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
        endpoint = target.provider.endpoint
        origin = endpoint.origin(target.model.ref.model)
        self.assembler = Assembler(sink, place, origin, clock=clock, taken_ids=taken_ids)

    async def run(self, request: ModelRequest) -> None:
        """Stream the answer into the assembler, and learn its price; raises `ProviderError`."""
        self._sink.publish(StepStarted(place=self._place, model=str(self._target.model.ref)))
        async with aclosing(self._target.provider.stream(request)) as events:
            async for event in events:
                if isinstance(event, Waiting):
                    self._sink.publish(ModelWaiting(place=self._place, text=event.text))
                else:
                    self.assembler.feed(event)
        self._ended = self._clock()
        self._described = await self._target.describe()

    @property
    def stop_detail(self) -> str:
        """What the vendor added to its reason for stopping."""
        return self.assembler.finished.detail if self.assembler.finished else ""

    def report(self, message: AssistantMessage, journal: Journal) -> None:
        """Announce and record the finished step with its figures."""
        duration_ms = self._since_start(self._ended)
        first = self.assembler.first_token_at
        model = str(self._target.model.ref)
        usage = message.usage
        self._sink.publish(
            StepFinished(
                place=self._place,
                model=model,
                stop=message.stop,
                usage=usage,
                duration_ms=duration_ms,
                first_token_ms=None if first is None else self._since_start(first),
                cost_usd=None if usage is None else cost_usd(self._described, usage),
            )
        )
        journal.add(
            StepClosed(usage=usage or Usage(), model=model, duration_ms=duration_ms), self._place
        )

    def _since_start(self, moment: float) -> int:
        return round((moment - self._started) * 1000)
