"""One turn from the user's words to its announced end; the loop in between is `loop`'s.

It puts the words, with the pictures they name and the surroundings before the first of them, into
the conversation, and turns every way out into one ending, recorded before it is announced. Which
turn comes next, and cancelling one, is the session's business.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.agent.attachments import Attached
from codex_tui.agent.compaction.compacting import Compactor
from codex_tui.agent.compaction.triggers import CompactAtLimit, CompactOverflow
from codex_tui.agent.context import surroundings
from codex_tui.agent.ending import TurnEnding, ending_of
from codex_tui.agent.file_words import counted, recent_file
from codex_tui.agent.loop import TurnLoop
from codex_tui.agent.recovery.advice import advice
from codex_tui.agent.recovery.base import WaitAndRetry
from codex_tui.agent.recovery.fail_over import FailOver
from codex_tui.agent.turn_log import TurnLog
from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.events import TurnFinished, TurnOutcome, TurnStarted, UserSpoke
from codex_tui.protocol.messages import NoticeMessage, UserMessage
from codex_tui.sessions.records import TurnClosed, TurnOpened

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable
    from pathlib import Path

    from codex_tui.agent.attachments import Attachments
    from codex_tui.agent.history import History
    from codex_tui.agent.input_queue import InputQueue
    from codex_tui.agent.journal import Journal
    from codex_tui.agent.loop import TurnLimits
    from codex_tui.agent.recovery.fail_over import Fallbacks
    from codex_tui.agent.session_models import SessionModels
    from codex_tui.agent.spending.budget import BudgetGuard
    from codex_tui.agent.tool_calls.tool_runner import ToolRunner
    from codex_tui.bus import EventSink
    from codex_tui.protocol.ids import Place


class TurnRunner:
    """Runs turns of one session, one at a time; `warn` and `notify` show the user a remark. The
    `compactor` keeps the conversation within the model's window.
    """

    def __init__(
        self,
        *,
        root: Path,
        sink: EventSink,
        history: History,
        journal: Journal,
        models: SessionModels,
        tools: ToolRunner,
        attachments: Attachments,
        steering: InputQueue,
        limits: TurnLimits,
        budget: BudgetGuard,
        fallbacks: Fallbacks,
        today: Callable[[], datetime.date],
        now: Callable[[], datetime.datetime],
        warn: Callable[[str], None],
        notify: Callable[[str], None],
    ) -> None:
        self._root = root
        self._sink = sink
        self._history = history
        self._journal = journal
        self._models = models
        self._tools = tools
        self._attachments = attachments
        self._input = steering
        self._today = today
        self._now = now
        self._warn = warn
        self._notify = notify
        self.waiting = WaitAndRetry(limits.retry, sink)
        self.compactor = Compactor(
            sink=sink,
            history=history,
            journal=journal,
            tools=tools,
            target=models.target,
            wait=self.waiting,
            rules=limits.compaction,
        )
        self.fail_over = FailOver(
            self.waiting, fallbacks, models=models, history=history, sink=sink
        )
        self._loop = TurnLoop(
            sink=sink,
            tools=tools,
            limits=limits,
            target=models.target,
            steering=self._next_steering,
            recoveries=(CompactOverflow(self.compactor), self.fail_over),
            # A compaction is a call, too: it is not made beyond the budget, and may use that up.
            checks=(budget.check, CompactAtLimit(self.compactor, models.target), budget.check),
        )

    async def run(self, words: UserMessage, place: Place, aside: str = "") -> TurnOutcome:
        """Run one turn; an interrupt is a cancellation, and goes on after the turn is closed. The
        model is told `aside` before the words.
        """
        log, refused = TurnLog(self._sink, self._history, self._journal), self._tools.refused
        ledger = self._models.ledger
        ledger.begin_turn()
        self._journal.add(TurnOpened(), place)
        self._sink.publish(TurnStarted(place=place))
        ending = TurnEnding(outcome="interrupted", message="Interrupted.")
        try:
            self.fail_over.begin_turn(place)
            await self._take_words(words, log, place, aside)
            await self._journal.settle()
            end = await self._loop.run(log, place)
            outcome: TurnOutcome = "stopped" if end.stopped else "done"
            ending = TurnEnding(outcome=outcome, message=end.stopped, hint=end.hint)
        except Exception as error:  # noqa: BLE001 - a named border: the turn ends, the program lives
            ending = ending_of(error)
            if isinstance(error, ProviderError):
                ending = replace(ending, hint=self._advice(error, kept=log.was_cut))
        finally:
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
                    refused=self._tools.refused - refused,
                    usage=ledger.turn_usage,
                    cost=ledger.turn_cost,
                )
            )
        return ending.outcome

    async def _take_words(self, words: UserMessage, log: TurnLog, place: Place, aside: str) -> None:
        """Put the user's words into the conversation, the surroundings before the first of them; an
        interrupt meanwhile loses no word.
        """
        try:
            words = await self._hear(words, place)
            if not any(isinstance(each, NoticeMessage) for each in self._history.messages):
                facts = await asyncio.to_thread(surroundings, self._root, self._today())
                log.add(NoticeMessage(text=facts), place)
        finally:
            if aside:
                log.add(NoticeMessage(text=aside), place)
            log.add(words, place)

    async def _hear(self, words: UserMessage, place: Place) -> UserMessage:
        """Return the words with the pictures they name, and announce them."""
        attached = Attached(images=words.images)
        try:
            attached = await self._attach(words)
        finally:
            words = replace(words, images=attached.images, files=attached.files)
            self._sink.publish(UserSpoke(place=place, text=words.text, images=words.image_labels))
        self._tell_of(attached)
        return words

    async def _attach(self, words: UserMessage) -> Attached:
        """Find what goes with the words: pictures, and files for a model that can read none."""
        attached = await self._attachments.of(words.text, words.images)
        model = self._models.chosen
        if model is None or model.tools is not False:
            return attached
        recent = recent_file(self._history.messages)
        return await self._attachments.with_files(attached, words.text, recent)

    def _advice(self, error: ProviderError, *, kept: bool) -> str:
        return advice(
            error,
            kept=kept,
            model=self._models.chosen,
            known=self._models.known(),
            now=self._now(),
        )

    async def _next_steering(self) -> UserMessage | None:
        """Take what the running turn reads next, with the pictures it names; until they are read it
        can be taken back, and an interrupt leaves it where it is.
        """
        while (words := self._input.next_steering) is not None:
            attached = await self._attach(words)
            if self._input.take_steering(words):
                self._tell_of(attached)
                return replace(words, images=attached.images, files=attached.files)
        return None

    def _tell_of(self, attached: Attached) -> None:
        """Say what goes along besides pictures, what does not, and what a model without eyes is
        only told of.
        """
        for problem in attached.problems:
            self._warn(problem)
        for file in attached.files:
            if file.text is not None:
                self._notify(f"{file.path} goes along: {counted(file.text)}.")
        model = self._models.chosen
        if attached.images and model is not None and model.image_input is False:
            self._warn(f"{model.ref} cannot see pictures; it is told their names.")
