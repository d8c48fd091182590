"""The façade front ends hold: one conversation, whoever shows it.

`submit` runs a turn (and then what was queued) in the caller's task; `interrupt` cancels the turn,
not the caller. All other methods return at once. Everything that happens is published to the sink;
what must last is in the journal before it is announced.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codex_tui.agent.context import surroundings
from codex_tui.agent.ending import TurnEnding, ending_of
from codex_tui.agent.history import CRASHED_RESULT, History
from codex_tui.agent.input_queue import InputQueue
from codex_tui.agent.loop import TurnLimits, TurnLoop
from codex_tui.agent.model_call import Target
from codex_tui.protocol.approvals import ApprovalDecision, ApprovalMode
from codex_tui.protocol.errors import ConfigError, SessionError
from codex_tui.protocol.events import (
    ApprovalModeChanged,
    ModelSelected,
    NoticeShown,
    SessionStarted,
    TurnFinished,
    TurnOutcome,
    TurnStarted,
    UserSpoke,
)
from codex_tui.protocol.ids import Place, RequestId, TurnId, new_id
from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    NoticeMessage,
    ToolCall,
    Usage,
    UserMessage,
)
from codex_tui.protocol.models import Effort, ModelInfo, ModelRef, ProviderStatus
from codex_tui.providers import catalog
from codex_tui.sessions.records import (
    MessageAdded,
    ModeChosen,
    ModelChosen,
    Record,
    Resumed,
    TurnClosed,
    TurnOpened,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_tui.agent.journal import Journal
    from codex_tui.agent.tool_runner import ToolRunner
    from codex_tui.approvals.broker import ApprovalBroker
    from codex_tui.bus import EventSink
    from codex_tui.providers.base import Endpoint
    from codex_tui.providers.registry import ProviderRegistry

log = logging.getLogger(__name__)

NO_SANDBOX_NOTE = "There is no sandbox here: commands will be asked for."


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a resumed session brings along; `directory` is the workspace it began in."""

    directory: str = ""
    messages: tuple[Message, ...] = ()
    model: ModelRef | None = None
    effort: Effort | None = None
    mode: ApprovalMode | None = None


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
        journal: Callable[[Callable[[SessionError], None]], Journal],
        limits: TurnLimits,
        past: Past | None = None,
        today: Callable[[], datetime.date] = datetime.date.today,
    ) -> None:
        self.place = place
        self.root = root
        self.model: ModelInfo | None = None
        self.effort: Effort | None = None
        self._sink = sink
        self._providers = providers
        self._tools = tools
        self._broker = broker
        self._journal = journal(self._warn_of_session_file)
        self._today = today
        self._past = past or Past()
        self._history = History(self._past.messages)
        self._input = InputQueue(sink, place)
        self._running: asyncio.Task[None] | None = None
        self._loop = TurnLoop(
            sink=sink,
            tools=tools,
            limits=limits,
            target=self._target,
            steering=self._input.take_steering,
        )

    # -- what it is ---------------------------------------------------------------------------

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation so far."""
        return self._history.messages

    @property
    def past_model(self) -> tuple[ModelRef, Effort | None] | None:
        """The model a resumed session spoke to last."""
        return (self._past.model, self._past.effort) if self._past.model else None

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
        return self._running is not None

    def start(self, mode: ApprovalMode) -> None:
        """Announce the session, and settle what a crash left open."""
        resumed = bool(self._past.messages)
        if resumed:
            self._record(Resumed(), self.place)
        for result in self._history.missing_results(CRASHED_RESULT):
            self._add(result, self.place)
        if self._past.directory not in {"", str(self.root)}:
            self._tell_of_move()
        self._tools.mode = self._past.mode or mode
        self._record(ModeChosen(mode=self.mode), self.place)
        self._sink.publish(
            SessionStarted(
                place=self.place, directory=str(self.root), mode=self.mode, resumed=resumed
            )
        )

    def _tell_of_move(self) -> None:
        """Tell model and user that paths mean another folder now than earlier in the session."""
        moved = f"The conversation goes on in another folder. Workspace: {self.root}"
        self._add(NoticeMessage(text=moved), self.place)
        self._warn(f"This session began in {self._past.directory}; it goes on in {self.root}.")

    async def close(self) -> None:
        """Interrupt the running turn, wait until it is settled, and release the session file."""
        running = self._running
        if running is not None:
            running.cancel()
            await asyncio.wait({running})
        self._journal.close()

    def notify(self, text: str) -> None:
        """Show the user a remark, in its place among the other events."""
        self._sink.publish(NoticeShown(place=self.place, level="info", text=text))

    # -- turns --------------------------------------------------------------------------------

    async def submit(self, text: str) -> None:
        """Run a turn on the user's words, then what was queued meanwhile; raises `ConfigError`.

        While a turn is running the words steer it instead.
        """
        if self.busy:
            self.steer(text)
            return
        if self.model is None:
            raise ConfigError("No model is chosen yet.", hint="Choose one with Ctrl+L or --model.")
        outcome = await self._run_turn(text)
        while outcome == "done" and (following := self._input.take_next()) is not None:
            outcome = await self._run_turn(following)

    def steer(self, text: str) -> None:
        """Hand words to the running turn; the model reads them after the tools that run now."""
        self._input.steer(text)

    def queue(self, text: str) -> None:
        """Keep words for the turn after this one."""
        self._input.queue(text)

    def take_back(self) -> str | None:
        """Return the words a model would read last, and forget them; None when none wait."""
        return self._input.take_back()

    def interrupt(self) -> bool:
        """Stop the running turn; what waits in the queue stays there. False when none runs."""
        if self._running is None:
            return False
        self._running.cancel()
        return True

    def decide(self, request_id: RequestId, decision: ApprovalDecision) -> bool:
        """Answer an approval request; False when it was answered or withdrawn before."""
        return self._broker.resolve(request_id, decision)

    # -- choices ------------------------------------------------------------------------------

    def select_model(self, ref: ModelRef, effort: Effort | None = None) -> None:
        """Speak to `ref` from the next model call on; raises `ConfigError`: unknown provider.

        An effort the model does not know is mapped to the nearest lower one it knows.
        """
        endpoint = self._providers.endpoint(ref.provider)
        info = catalog.describe(ref, endpoint)
        warnings = self._left_behind(endpoint)
        wanted = effort or info.default_effort
        self.model = info
        self.effort = wanted and catalog.fit_effort(wanted, info.efforts)
        self._record(ModelChosen(ref=ref, effort=self.effort), self.place)
        self._sink.publish(
            ModelSelected(place=self.place, model=info, effort=self.effort, warnings=warnings)
        )

    def _left_behind(self, endpoint: Endpoint) -> tuple[str, ...]:
        """Say what cannot travel, when the last answer came from another provider."""
        last = self._history.last_origin
        count = self._history.thinking_left_behind(endpoint)
        if last is None or last.provider == endpoint.name or not count:
            return ()
        return (
            f"{count} signed reasoning block{'s' * (count != 1)} cannot travel to "
            f"{endpoint.title or endpoint.name}; words and tool results do.",
        )

    def select_mode(self, mode: ApprovalMode) -> None:
        """Set the gate; it holds from the next tool call on."""
        self._tools.mode = mode
        self._record(ModeChosen(mode=mode), self.place)
        note = NO_SANDBOX_NOTE if mode is ApprovalMode.FULL_AUTO else ""
        self._sink.publish(ApprovalModeChanged(place=self.place, mode=mode, note=note))

    def provider_statuses(self) -> tuple[ProviderStatus, ...]:
        """The configured providers and whether they can be used."""
        return self._providers.statuses()

    def speaks(self, provider: str) -> str:
        """Return the wire format of a provider; raises `ConfigError`."""
        return self._providers.endpoint(provider).api

    def list_models(self) -> tuple[ModelInfo, ...]:
        """Every model that is known without asking a server."""
        return self._providers.models()

    async def list_served_models(self, provider: str) -> tuple[ModelInfo, ...]:
        """Ask a provider what it serves; raises `ProviderError`."""
        adapter = await self._providers.open(provider)
        return await adapter.list_models()

    async def warm_up(self) -> None:
        """Import the chosen provider's SDK before it is needed; never raises."""
        if self.model is not None:
            await self._providers.warm_up(self.model.ref.provider)

    # -- inside -------------------------------------------------------------------------------

    async def _run_turn(self, text: str) -> TurnOutcome:
        outcome: TurnOutcome = "interrupted"
        place = replace(self.place, turn=TurnId(new_id("turn")))

        async def turn() -> None:
            nonlocal outcome
            outcome = await self._turn(text, place)

        try:
            async with asyncio.TaskGroup() as group:
                self._running = group.create_task(turn())
        finally:
            self._running = None
            self._input.end_turn()
        return outcome

    async def _turn(self, text: str, place: Place) -> TurnOutcome:
        first, refused = len(self._history), self._tools.refused
        self._record(TurnOpened(), place)
        self._sink.publish(TurnStarted(place=place))
        self._sink.publish(UserSpoke(place=place, text=text))
        ending = TurnEnding(outcome="interrupted", message="Interrupted.")
        try:
            await self._take_words(text, place)
            await self._journal.settle()
            end = await self._loop.run(self._history, self._journal, place)
            outcome: TurnOutcome = "stopped" if end.stopped else "done"
            ending = TurnEnding(outcome=outcome, message=end.stopped, hint=end.hint)
        except Exception as error:  # noqa: BLE001 - a named border: the turn ends, the program lives
            ending = ending_of(error)
        finally:
            self._record(TurnClosed(outcome=ending.outcome, message=ending.message), place)
            self._sink.publish(
                TurnFinished(
                    place=place,
                    outcome=ending.outcome,
                    text=self._last_words(first),
                    message=ending.message,
                    hint=ending.hint,
                    error_kind=ending.error_kind,
                    refused=self._tools.refused - refused,
                    usage=self._usage_since(first),
                )
            )
        await self._journal.settle()
        return ending.outcome

    async def _take_words(self, text: str, place: Place) -> None:
        """Put the user's words into the conversation, the surroundings before the first of them; an
        interrupt meanwhile loses no word.
        """
        try:
            if not any(isinstance(each, NoticeMessage) for each in self.messages):
                facts = await asyncio.to_thread(surroundings, self.root, self._today())
                self._add(NoticeMessage(text=facts), place)
        finally:
            self._add(UserMessage(text=text), place)

    async def _target(self) -> Target:
        if self.model is None:
            raise ConfigError("No model is chosen yet.", hint="Choose one with Ctrl+L or --model.")
        model, effort = self.model, self.effort
        provider = await self._providers.open(model.ref.provider)
        return Target(provider=provider, model=model, effort=effort)

    def _add(self, message: Message, place: Place) -> None:
        self._history.append(message)
        self._record(MessageAdded(message=message), place)

    def _record(self, record: Record, place: Place) -> None:
        self._journal.add(record, place)

    def record(self, record: Record) -> None:
        """Put a fact about the session as a whole on the record."""
        self._record(record, self.place)

    def _answers_since(self, first: int) -> list[AssistantMessage]:
        return [each for each in self.messages[first:] if isinstance(each, AssistantMessage)]

    def _last_words(self, first: int) -> str:
        answers = self._answers_since(first)
        return answers[-1].text if answers else ""

    def _usage_since(self, first: int) -> Usage:
        return sum((each.usage or Usage() for each in self._answers_since(first)), Usage())

    def _warn_of_session_file(self, error: SessionError) -> None:
        self._warn(str(error))

    def _warn(self, text: str) -> None:
        self._sink.publish(NoticeShown(place=self.place, level="warning", text=text))
