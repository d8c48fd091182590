"""One turn: model call, tools, model call, … until the model has nothing more to run.

The loop owns every stop of ours (step limit, repeated calls); what is done about a failed call is
`recovery`'s. Interrupting is cancelling: wherever that happens, what was said is kept and every
call gets its one result before the cancellation goes on. Errors of the provider leave through
`ProviderError` with history valid.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from codex_tui.agent.compaction.limits import CompactionRules
from codex_tui.agent.ending import DONE, TurnEnding
from codex_tui.agent.model_call import ModelCall, Target
from codex_tui.agent.recovery.answer_faults import fault_in, suit_hint
from codex_tui.agent.recovery.base import FailedCall, Recovery
from codex_tui.agent.recovery.retry import RetryPolicy
from codex_tui.agent.requests import next_request
from codex_tui.agent.turn_log import MAX_IDENTICAL_CALLS
from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.events import UserSpoke
from codex_tui.protocol.ids import Place, StepId, new_id
from codex_tui.protocol.messages import (
    AssistantMessage,
    StopReason,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)
from codex_tui.protocol.spending import Budget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.agent.history import History
    from codex_tui.agent.tool_calls.tool_runner import ToolRunner
    from codex_tui.agent.turn_log import TurnLog
    from codex_tui.bus import EventSink

MAX_CUT_STEPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLimits:
    """What ends a turn from our side, or interferes with it. `watched`: somebody reads the answers
    as they come, so that what was read cannot be taken back.
    """

    max_steps: int = 100
    watched: bool = True
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    compaction: CompactionRules = field(default_factory=CompactionRules)
    budget: Budget = field(default_factory=Budget)


StepCheck = Callable[[Place], Awaitable[TurnEnding | None]]
"""What is looked at before a step is made; what it returns ends the turn instead."""

CHANGE_FAILED = TurnEnding.stopped(
    "The model's change could not be made; nothing was written.",
    hint="Say it in other words, or choose a model that can look again (Ctrl+L).",
)
"""A model without tools makes one change and cannot try another."""


class TurnLoop:
    """Runs turns of one session. `target` is asked anew at each call, so a switch takes effect
    there; `recoveries` are asked in their order when a call fails, `checks` before each step,
    `may_repeat` before a call is made again.
    """

    def __init__(
        self,
        *,
        sink: EventSink,
        history: History,
        tools: ToolRunner,
        limits: TurnLimits,
        target: Callable[[], Awaitable[Target]],
        steering: Callable[[], Awaitable[UserMessage | None]],
        recoveries: Sequence[Recovery],
        checks: Sequence[StepCheck],
        may_repeat: StepCheck,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sink = sink
        self._history = history
        self._tools = tools
        self._limits = limits
        self._target = target
        self._steering = steering
        self._recoveries = recoveries
        self._checks = checks
        self._may_repeat = may_repeat
        self._clock = clock

    async def run(self, turn: TurnLog, place: Place) -> TurnEnding:
        """Go on from the last message until the turn ends; raises `ProviderError`."""
        try:
            for _ in range(self._limits.max_steps):
                step = replace(place, step=StepId(new_id("step")))
                end = await self._check(step) or await self._step(turn, step)
                if end is not None:
                    return end
        finally:
            turn.close_calls(place)
        return TurnEnding.stopped(
            f"Stopped after {self._limits.max_steps} steps.",
            hint="Say “go on” to continue, or raise max_steps in the configuration.",
        )

    async def _step(self, turn: TurnLog, place: Place) -> TurnEnding | None:
        asked = await self._ask_model(turn, place)
        if isinstance(asked, TurnEnding):
            return asked
        target, message = asked
        end = self._judge_stop(message)
        if end is not None:
            return None if await self._steer(turn, place) else end
        cut = [call for call in message.tool_calls if not call.complete or not _may_run(message)]
        runnable = [call for call in message.tool_calls if call not in cut]
        repeated = turn.repeated(runnable)
        if repeated is not None:
            return TurnEnding.stopped(
                f"Stopped: the model made the same call of {repeated.name} "
                f"{MAX_IDENTICAL_CALLS + 1} times in a row.",
                hint="Tell it what to do differently.",
            )
        failed: list[ToolResultMessage] = []

        def settle(result: ToolResultMessage) -> None:
            turn.add(result, place)
            if result.status is ToolStatus.ERROR:
                failed.append(result)

        await self._tools.run(runnable, place, turn.journal, settle)
        if turn.refuse_cut(cut, message, place) > MAX_CUT_STEPS:
            return TurnEnding.stopped(
                f"Stopped: {MAX_CUT_STEPS + 1} answers in a row ended inside a tool call.",
                hint="Ask for smaller edits, or choose a model with a larger output limit.",
            )
        turn.journal.begin_settling()
        if await self._steer(turn, place) or target.model.tools is not False:
            return None
        return CHANGE_FAILED if failed else DONE

    def _judge_stop(self, message: AssistantMessage) -> TurnEnding | None:
        """Return the end of the turn, or None when there are calls to run or more to ask for."""
        match message.stop:
            case StopReason.LENGTH if not message.tool_calls:
                return TurnEnding.stopped(
                    "The answer was cut at the model's output limit.",
                    hint="Say “go on” to continue.",
                )
            case StopReason.PAUSE:
                return None
            case _ if not message.parts:
                return TurnEnding.stopped(
                    "The model answered with nothing.",
                    hint="Ask again, or choose another model (Ctrl+L).",
                )
            case _:
                return None if message.tool_calls else DONE

    async def _steer(self, turn: TurnLog, place: Place) -> bool:
        """Put what the user typed meanwhile into the conversation; say whether there was any."""
        steered = False
        while (words := await self._steering()) is not None:
            turn.add(words, place)
            self._sink.publish(
                UserSpoke(place=place, text=words.text, steering=True, images=words.image_labels)
            )
            steered = True
        return steered

    async def _ask_model(
        self, turn: TurnLog, place: Place
    ) -> tuple[Target, AssistantMessage] | TurnEnding:
        """Make one model call, again as long as there is a remedy; the answer joins the history.
        Return it and who gave it, or what ends the turn instead. Words of a failed one that were
        read join it, too, and the model goes on from there; of any other nothing stays.
        """
        attempt, asked = 0, None
        while True:
            target = await self._target()
            attempt = attempt + 1 if target.model.ref == asked else 1
            asked = target.model.ref
            taken_ids = self._history.call_ids
            call = ModelCall(target, self._sink, place, clock=self._clock, taken_ids=taken_ids)
            try:
                await call.run(next_request(target, self._history, self._tools, place))
                message = call.assembler.message()
                error = fault_in(message, call.stop_detail, target)
                if error is not None:
                    call.report(message)
                    raise error
            except ProviderError as error:
                suit_hint(error, target.model)
                broken, read = call.assembler.message(StopReason.ERROR), self._was_read(call)
                if read:
                    turn.keep_broken(broken, place)
                failed = FailedCall(
                    error=error, attempt=attempt, kept=read, target=target, place=place
                )
                recovers = await self._recovers(failed)
                end = await self._may_repeat(place) if recovers else None
                if not read and (end or not recovers):
                    turn.keep(broken, place)
                if end is not None:
                    return end
                if not recovers:
                    raise
                if read:
                    turn.have_it_gone_on(place)
            except asyncio.CancelledError:
                turn.keep(call.assembler.message(StopReason.INTERRUPTED), place)
                raise
            else:
                turn.keep(message, place)
                call.report(message)
                return target, message

    def _was_read(self, call: ModelCall) -> bool:
        """Say whether somebody read a part of the answer: that is not asked for again. What ended
        without a fault of the wire's is read as a whole.
        """
        shown = self._limits.watched or call.assembler.finished is not None
        return shown and bool(call.assembler.message().text.strip())

    async def _recovers(self, failed: FailedCall) -> bool:
        if failed.kept and failed.target.model.tools is False:
            return False  # it is told the user's words alone, and would begin anew
        for recovery in self._recoveries:
            if await recovery.recover(failed):
                return True
        return False

    async def _check(self, place: Place) -> TurnEnding | None:
        for check in self._checks:
            end = await check(place)
            if end is not None:
                return end
        return None


def _may_run(message: AssistantMessage) -> bool:
    """Calls run only when the model said it was done writing them."""
    return message.stop in {StopReason.TOOL_USE, StopReason.END}
