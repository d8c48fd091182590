"""Another model for a call that failed: offered, or taken by itself where the user allowed that.

It stands around the one retry layer. While that waits, and once it has given up, the user may have
the next model of the chain make the call; where that is allowed, the switch happens by itself after
the retries, but never for a key or a bill, which need the user's attention, and to each model once
a step, so that it ends where none answers. The chosen model stays chosen: a stand-in serves to the
end of the turn, and until the rest of the other is over.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from codex_tui.agent.recovery.base import as_sentence
from codex_tui.agent.recovery.cool_downs import CoolDowns, of_a_provider
from codex_tui.agent.spending.estimate import estimate_tokens
from codex_tui.protocol.errors import ConfigError, ProviderErrorKind
from codex_tui.protocol.events import FailOverOffered, ModelFellBack, ModelReturned, NoticeShown
from codex_tui.protocol.models import ModelRef

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.agent.history import History
    from codex_tui.agent.recovery.base import FailedCall, Recovery
    from codex_tui.agent.session_models import SessionModels
    from codex_tui.bus import EventSink
    from codex_tui.protocol.ids import Place, StepId

PASSING: Final = frozenset(
    {
        ProviderErrorKind.OVERLOADED,
        ProviderErrorKind.RATE_LIMIT,
        ProviderErrorKind.CONNECTION,
        ProviderErrorKind.TIMEOUT,
        ProviderErrorKind.STREAM_INTERRUPTED,
        ProviderErrorKind.UNAVAILABLE,
    }
)
"""What ends by itself; for these a switch may be automatic."""
LASTING: Final = frozenset({ProviderErrorKind.AUTHENTICATION, ProviderErrorKind.BILLING})
"""What only the user can put right; for these a switch is offered."""
WINDOW_SHARE: Final = 0.9
"""How much of a window a conversation may fill by our estimate; an answer has to fit, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallbacks:
    """The models that may take over, in their order. With `automatic` that needs no consent;
    `asks`: somebody is there to give it. `rests` says who is left alone for a while.
    """

    chain: tuple[ModelRef, ...] = ()
    automatic: bool = False
    asks: bool = False
    rests: CoolDowns = field(default_factory=CoolDowns)


