"""The façade front ends hold: one conversation, whoever shows it.

`submit` runs a turn (and then what was queued) in the caller's task; `interrupt` cancels the turn,
not the caller. All other methods return at once. Everything that happens is published to the sink;
what must last is in the journal before it is announced.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.agent.branches.branching import Arrival, Branching
from codex_tui.agent.conversation import Conversation
from codex_tui.agent.hearing import Hearing
from codex_tui.agent.input_queue import InputQueue
from codex_tui.agent.opening import missing_messages, moved
from codex_tui.agent.past import Past
from codex_tui.agent.plan import plan_of
from codex_tui.agent.recovery.fail_over import Fallbacks
from codex_tui.agent.recovery.remedies import Remedies
from codex_tui.agent.session_models import SessionModels
from codex_tui.agent.spending.budget import BudgetGuard
from codex_tui.agent.turn_runner import TurnRunner
from codex_tui.agent.turn_taking import TurnTaking
from codex_tui.protocol.approvals import ApprovalDecision, ApprovalMode
from codex_tui.protocol.compaction import CompactionCause
from codex_tui.protocol.events import (
    ApprovalModeChanged,
    SessionRenamed,
    SessionStarted,
    TurnOutcome,
)
from codex_tui.protocol.ids import Place, RequestId, TurnId, new_id
from codex_tui.protocol.messages import ImagePart, Message, ToolCall, UserMessage
from codex_tui.protocol.sessions import title_of
from codex_tui.sessions import records
from codex_tui.sessions.records import MessageAdded, ModeChosen, Record, Resumed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from codex_tui.agent.attachments import Attachments
    from codex_tui.agent.compaction.compacting import Compactor
    from codex_tui.agent.journal import Journal
    from codex_tui.agent.loop import TurnLimits
    from codex_tui.agent.spending.estimate import Estimator
    from codex_tui.agent.tool_calls.tool_runner import ToolRunner
    from codex_tui.approvals.broker import ApprovalBroker
    from codex_tui.bus import EventSink
    from codex_tui.protocol.errors import SessionError
    from codex_tui.protocol.models import Effort, ModelInfo, ModelRef
    from codex_tui.protocol.plan import PlanStep
    from codex_tui.providers.registry import ProviderRegistry

NO_SANDBOX_NOTE = "There is no sandbox here: commands will be asked for."


def _local_time() -> datetime.datetime:
    return datetime.datetime.now().astimezone()


class AgentSession:
    """One conversation with one model at a time, in one workspace."""

    def __init__(
        self,
        *,
        place: Place,
        root: Path,
        sink: EventSink,
        providers: ProviderRegistry,
        tools: ToolRunner,
        broker: ApprovalBroker,
        attachments: Attachments,
        journal: Callable[[Callable[[SessionError], None]], Journal],
        limits: TurnLimits,
        past: Past | None = None,
        estimator: Estimator | None = None,
        fallbacks: Fallbacks | None = None,
        now: Callable[[], datetime.datetime] = _local_time,
    ) -> None:
        self.root = root
        self.past = past or Past()  # of the branch it is on
        self.title = self.past.title
        self._sink = sink
        self._tools = tools
        self._broker = broker
        self._aside = ""
        self._tools.changes += self.past.changes
        conversation = Conversation(place, self.past, journal=journal, sink=sink)
        self._conversation = conversation
        self._input = InputQueue(conversation)
        self._taking = TurnTaking(self._turn, waiting=self._input, journal=conversation.journal)
        self.models = SessionModels(conversation, providers, past=self.past, estimator=estimator)
        self.budget = BudgetGuard(
            limits.budget if self.past.budget is None else self.past.budget,
            conversation,
            ledger=self.models.ledger,
            asker=tools.asker,
            broker=broker,
        )
        self._remedies = Remedies(
            conversation,
            tools=tools,
            models=self.models,
            limits=limits,
            fallbacks=fallbacks or Fallbacks(),
        )
        self._turns = TurnRunner(
            conversation,
            models=self.models,
            tools=tools,
            hearing=Hearing(
                conversation,
                root=root,
                models=self.models,
                attachments=attachments,
                waiting=self._input,
                now=now,
            ),
            remedies=self._remedies,
            limits=limits,
            budget=self.budget,
            now=now,
        )
        self.branching = Branching(
            conversation,
            models=self.models,
            branches=self.past.branches,
            arrive=self._arrive,
            refuse_while_busy=self._taking.refuse_while_busy,
        )

    # -- what it is ---------------------------------------------------------------------------

    @property
    def place(self) -> Place:
        """Its id, and the branch it is on."""
        return self._conversation.place

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation so far."""
        return self._conversation.history.messages

    @property
    def model(self) -> ModelInfo | None:
        """The model in use; None before the first choice."""
        return self.models.chosen

    @property
    def effort(self) -> Effort | None:
        """How much it thinks; None leaves that to the vendor."""
        return self.models.effort

    @property
    def past_model(self) -> tuple[ModelRef, Effort | None] | None:
        """The model a resumed session spoke to last."""
        return (self.past.model, self.past.effort) if self.past.model else None

    @property
    def plan(self) -> tuple[PlanStep, ...]:
        """The model's plan as it set it last; empty without one."""
        return plan_of(self.messages)

    def title_of(self, call: ToolCall) -> str:
        """Return the one line that names a call's object, empty when it cannot be told."""
        return self._tools.title_of(call)

    @property
    def mode(self) -> ApprovalMode:
        """The gate in force."""
        return self._tools.mode

    @property
    def busy(self) -> bool:
        """A turn is running."""
        return self._taking.busy

    @property
    def compactor(self) -> Compactor:
        """What shortens the conversation for the model."""
        return self._remedies.compactor

    def refuse_while_busy(self) -> None:
        """Raise `ConfigError` while a turn runs."""
        self._taking.refuse_while_busy()

    def start(self, mode: ApprovalMode) -> None:
        """Announce the session, and settle what a crash left open."""
        resumed = bool(self.past.messages)
        if resumed:
            self.record(Resumed())
        history = self._conversation.history
        for message in missing_messages(history, self.past, self.root):
            history.append(message)
            self.record(MessageAdded(message=message))
        self.past = replace(self.past, messages=self.messages)
        self._tools.mode = self.past.mode or mode
        self.record(ModeChosen(mode=self.mode))
        self._sink.publish(
            SessionStarted(
                place=self.place, directory=str(self.root), mode=self.mode, resumed=resumed
            )
        )
        self.models.past_usage.announce()
        self.compactor.tell_size(self.place)
        self.budget.announce()
        if moved(self.past, self.root):
            self._conversation.warn(
                f"This session began in {self.past.directory}; it goes on in {self.root}."
            )

    async def close(self) -> None:
        """Interrupt the running turn, wait until it is settled, and release the session file."""
        await self._taking.end()
        self._conversation.journal.close()

    def notify(self, text: str) -> None:
        """Show the user a remark, in its place among the other events."""
        self._conversation.notify(text)

    def record(self, record: Record) -> None:
        """Put a fact about the session as a whole on the record."""
        self._conversation.record(record)

    # -- turns --------------------------------------------------------------------------------

    async def submit(self, text: str, images: Sequence[ImagePart] = ()) -> None:
        """Run a turn on the user's words, then what was queued meanwhile; raises `ConfigError`.

        Pictures that the words name go along with the given ones, as they do for `steer` and
        `queue`. While a turn is running the words steer it instead.
        """
        if self.busy:
            self.steer(text, images)
            return
        self.models.in_use()
        await self._taking.take(UserMessage(text=text, images=tuple(images)))

    async def retry(self, model: ModelRef | None = None) -> None:
        """Run the last turn again on a branch of its own, on `model` or the one in use, and then
        what is queued; raises `ConfigError` as `branching.may_retry` does.
        """
        self.branching.may_retry(model)
        if model is not None and not self.models.is_chosen(model):
            self.select_model(model)

        async def retry() -> TurnOutcome:
            return await self._turn(await self.branching.open())

        await self._taking.run(retry)

    async def choose_branch(self, number: int) -> None:
        """Go on with a branch, and with what is said until it is there; raises `ConfigError` as
        `branching.may_choose` does.
        """
        self.branching.may_choose(number)
        waited = bool(self._input)  # since a turn that ended badly: the user decides about that

        async def choose() -> TurnOutcome:
            await self.branching.choose(number)
            return "stopped" if waited else "done"

        await self._taking.run(choose)

    async def compact(self, focus: str = "") -> None:
        """Have the model read a summary of what was said so far, made with `focus` in mind; then
        run what was queued meanwhile. `interrupt` stops it. Raises `ConfigError`.
        """
        self.refuse_while_busy()
        self.models.in_use()

        async def compact() -> TurnOutcome:
            await self.compactor.compact(self.place, cause=CompactionCause.ASKED, focus=focus)
            return "done"

        await self._taking.run(compact)

    def steer(self, text: str, images: Sequence[ImagePart] = ()) -> None:
        """Hand words to the running turn; the model reads them after the tools that run now."""
        self._input.steer(UserMessage(text=text, images=tuple(images)))

    def queue(self, text: str, images: Sequence[ImagePart] = ()) -> None:
        """Keep words for the turn after this one."""
        self._input.queue(UserMessage(text=text, images=tuple(images)))

    def take_back(self) -> UserMessage | None:
        """Return the words a model would read last, and forget them; None when none wait."""
        return self._input.take_back()

    def take_back_all(self, *, queued: bool = True) -> tuple[UserMessage, ...]:
        """Return all words that no model has read, in their order, and forget them. Not `queued`:
        only what the running turn has not read.
        """
        return self._input.take_back_all(queued=queued)

    def interrupt(self) -> bool:
        """Stop the running turn; what waits in the queue stays there. False when none runs."""
        return self._taking.interrupt()

    def decide(self, request_id: RequestId, decision: ApprovalDecision) -> bool:
        """Answer an approval request; False when it was answered or withdrawn before."""
        return self._broker.resolve(request_id, decision)

    def try_now(self) -> bool:
        """Have a call that waits for its next attempt made at once; False when none waits."""
        return self._remedies.waiting.end_wait()

    def take_fallback(self) -> bool:
        """Have the model that was offered make the call that failed; False when none is offered."""
        return self._remedies.fail_over.accept()

    # -- choices ------------------------------------------------------------------------------

    def select_model(self, ref: ModelRef, effort: Effort | None = None) -> None:
        """Speak to `ref` from the next model call on; raises `ConfigError`: unknown provider.

        An effort the model does not know is mapped to the nearest lower one it knows.
        """
        self.models.select(ref, effort)
        self._remedies.fail_over.reconsider(ref)
        self._remedies.waiting.end_wait()

    def list_models(self) -> tuple[ModelInfo, ...]:
        """Every model that is known without asking a server."""
        return self.models.known()

    def select_mode(self, mode: ApprovalMode) -> None:
        """Set the gate; it holds from the next tool call on."""
        self._tools.mode = mode
        self.record(ModeChosen(mode=mode))
        note = NO_SANDBOX_NOTE if mode is ApprovalMode.FULL_AUTO else ""
        self._sink.publish(ApprovalModeChanged(place=self.place, mode=mode, note=note))

    def rename(self, title: str) -> None:
        """Give the session a title (it is cleaned and cut to fit); an empty one takes it back."""
        self.title = title_of(title)
        self.record(records.SessionRenamed(title=self.title))
        self._sink.publish(SessionRenamed(place=self.place, title=self.title))

    # -- inside -------------------------------------------------------------------------------

    def _arrive(self, arrival: Arrival) -> None:
        """Go on with another branch."""
        self._conversation.place = arrival.place
        self.past, self._aside = arrival.past, arrival.aside

    async def _turn(self, words: UserMessage) -> TurnOutcome:
        place = replace(self.place, turn=TurnId(new_id("turn")))
        aside, self._aside = self._aside, ""
        return await self._turns.run(words, place, aside)
