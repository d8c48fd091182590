"""One turn from the user's words to its announced end; the loop in between is `loop`'s.

It turns every way out into one ending, recorded before it is announced. What goes along with the
words is `hearing`'s business; which turn comes next, and cancelling one, is the session's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.agent.ending import TurnEnding, ending_of
from codex_tui.agent.loop import TurnLoop
from codex_tui.agent.recovery.advice import advice
from codex_tui.agent.turn_log import TurnLog
from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.events import TurnFinished, TurnOutcome, TurnStarted
from codex_tui.sessions.records import TurnClosed, TurnOpened

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    from codex_tui.agent.conversation import Conversation
    from codex_tui.agent.hearing import Hearing
    from codex_tui.agent.loop import TurnLimits
    from codex_tui.agent.recovery.remedies import Remedies
    from codex_tui.agent.session_models import SessionModels
    from codex_tui.agent.spending.budget import BudgetGuard
    from codex_tui.agent.tool_calls.tool_runner import ToolRunner
    from codex_tui.protocol.ids import Place
    from codex_tui.protocol.messages import UserMessage


class TurnRunner:
    """Runs turns of one session, one at a time; `now` is the local time."""

    def __init__(
        self,
        conversation: Conversation,
        *,
        models: SessionModels,
        tools: ToolRunner,
        hearing: Hearing,
        remedies: Remedies,
        limits: TurnLimits,
        budget: BudgetGuard,
        now: Callable[[], datetime.datetime],
    ) -> None:
        self._conversation = conversation
        self._sink = conversation.sink
        self._journal = conversation.journal
        self._models = models
        self._tools = tools
        self._hearing = hearing
        self._fail_over = remedies.fail_over
        self._now = now
        self._loop = TurnLoop(
            sink=conversation.sink,
            history=conversation.history,
            tools=tools,
            limits=limits,
            target=models.target,
            steering=hearing.next_steering,
            recoveries=remedies.recoveries,
            # A compaction is a call, too: it is not made beyond the budget, and may use that up.
            checks=(budget.check, remedies.at_limit, budget.check),
            may_repeat=budget.check,
        )

    async def run(self, words: UserMessage, place: Place, aside: str = "") -> TurnOutcome:
        """Run one turn; an interrupt is a cancellation, and goes on after the turn is closed. The
        model is told `aside` before the words.
        """
        log, refused = TurnLog(self._conversation), self._tools.refused
        self._models.ledger.begin_turn()
        self._journal.add(TurnOpened(), place)
        self._sink.publish(TurnStarted(place=place))
        ending = TurnEnding(outcome="interrupted", message="Interrupted.")
        try:
            self._fail_over.begin_turn(place)
            await self._hearing.take(words, log, place, aside)
            await self._journal.settle()
            ending = await self._loop.run(log, place)
        except Exception as error:  # noqa: BLE001 - a named border: the turn ends, the program lives
            ending = ending_of(error)
            if isinstance(error, ProviderError):
                ending = replace(ending, hint=self._advice(error, kept=log.was_cut))
        finally:
            self._close(ending, log, place, refused=self._tools.refused - refused)
        return ending.outcome

    def _close(self, ending: TurnEnding, log: TurnLog, place: Place, *, refused: int) -> None:
        """Record and announce the end of the turn."""
        self._journal.add(
            TurnClosed(outcome=ending.outcome, message=ending.message, hint=ending.hint), place
        )
        self._sink.publish(
            TurnFinished(
                place=place,
                outcome=ending.outcome,
                text=log.last_words,
                message=ending.message,
                hint=ending.hint,
                error_kind=ending.error_kind,
                refused=refused,
                usage=self._models.ledger.turn_usage,
                cost=self._models.ledger.turn_cost,
            )
        )

    def _advice(self, error: ProviderError, *, kept: bool) -> str:
        return advice(
            error,
            kept=kept,
            model=self._models.chosen,
            known=self._models.known(),
            now=self._now(),
        )