class FailOver:
    """A recovery that asks `waiting` for its remedy and has one of its own."""

    def __init__(
        self,
        waiting: Recovery,
        fallbacks: Fallbacks,
        *,
        models: SessionModels,
        history: History,
        sink: EventSink,
    ) -> None:
        self._waiting = waiting
        self._fallbacks = fallbacks
        self._models = models
        self._history = history
        self._sink = sink
        self._end_wait: Callable[[], object] | None = None
        self._accepted = False
        self._step: StepId | None = None
        self._left: set[ModelRef] = set()

    # -- what the user does -------------------------------------------------------------------

    def accept(self) -> bool:
        """Have the model that is offered take over; False when none is."""
        self._accepted = self._end_wait is not None
        self._stop_waiting()
        return self._accepted

    def reconsider(self, chosen: ModelRef) -> None:
        """The user chose a model: its rest is over, and a call that waits for a decision goes
        there.
        """
        self._fallbacks.rests.end(chosen)
        self._accepted = False
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        end, self._end_wait = self._end_wait, None
        if end is not None:
            end()

    # -- what the turn does -------------------------------------------------------------------

    def begin_turn(self, place: Place) -> None:
        """Go back to the model that was chosen, once it had its rest."""
        home, stand_in = self._models.home, self._models.chosen
        if home is None or stand_in is None or self._fallbacks.rests.left_s(home) > 0:
            return
        self._sink.publish(ModelReturned(place=place, model=str(home), stood_in=str(stand_in.ref)))
        self._models.stand_in(home)

    async def recover(self, failed: FailedCall) -> bool:
        """Wait and try again, or have another model make the call."""
        if not self._fallbacks.chain or failed.error.kind not in PASSING | LASTING:
            return await self._waiting.recover(failed)
        if failed.place.step != self._step:
            self._step = failed.place.step
            self._left.clear()
        to, skipped = self._next(failed)
        if to is None:
            return await self._wait_in_vain(failed, skipped)
        self._accepted = False
        if await self._wait(failed, to):
            return True
        automatic = self._fallbacks.automatic and failed.error.kind in PASSING
        if not (self._accepted or automatic):
            if not self._fallbacks.asks:
                return False
            await self._ask(failed, to)
            if not self._accepted:  # the user chose a model instead
                return True
        self._switch(failed, to)
        return True

    async def _wait(self, failed: FailedCall, to: ModelRef) -> bool:
        """Let the retry layer do its part; say whether the call is to be made again as it is."""
        try:
            async with asyncio.TaskGroup() as group:
                waiting = group.create_task(self._waiting.recover(failed))
                await asyncio.wait({waiting}, timeout=0)
                if self._fallbacks.asks and not waiting.done():
                    self._end_wait = waiting.cancel
                    self._offer(failed, to, waits=False)
        finally:
            self._end_wait = None
        return not self._accepted and (waiting.cancelled() or waiting.result())

    async def _ask(self, failed: FailedCall, to: ModelRef) -> None:
        """Return when the user has decided, which may take as long as it takes."""
        decided = asyncio.Event()
        self._end_wait = decided.set
        self._offer(failed, to, waits=True)
        try:
            await decided.wait()
        finally:
            self._end_wait = None

    async def _wait_in_vain(self, failed: FailedCall, skipped: list[str]) -> bool:
        """Let the retry layer do its part where nobody can take over."""
        again = await self._waiting.recover(failed)
        if skipped and not again:
            text = f"No other model can take over: {'; '.join(skipped)}."
            self._sink.publish(NoticeShown(place=failed.place, level="warning", text=text))
        return again

    def _offer(self, failed: FailedCall, to: ModelRef, *, waits: bool) -> None:
        self._sink.publish(
            FailOverOffered(
                place=failed.place,
                failed=str(failed.target.model.ref),
                to=str(to),
                reason=as_sentence(failed.error.message),
                waits=waits,
            )
        )

    def _switch(self, failed: FailedCall, to: ModelRef) -> None:
        ref = failed.target.model.ref
        self._left.add(ref)
        self._sink.publish(
            ModelFellBack(
                place=failed.place,
                failed=str(ref),
                to=str(to),
                reason=as_sentence(failed.error.message),
                kept=failed.kept,
                rest_s=self._fallbacks.rests.note(
                    ref, failed.error, lasting=failed.error.kind in LASTING
                ),
            )
        )
        self._models.stand_in(to)

    # -- who can take over --------------------------------------------------------------------

    def _next(self, failed: FailedCall) -> tuple[ModelRef | None, list[str]]:
        """Return the first model of the chain that can, or why none of them can."""
        skipped: list[str] = []
        for ref in self._fallbacks.chain:
            if ref == failed.target.model.ref:
                continue
            reason = self._objection(ref, failed)
            if not reason:
                return ref, []
            skipped.append(f"{ref} {reason}")
        return None, skipped

    def _objection(self, ref: ModelRef, failed: FailedCall) -> str:
        """Say what keeps a model from taking over, empty when nothing does."""
        down = self._down(ref, failed)
        if down:
            return down
        try:
            status, info = self._models.status(ref.provider), self._models.describe(ref)
        except ConfigError as error:
            return f"cannot be used ({error.message})"
        if not status.ready:
            return f"cannot be used ({status.lacks})"
        if info.tools is False and failed.target.model.tools is not False:
            return "makes no tool calls"
        tokens = estimate_tokens(self._history.view.messages, model=str(ref))
        if info.context_window is not None and tokens > WINDOW_SHARE * info.context_window:
            return f"has too small a window for ~{tokens:,} tokens"
        return ""

    def _down(self, ref: ModelRef, failed: FailedCall) -> str:
        """Say why a model would fail, too."""
        left_s = self._fallbacks.rests.left_s(ref)
        if left_s > 0:
            return f"rests for {left_s:.0f} s more"
        if self._fallbacks.automatic and ref in self._left:
            return "has just failed"
        if ref.provider == failed.target.model.ref.provider and of_a_provider(failed.error):
            return "is of the same provider"
        return ""
