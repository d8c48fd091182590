"""Puts the program together: settings to endpoints, services to a session, choices to the disk.

With `cli` this is the composition root, the only place that knows every layer. Nothing here decides
how things behave; it decides who is handed to whom.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from codex_tui import __version__
from codex_tui.agent.asking import Asker
from codex_tui.agent.commanding import Commanding
from codex_tui.agent.editing import Editing
from codex_tui.agent.journal import Journal
from codex_tui.agent.loop import TurnLimits
from codex_tui.agent.resume import past_of
from codex_tui.agent.retry import RetryPolicy
from codex_tui.agent.session import AgentSession, Past
from codex_tui.agent.tool_runner import ToolRunner
from codex_tui.approvals.broker import ApprovalBroker
from codex_tui.bus import MessageBus, Subscription
from codex_tui.config.command_environment import command_environment
from codex_tui.config.credentials import Credentials
from codex_tui.config.layers import FLAG_ORIGIN
from codex_tui.config.logs import set_up_logging
from codex_tui.config.state import StateFile
from codex_tui.demo import PROMPT, sample_project
from codex_tui.edits.diff import apply_decisions
from codex_tui.edits.engine import TextEditor
from codex_tui.edits.transaction import write_changes
from codex_tui.protocol.errors import ConfigError, ProviderError, ProviderErrorKind, SessionError
from codex_tui.protocol.events import NoticeShown
from codex_tui.protocol.ids import Place, new_session_id
from codex_tui.protocol.models import ModelRef
from codex_tui.providers import catalog
from codex_tui.providers.base import Endpoint
from codex_tui.providers.openai_chat.compat import with_compat
from codex_tui.providers.registry import ProviderRegistry, built_in_endpoints
from codex_tui.sandbox.commands import CommandRunner
from codex_tui.sandbox.unconfined import Unconfined
from codex_tui.sessions.records import SessionOpened
from codex_tui.sessions.store import SessionBusyError, SessionStore
from codex_tui.tools.registry import default_tools
from codex_tui.tools.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from codex_tui.config.settings import Loaded
    from codex_tui.protocol.approvals import HunkDecision
    from codex_tui.protocol.changes import FileChange
    from codex_tui.protocol.models import Effort, ModelInfo, ProviderStatus
    from codex_tui.sessions.store import SessionFile

log = logging.getLogger(__name__)

DEMO_REF = ModelRef("demo", "walkthrough")


class EditWriter:
    """The edit engine's writing half, as the tool runner takes it."""

    def remaining(
        self, change: FileChange, decisions: Mapping[str, HunkDecision]
    ) -> FileChange | None:
        """Leave the refused hunks out; see `edits.diff.apply_decisions`."""
        return apply_decisions(change, decisions)

    def write(self, root: Path, changes: Sequence[FileChange]) -> None:
        """Write all or nothing; see `edits.transaction.write_changes`."""
        write_changes(root, changes)


def endpoints(loaded: Loaded, credentials: Credentials) -> tuple[Endpoint, ...]:
    """Turn the configured providers into endpoints with their keys; raises `ConfigError`."""
    configured = loaded.settings.providers
    built_in = {endpoint.name: endpoint for endpoint in built_in_endpoints()}
    names = [*built_in, *(name for name in configured if name not in built_in)]
    return tuple(_endpoint(name, built_in.get(name), loaded, credentials) for name in names)


def _endpoint(
    name: str, base: Endpoint | None, loaded: Loaded, credentials: Credentials
) -> Endpoint:
    given = loaded.settings.providers.get(name)
    if given:
        credentials.known_secrets.update(given.headers.values())
    api = (given and given.api) or (base.api if base else "")
    key_env = given.api_key_env if given else None
    base_url = given.base_url if given else None
    needs_key = base.needs_key if base else True
    if given and given.needs_key is not None:
        needs_key = given.needs_key
    key, key_hint = None, ""
    if needs_key or key_env:
        key_hint = credentials.key_hint(name, api=api, api_key_env=key_env, base_url=base_url)
        try:
            key = credentials.key_for(name, api=api, api_key_env=key_env, base_url=base_url)
        except ConfigError as error:  # one provider's bad key must not stop the others
            key_hint = str(error)
    plain = base or Endpoint(name=name, api=api, base_url="")
    endpoint = Endpoint(
        name=name,
        api=api,
        base_url=base_url or plain.base_url,
        title=(given and given.title) or plain.title,
        api_key=key,
        needs_key=needs_key,
        key_hint=key_hint,
        headers=given.headers if given else {},
        timeout_s=(given and given.timeout_s) or plain.timeout_s,
        models=given.models if given else (),
    )
    if given and given.compat:
        return with_compat(endpoint, cast("Mapping[str, str | bool]", given.compat))
    return endpoint


