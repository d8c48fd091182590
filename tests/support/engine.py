"""A whole engine on a temporary workspace: real tools, edits and session file, a scripted model."""

from __future__ import annotations

import dataclasses
import datetime
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_tui.agent.attachments import Attachments
from codex_tui.agent.compaction.limits import CompactionRules
from codex_tui.agent.journal import Journal
from codex_tui.agent.loop import TurnLimits
from codex_tui.agent.past import Past
from codex_tui.agent.recovery.fail_over import Fallbacks
from codex_tui.agent.recovery.retry import RetryPolicy
from codex_tui.agent.session import AgentSession
from codex_tui.agent.tool_calls.asking import Asker
from codex_tui.agent.tool_calls.commanding import Commanding
from codex_tui.agent.tool_calls.editing import Editing
from codex_tui.agent.tool_calls.tool_runner import ToolRunner
from codex_tui.approvals.broker import ApprovalBroker
from codex_tui.bus import MessageBus
from codex_tui.composition.session_maker import EditWriter
from codex_tui.config.redaction import Redactor
from codex_tui.edits.engine import TextEditor
from codex_tui.protocol.events import ContextEstimated, NoticeShown, TurnFinished
from codex_tui.protocol.ids import Place, new_session_id
from codex_tui.protocol.messages import TextPart, ToolCall, ToolResultMessage
from codex_tui.protocol.models import ModelRef
from codex_tui.protocol.spending import Budget
from codex_tui.providers.base import Endpoint
from codex_tui.providers.profiles import Profiles
from codex_tui.providers.registry import ProviderRegistry
from codex_tui.providers.scripted import Reply, ScriptedProvider, in_order
from codex_tui.sandbox.commands import CommandRunner
from codex_tui.sandbox.execution import CommandLimits
from codex_tui.sandbox.unconfined import PLAIN_ENVIRONMENT, Unconfined
from codex_tui.sessions.records import SessionOpened
from codex_tui.sessions.store import SessionStore
from codex_tui.tools.registry import default_tools
from codex_tui.tools.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from codex_tui.protocol.events import AgentEvent
    from codex_tui.providers.scripted import Script
    from codex_tui.sessions.file import SessionFile

REF = ModelRef("fake", "model")
ENDPOINT = Endpoint(name="fake", api="scripted", base_url="", needs_key=False)


class FakeRegistry(ProviderRegistry):
    """The real registry, handing out prepared scripted providers."""

    def __init__(
        self, providers: Iterable[ScriptedProvider], profiles: Profiles | None = None
    ) -> None:
        made = list(providers)
        super().__init__([provider.endpoint for provider in made], profiles=profiles)
        self._opened.by_name.update({provider.endpoint.name: provider for provider in made})


