"""When a conversation is compacted unasked: before a step, at a limit, and after it did not fit.

What the limits are is `limits`' business, how it is done `compacting`'s. A compaction
that fails is told to the user and not tried again before the conversation has grown: the turn goes
on without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_tui.agent.compaction.limits import outgrown
from codex_tui.protocol.compaction import CompactionCause

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_tui.agent.compaction.compacting import Compactor
    from codex_tui.agent.ending import TurnEnding
    from codex_tui.agent.model_call import Target
    from codex_tui.agent.recovery.base import FailedCall
    from codex_tui.protocol.ids import Place, StepId, TurnId
    from codex_tui.protocol.models import ModelRef

GROWTH: Final = 1.1
"""After a compaction, or in vain, the conversation has to grow by that before the next one."""


class CompactAtLimit:
    """A `loop.StepCheck`: compacts what has become too long, and lets the step be made."""

    def __init__(self, compactor: Compactor, target: Callable[[], Awaitable[Target]]) -> None:
        self._compactor = compactor
        self._target = target
        self._turn: TurnId | None = None
        self._not_below = 0

    async def __call__(self, place: Place) -> TurnEnding | None:
        """Compact at the limit before a turn's first step, at the window's end before others."""
        first, self._turn = place.turn != self._turn, place.turn
        rules = self._compactor.rules
        if not rules.automatic:
            return None
        target = await self._target()
        model = target.model
        limit = rules.limit_tokens(model) if first else rules.full_tokens(model)
        if limit is None or model.tools is False:
            return None
        tokens = self._compactor.prompt_tokens(target, place)
        if tokens < max(limit, self._not_below, self._after_undo()):
            return None
        made = await self._compactor.compact(place, cause=CompactionCause.THRESHOLD)
        self._not_below = int((made.after_tokens if made else tokens) * GROWTH)
        return None

    def _after_undo(self) -> int:
        """What the user wants to be read whole is not compacted again at once."""
        undone = self._compactor.undone
        return 0 if undone is None else int(undone.before_tokens * GROWTH)


class CompactOverflow:
    """A `recovery.base.Recovery`: compacts what did not fit, so that the call is made once more."""

    def __init__(self, compactor: Compactor) -> None:
        self._compactor = compactor
        self._tried: tuple[StepId | None, ModelRef] | None = None

    async def recover(self, failed: FailedCall) -> bool:
        """Return True when the conversation is shorter; once a step and model. A model without
        tools is never told the whole of it.
        """
        call = (failed.place.step, failed.target.model.ref)
        if call == self._tried or not outgrown(failed.error) or not self._compactor.rules.automatic:
            return False
        if failed.target.model.tools is False:
            return False
        self._tried = call
        made = await self._compactor.compact(failed.place, cause=CompactionCause.OVERFLOW)
        return made is not None