class Assembly:
    """The running program's parts, shared by all its sessions; implements the UI's `Workbench`.

    Whoever makes one calls `aclose` at the end: it ends connections and removes scratch folders.
    """

    demo_prompt = PROMPT

    def __init__(self, loaded: Loaded, root: Path, *, interactive: bool) -> None:
        credentials = self._credentials = Credentials(loaded.paths)
        log_notice = set_up_logging(loaded.paths, credentials.known_secrets)
        self.bus = MessageBus()
        self.state = StateFile(loaded.paths)
        self._settings = loaded.settings
        self._flags = {key for key, place in loaded.sources.items() if place == FLAG_ORIGIN}
        self._own_folders = (loaded.paths.config, loaded.paths.state, loaded.paths.cache)
        self._root = root
        self._interactive = interactive
        self._registry = ProviderRegistry(
            endpoints(loaded, credentials), named=loaded.settings.providers
        )
        self._store = SessionStore(loaded.paths.sessions_dir)
        self._programs = Unconfined()
        configured = (each.api_key_env for each in loaded.settings.providers.values())
        self._commands = CommandRunner(
            command_environment(
                credentials.known_secrets, {name for name in configured if name is not None}
            )
        )
        self._scratch = ExitStack()
        self._open: Callable[[], AgentSession] = self.new_session
        self._notices = [
            *loaded.notices,
            *credentials.notices(),
            *self.state.notices,
            *([log_notice] if log_notice else []),
        ]
        if loaded.settings.model is not None:
            self._registry.endpoint(ModelRef.parse(loaded.settings.model).provider)

    def subscribe(self) -> Subscription:
        """Open a queue of everything that is reported from now on."""
        return self.bus.subscribe()

    # -- sessions -----------------------------------------------------------------------------

    def go_on_with(self, session: str | None) -> None:
        """Make `open_session` go on with a stored session: by id or its beginning, or the last
        one of this workspace when None. Raises `SessionError`.
        """
        found = self._store.find(session) if session else self._store.latest(str(self._root))
        if found is None:
            raise SessionError(
                f"There is no earlier session in {self._root}.",
                hint="Start one with codex-tui; it is kept as it goes.",
            )
        try:
            file = self._store.open(found)
        except SessionBusyError:
            file = self._store.fork(found, new_session_id())
            self._notices.append(f"Session {found} is open elsewhere; this is a copy of it.")
        if file.past.skipped:
            self._notices.append(f"{file.past.skipped} damaged lines of {file.path} were skipped.")
        past = self._with_flags(past_of(stored.record for stored in file.past.records))
        self._open = lambda: self._session(
            self._root, lambda: file, Place(session=file.session), past
        )

    def _with_flags(self, past: Past) -> Past:
        """Let the command line win over what a stored session chose; settings files do not."""
        if "model" in self._flags:
            past = replace(past, model=None, effort=None)
        elif "effort" in self._flags:
            past = replace(past, effort=self._settings.effort)
        if "approval_mode" in self._flags:
            past = replace(past, mode=None)
        return past

    def open_session(self) -> AgentSession:
        """Open what the program was started for; later calls open new sessions."""
        opening, self._open = self._open, self.new_session
        return opening()

    def new_session(self) -> AgentSession:
        """Open a new session in the workspace."""
        return self._new(self._root)

    def demo_session(self) -> AgentSession:
        """Open a new session in a fresh scratch copy of the sample project."""
        return self._new(self._scratch.enter_context(sample_project()), DEMO_REF)

    def _new(self, root: Path, model: ModelRef | None = None) -> AgentSession:
        place = Place(session=new_session_id())
        session = self._session(
            root, lambda: self._store.create(place.session), place, Past(model=model)
        )
        session.record(SessionOpened(directory=str(root), version=__version__))
        return session

    def _session(
        self, root: Path, open_file: Callable[[], SessionFile], place: Place, past: Past
    ) -> AgentSession:
        workspace = Workspace(root, self._own_folders)
        broker = ApprovalBroker()
        asker = Asker(broker=broker, sink=self.bus, interactive=self._interactive)

        def stop_reading() -> None:
            workspace.stop_walks()
            self._programs.stop()

        tools = ToolRunner(
            tools=default_tools(workspace, TextEditor(), self._programs),
            asker=asker,
            editing=Editing(workspace=workspace, writer=EditWriter(), asker=asker, sink=self.bus),
            commanding=Commanding(runner=self._commands, asker=asker, sink=self.bus),
            sink=self.bus,
            stop_reading=stop_reading,
        )
        return AgentSession(
            place=place,
            root=root,
            sink=self.bus,
            providers=self._registry,
            tools=tools,
            broker=broker,
            journal=lambda warn: Journal(open_file, warn),
            limits=TurnLimits(
                max_steps=self._settings.max_steps,
                retry=RetryPolicy(max_retries=self._settings.max_retries),
            ),
            past=past,
        )

    def start(self, session: AgentSession) -> None:
        """Announce a session, choose its model, show what is worth knowing at the start."""
        session.start(self._settings.approval_mode)
        chosen = session.past_model or self._first_model()
        if chosen is not None:
            session.select_model(*chosen)
        for text in self._notices:
            self.bus.publish(NoticeShown(place=session.place, level="warning", text=text))
        self._notices.clear()

    def _first_model(self) -> tuple[ModelRef, Effort | None] | None:
        """What was asked for, else what was used last, else a ready vendor's suggestion."""
        settings, remembered = self._settings, self.state.state
        if settings.model is not None:
            return ModelRef.parse(settings.model), settings.effort
        ready = {status.name for status in self._registry.statuses() if status.ready}
        if remembered.model is not None and remembered.model.provider in ready:
            return remembered.model, settings.effort or remembered.effort
        preferred = (settings.default_provider, "anthropic", "openai", *self._registry.names())
        for name in preferred:
            if name in ready and name != DEMO_REF.provider:
                ref = self._default_model(name)
                if ref is not None:
                    return ref, settings.effort
        return None

    def _default_model(self, provider: str) -> ModelRef | None:
        endpoint = self._registry.endpoint(provider)
        if endpoint.models:
            return ModelRef(provider, endpoint.models[0])
        own = {built_in.name for built_in in built_in_endpoints()}
        return catalog.default_model(endpoint) if provider in own else None

    async def log_in(self, provider: str, key: str) -> str:
        """Check a key with its provider and keep it; say in words what was done.

        Raises `ConfigError` and, when the provider refuses the key, `ProviderError`.
        """
        endpoint = self._registry.endpoint(provider)
        remark = ""
        checking = ProviderRegistry([replace(endpoint, api_key=key.strip(), needs_key=True)])
        try:
            await (await checking.open(provider)).list_models()
        except ProviderError as error:
            if error.kind is ProviderErrorKind.AUTHENTICATION:
                raise
            remark = f" It could not be checked: {error.message}"
        finally:
            await checking.aclose()
        self._credentials.store(provider, key)
        return f"The key for {provider} is kept.{remark}"

    def log_out(self, provider: str) -> str:
        """Forget a kept key; say in words what was done."""
        forgotten = self._credentials.forget(provider)
        return (
            f"The key for {provider} is forgotten."
            if forgotten
            else f"No key was kept for {provider}."
        )

    def place_name(self, root: Path) -> str:
        """Return a folder's path as people write it, the home folder as `~`."""
        home = Path.home()
        if root == home:
            return "~"
        return f"~/{root.relative_to(home)}" if root.is_relative_to(home) else str(root)

    def list_models(self) -> tuple[ModelInfo, ...]:
        """Every model that is known without asking a server."""
        return self._registry.models()

    def provider_statuses(self) -> tuple[ProviderStatus, ...]:
        """The configured providers and whether they can be used."""
        return self._registry.statuses()

    async def aclose(self) -> None:
        """Stop helper programs, close the connections and remove the scratch folders."""
        self._programs.stop()
        self._commands.close()
        await self._registry.aclose()
        self._scratch.close()