class Engine:
    """A session with everything around it, and what it published."""

    def __init__(
        self,
        root: Path,
        script: Script | Iterable[Reply],
        *,
        interactive: bool = True,
        past: Past | None = None,
        budget: Budget | None = None,
        file: SessionFile | None = None,
        max_steps: int = 20,
        max_retries: int = 0,
        retry: RetryPolicy | None = None,
        pause: Callable[[], object] | None = None,
        store: Path | None = None,
        writer: EditWriter | None = None,
        command_limits: CommandLimits | None = None,
        keys: Collection[str] = (),
        endpoint: Endpoint = ENDPOINT,
        providers: ProviderRegistry | None = None,
        compaction: CompactionRules | None = None,
        fallbacks: Fallbacks | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = root
        self.bus = MessageBus()
        self.events = self.bus.subscribe()
        self.seen: list[AgentEvent] = []
        chosen = script if callable(script) else in_order(script)
        self.provider = ScriptedProvider(endpoint, chosen, pause or _no_pause)
        self.workspace = Workspace(root)
        self.store = SessionStore(store or root.parent / "sessions")
        self.place = Place(session=file.session if file else new_session_id())
        broker = ApprovalBroker()
        redact = Redactor(keys)
        self.clock = clock
        asker = Asker(broker=broker, sink=self.bus, interactive=interactive, clock=clock)
        runner = CommandRunner(PLAIN_ENVIRONMENT, command_limits)
        self.tools = self._tools(asker, runner, writer or EditWriter(), redact)
        self.session = AgentSession(
            place=self.place,
            root=root,
            sink=self.bus,
            providers=providers or FakeRegistry([self.provider]),
            tools=self.tools,
            broker=broker,
            attachments=Attachments(self.workspace, redact),
            journal=lambda warn: Journal(
                file or (lambda: self.store.create(self.place.session)), warn
            ),
            limits=TurnLimits(
                max_steps=max_steps,
                budget=budget or Budget(),
                watched=interactive,
                retry=retry or RetryPolicy(max_retries=max_retries, jitter=lambda: 0.0),
                compaction=compaction or CompactionRules(),
            ),
            past=past,
            fallbacks=fallbacks,
            now=lambda: datetime.datetime(2026, 1, 2, 14, 20, tzinfo=datetime.UTC),
        )
        if file is None:
            self.session.record(SessionOpened(directory=str(root), version="0"))

    def _tools(
        self, asker: Asker, runner: CommandRunner, writer: EditWriter, redact: Redactor
    ) -> ToolRunner:
        programs = Unconfined()

        def stop_reading() -> None:
            self.workspace.stop_walks()
            programs.stop()

        return ToolRunner(
            tools=default_tools(self.workspace, TextEditor(), programs),
            asker=asker,
            editing=Editing(workspace=self.workspace, writer=writer, asker=asker, sink=self.bus),
            commanding=Commanding(runner=runner, asker=asker, sink=self.bus, redact=redact),
            sink=self.bus,
            redact=redact,
            stop_reading=stop_reading,
            clock=self.clock,
        )

    def take(self) -> list[AgentEvent]:
        """Return what was published since the last call; `seen` keeps everything."""
        new = self.events.take()
        self.seen.extend(new)
        return new

    async def until(self, kind: type) -> AgentEvent:
        """Wait for the next event of a kind."""
        while True:
            for event in self.take():
                if isinstance(event, kind):
                    return event
            await self.events.wait()

    @property
    def sent(self):
        """The requests the provider received."""
        return self.provider.requests


async def _no_pause() -> None:
    """What stands before each word of the model unless a test wants something there."""


def call(name: str, arguments: str, number: int = 1) -> ToolCall:
    """A complete tool call."""
    return ToolCall(id=f"call_{number}", name=name, arguments=arguments)


def says(text: str, **fields: Any) -> Reply:
    """An answer in words."""
    return Reply(parts=(TextPart(text=text),), **fields)


def notices(engine: Engine) -> list[str]:
    """All remarks so far."""
    engine.take()
    return [event.text for event in engine.seen if isinstance(event, NoticeShown)]


def last_turn(engine: Engine) -> TurnFinished:
    """How the last turn ended."""
    engine.take()
    return [event for event in engine.seen if isinstance(event, TurnFinished)][-1]


def results(engine: Engine) -> list[ToolResultMessage]:
    """What the tools gave."""
    return [each for each in engine.session.messages if isinstance(each, ToolResultMessage)]


def trace(events: Iterable[AgentEvent]) -> list[str]:
    """Write events as short lines: type, then every plain field but place and durations. Estimates
    are left out: they say how long the program's own prompt is.
    """
    return [_line(event) for event in events if not isinstance(event, ContextEstimated)]


def _line(event: AgentEvent) -> str:
    skipped = {"type", "place", "duration_ms", "first_token_ms", "arguments", "output", "directory"}
    fields = [
        f"{field.name}={getattr(event, field.name)}"
        for field in dataclasses.fields(event)
        if field.name not in skipped
        and isinstance(getattr(event, field.name), str | int | bool)
        and getattr(event, field.name) not in ("", 0, False)
    ]
    return " ".join([event.type, *fields])
