"""The façade front ends hold: one conversation, whoever shows it.

`submit` runs a turn (and then what was queued) in the caller's task; `interrupt` cancels the turn,
not the caller. All other methods return at once. Everything that happens is published to the sink;
what must last is in the journal before it is announced.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from codex_tui.agent.attachments import Attached
from codex_tui.agent.context import surroundings
from codex_tui.agent.ending import TurnEnding, ending_of
from codex_tui.agent.history import CRASHED_RESULT, History
from codex_tui.agent.input_queue import InputQueue
from codex_tui.agent.loop import TurnLimits, TurnLoop
from codex_tui.agent.model_call import Target
from codex_tui.agent.past import Past
from codex_tui.agent.plan import plan_of
from codex_tui.protocol.approvals import ApprovalDecision, ApprovalMode
from codex_tui.protocol.errors import CodexError, ConfigError, SessionError
from codex_tui.protocol.events import (
    ApprovalModeChanged,
    ModelDescribed,
    ModelSelected,
    NoticeShown,
    SessionRenamed,
    SessionStarted,
    TurnFinished,
    TurnOutcome,
    TurnStarted,
    UserSpoke,
)
from codex_tui.protocol.ids import Place, RequestId, TurnId, new_id
from codex_tui.protocol.messages import (
    AssistantMessage,
    ImagePart,
    Message,
    NoticeMessage,
    ToolCall,
    Usage,
    UserMessage,
)
from codex_tui.protocol.sessions import title_of
from codex_tui.providers.catalog import fit_effort
from codex_tui.sessions import records
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
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from codex_tui.agent.attachments import Attachments
    from codex_tui.agent.journal import Journal
    from codex_tui.agent.tool_runner import ToolRunner
    from codex_tui.approvals.broker import ApprovalBroker
    from codex_tui.bus import EventSink
    from codex_tui.protocol.models import Effort, ModelInfo, ModelRef, ProviderStatus
    from codex_tui.protocol.plan import PlanStep
    from codex_tui.providers.base import Endpoint
    from codex_tui.providers.registry import ProviderRegistry

log = logging.getLogger(__name__)

NO_SANDBOX_NOTE = "There is no sandbox here: commands will be asked for."


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
        today: Callable[[], datetime.date] = datetime.date.today,
    ) -> None:
        self.place = place
        self.root = root
        self.model: ModelInfo | None = None
        self.effort: Effort | None = None
        self._wanted_effort: Effort | None = None
        self._sink = sink
        self._providers = providers
        self._tools = tools
        self._broker = broker
        self._attachments = attachments
        self._journal = journal(self._warn_of_session_file)
        self._today = today
        self.past = past or Past()
        self.title = self.past.title
        self._history = History(self.past.messages)
        self._input = InputQueue(sink, place)
        self._running: asyncio.Task[None] | None = None
        self._loop = TurnLoop(
            sink=sink,
            tools=tools,
            limits=limits,
            target=self._target,
            steering=self._next_steering,
        )

    # -- what it is ---------------------------------------------------------------------------

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation so far."""
        return self._history.messages

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
        return self._running is not None

    def start(self, mode: ApprovalMode) -> None:
        """Announce the session, and settle what a crash left open."""
        resumed = bool(self.past.messages)
        if resumed:
            self._record(Resumed(), self.place)
        for result in self._history.missing_results(CRASHED_RESULT):
            self._add(result, self.place)
        moved = self.past.directory not in {"", str(self.root)}
        if moved:
            self._tell_model_of_move()
        self._tools.mode = self.past.mode or mode
        self._record(ModeChosen(mode=self.mode), self.place)
        self._sink.publish(
            SessionStarted(
                place=self.place, directory=str(self.root), mode=self.mode, resumed=resumed
            )
        )
        if moved:
            self._warn(f"This session began in {self.past.directory}; it goes on in {self.root}.")

    def _tell_model_of_move(self) -> None:
        """Say that paths mean another folder than earlier in the session, unless that was said."""
        notice = NoticeMessage(
            text=f"The conversation goes on in another folder. Workspace: {self.root}"
        )
        told = [each for each in self.messages if isinstance(each, NoticeMessage)]
        if told[-1:] != [notice]:
            self._add(notice, self.place)

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

    async def submit(self, text: str, images: Sequence[ImagePart] = ()) -> None:
        """Run a turn on the user's words, then what was queued meanwhile; raises `ConfigError`.

        Pictures that the words name go along with the given ones, as they do for `steer` and
        `queue`. While a turn is running the words steer it instead.
        """
        if self.busy:
            self.steer(text, images)
            return
        if self.model is None:
            raise ConfigError("No model is chosen yet.", hint="Choose one with Ctrl+L or --model.")
        outcome = await self._run_turn(UserMessage(text=text, images=tuple(images)))
        while outcome == "done" and (following := self._input.take_next()) is not None:
            outcome = await self._run_turn(following)

    def steer(self, text: str, images: Sequence[ImagePart] = ()) -> None:
        """Hand words to the running turn; the model reads them after the tools that run now."""
        self._input.steer(UserMessage(text=text, images=tuple(images)))

    def queue(self, text: str, images: Sequence[ImagePart] = ()) -> None:
        """Keep words for the turn after this one."""
        self._input.queue(UserMessage(text=text, images=tuple(images)))

    def take_back(self) -> UserMessage | None:
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
        self._providers.include(ref.provider)
        info = self._providers.describe(ref)
        warnings = (*self._left_behind(endpoint), *self._unseen(info))
        self._wanted_effort = effort
        self._take_description(info)
        self._record(ModelChosen(ref=ref, effort=self.effort), self.place)
        self._sink.publish(
            ModelSelected(place=self.place, model=info, effort=self.effort, warnings=warnings)
        )

    def _take_description(self, info: ModelInfo) -> None:
        """Speak to `info`, with the nearest effort to the wanted one that it is known to take."""
        wanted = self._wanted_effort or info.default_effort
        self.model = info
        self.effort = wanted and fit_effort(wanted, info.efforts)

    def _learn(self) -> None:
        """Take up what has become known of the model in use."""
        info = self.model and self._providers.describe(self.model.ref)
        if info is None or info == self.model:
            return
        self._take_description(info)
        self._sink.publish(ModelDescribed(place=self.place, model=info, effort=self.effort))

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

    def _unseen(self, info: ModelInfo) -> tuple[str, ...]:
        """Say how many pictures of the conversation a model without eyes is only told of."""
        count = self._history.image_count
        if info.image_input is not False or not count:
            return ()
        return (f"{count} picture{'s' * (count != 1)} cannot be seen by {info.ref}.",)

    def select_mode(self, mode: ApprovalMode) -> None:
        """Set the gate; it holds from the next tool call on."""
        self._tools.mode = mode
        self._record(ModeChosen(mode=mode), self.place)
        note = NO_SANDBOX_NOTE if mode is ApprovalMode.FULL_AUTO else ""
        self._sink.publish(ApprovalModeChanged(place=self.place, mode=mode, note=note))

    def rename(self, title: str) -> None:
        """Give the session a title (it is cleaned and cut to fit); an empty one takes it back."""
        self.title = title_of(title)
        self._record(records.SessionRenamed(title=self.title), self.place)
        self._sink.publish(SessionRenamed(place=self.place, title=self.title))

    def provider_statuses(self) -> tuple[ProviderStatus, ...]:
        """The configured providers and whether they can be used."""
        return self._providers.statuses()

    def unlisted_providers(self) -> tuple[ProviderStatus, ...]:
        """The providers that are known but neither configured nor supplied with a key."""
        return self._providers.unlisted()

    async def try_provider(self, provider: str) -> tuple[ModelInfo, ...]:
        """Ask a provider what it serves; an unlisted one that answers is listed from then on.

        Raises `ProviderError`, and `ConfigError` for an unknown provider.
        """
        listed = provider in self._providers.names()
        answered = False
        try:
            models = await self.refresh_models(provider, force=True)
            answered = True
        finally:
            if not (answered or listed):
                await self._providers.close(provider)  # an open provider is a listed one
        self._providers.include(provider)
        return models

    def speaks(self, provider: str) -> str:
        """Return the wire format of a provider; raises `ConfigError`."""
        return self._providers.endpoint(provider).api

    def list_models(self) -> tuple[ModelInfo, ...]:
        """Every model that is known without asking a server."""
        return self._providers.models()

    def outdated_lists(self) -> tuple[str, ...]:
        """The ready providers that were not asked for a day what they serve."""
        return self._providers.outdated()

    def served_at(self, provider: str) -> datetime.datetime | None:
        """When a provider last told what it serves; raises `ConfigError`."""
        return self._providers.served_at(provider)

    async def refresh_models(self, provider: str, *, force: bool = False) -> tuple[ModelInfo, ...]:
        """Ask a provider what it serves if its list is old, in any case with `force`; return its
        models. Raises `ProviderError`.
        """
        models = await self._providers.refresh_models(provider, force=force)
        self._learn()
        return models

    async def load_prices(self) -> None:
        """Read the prices of all listed providers; the first time takes a fifth of a second."""
        await self._providers.load_prices()
        self._learn()

    async def warm_up(self) -> None:
        """Import the chosen provider's SDK and the prices before they are needed; never raises."""
        if self.model is not None:
            await self._providers.warm_up(self.model.ref.provider)
            await self._described(self.model.ref)

    async def look_up_model(self) -> None:
        """Ask the chosen provider about its models, in the background and never twice a day; a
        provider that does not answer is left alone.
        """
        provider = self.model.ref.provider if self.model else ""
        if provider in self._providers.outdated():
            try:
                await self.refresh_models(provider)
            except CodexError as error:
                log.info("%s does not say what it serves: %s", provider, error)

    # -- inside -------------------------------------------------------------------------------

    async def _run_turn(self, words: UserMessage) -> TurnOutcome:
        outcome: TurnOutcome = "interrupted"
        place = replace(self.place, turn=TurnId(new_id("turn")))

        async def turn() -> None:
            nonlocal outcome
            outcome = await self._turn(words, place)

        try:
            async with asyncio.TaskGroup() as group:
                self._running = group.create_task(turn())
            await self._journal.settle()  # of an interrupted turn, too
        finally:
            self._running = None
            self._input.end_turn()
        return outcome

    async def _turn(self, words: UserMessage, place: Place) -> TurnOutcome:
        first, refused = len(self._history), self._tools.refused
        self._record(TurnOpened(), place)
        self._sink.publish(TurnStarted(place=place))
        ending = TurnEnding(outcome="interrupted", message="Interrupted.")
        try:
            await self._take_words(words, place)
            await self._journal.settle()
            end = await self._loop.run(self._history, self._journal, place)
            outcome: TurnOutcome = "stopped" if end.stopped else "done"
            ending = TurnEnding(outcome=outcome, message=end.stopped, hint=end.hint)
        except Exception as error:  # noqa: BLE001 - a named border: the turn ends, the program lives
            ending = ending_of(error)
        finally:
            self._record(
                TurnClosed(outcome=ending.outcome, message=ending.message, hint=ending.hint), place
            )
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
        return ending.outcome

    async def _take_words(self, words: UserMessage, place: Place) -> None:
        """Put the user's words into the conversation, the surroundings before the first of them; an
        interrupt meanwhile loses no word.
        """
        try:
            words = await self._hear(words, place)
            if not any(isinstance(each, NoticeMessage) for each in self.messages):
                facts = await asyncio.to_thread(surroundings, self.root, self._today())
                self._add(NoticeMessage(text=facts), place)
        finally:
            self._add(words, place)

    async def _hear(self, words: UserMessage, place: Place) -> UserMessage:
        """Return the words with the pictures they name, and announce them."""
        attached = Attached(images=words.images)
        try:
            attached = await self._attachments.of(words.text, words.images)
        finally:
            words = replace(words, images=attached.images)
            self._sink.publish(UserSpoke(place=place, text=words.text, images=words.image_labels))
        self._warn_of_images(attached)
        return words

    async def _next_steering(self) -> UserMessage | None:
        """Take what the running turn reads next, with the pictures it names; until they are read it
        can be taken back, and an interrupt leaves it where it is.
        """
        while (words := self._input.next_steering) is not None:
            attached = await self._attachments.of(words.text, words.images)
            if self._input.take_steering(words):
                self._warn_of_images(attached)
                return replace(words, images=attached.images)
        return None

    def _warn_of_images(self, attached: Attached) -> None:
        """Say what did not go along, and what a model without eyes is only told of."""
        for problem in attached.problems:
            self._warn(problem)
        if attached.images and self.model is not None and self.model.image_input is False:
            self._warn(f"{self.model.ref} cannot see pictures; it is told their names.")

    async def _target(self) -> Target:
        if self.model is None:
            raise ConfigError("No model is chosen yet.", hint="Choose one with Ctrl+L or --model.")
        model, effort = self.model, self.effort
        provider = await self._providers.open(model.ref.provider)
        describe = partial(self._described, model.ref)
        return Target(provider=provider, model=model, effort=effort, describe=describe)

    async def _described(self, ref: ModelRef) -> ModelInfo:
        """Return what is known of a model with its price in force, once that could be read."""
        await self._providers.load_prices(ref.provider)
        self._learn()
        return self._providers.describe(ref)

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
