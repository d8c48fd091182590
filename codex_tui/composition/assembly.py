"""Puts the program together: settings to endpoints, services to a session, choices to the disk.

This is the composition root: but for the commands, only it knows every layer. Nothing here decides
how things behave; it decides who is handed to whom.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from codex_tui import __version__
from codex_tui.agent.context import git_branch
from codex_tui.agent.past import Past
from codex_tui.agent.recovery.cool_downs import CoolDowns
from codex_tui.agent.spending.estimate import Estimator
from codex_tui.bus import MessageBus, Subscription
from codex_tui.composition.accounts import Accounts
from codex_tui.composition.demo import PROMPT, sample_project
from codex_tui.composition.endpoints import endpoints
from codex_tui.composition.first_model import DEMO_REF, first_model
from codex_tui.composition.keeping import KeptSessions
from codex_tui.composition.model_profiles import profiles
from codex_tui.composition.reporting import SessionFacts
from codex_tui.composition.session_maker import SessionMaker
from codex_tui.config import environment
from codex_tui.config.command_environment import command_environment
from codex_tui.config.credentials import Credentials
from codex_tui.config.estimates import KeptFactors
from codex_tui.config.kept_texts import KeptTexts
from codex_tui.config.key_command import KeyCommands
from codex_tui.config.layers import FLAG_ORIGIN
from codex_tui.config.logs import set_up_logging
from codex_tui.config.redaction import Redactor
from codex_tui.config.state import StateFile
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.events import NoticeShown
from codex_tui.protocol.ids import Place, new_session_id
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.kept_lessons import KeptLessons
from codex_tui.providers.local.host import LocalHost
from codex_tui.providers.local.models import PROVIDER as LOCAL_PROVIDER
from codex_tui.providers.local.weights import WeightsStore
from codex_tui.providers.registry import ProviderRegistry
from codex_tui.providers.served import ServedLists
from codex_tui.sandbox.commands import CommandRunner
from codex_tui.sandbox.helper_server import start_helper
from codex_tui.sandbox.unconfined import Unconfined
from codex_tui.sessions.records import SessionOpened
from codex_tui.sessions.usage_index import UsageIndex

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.agent.session import AgentSession
    from codex_tui.composition.keeping import OpenedSession
    from codex_tui.config.settings import Loaded
    from codex_tui.protocol.ids import SessionId


class Assembly:
    """The running program's parts, shared by all its sessions; implements the UI's `Workbench`.

    Whoever makes one calls `aclose` at the end: it ends connections and removes scratch folders.
    """

    demo_prompt = PROMPT

    def __init__(self, loaded: Loaded, root: Path, *, interactive: bool) -> None:
        credentials = Credentials(loaded.paths)
        log_notice = set_up_logging(loaded.paths, credentials.known_secrets)
        self.bus = MessageBus()
        self.state = StateFile(loaded.paths)
        self.kept = KeptSessions(loaded.paths.sessions_dir, root)
        self._settings = loaded.settings
        self._paths = loaded.paths
        self._root = root
        self._flags = {key for key, place in loaded.sources.items() if place == FLAG_ORIGIN}
        self._facts = SessionFacts(loaded, credentials)
        self._notices = [*loaded.notices, *credentials.notices(), *self.state.notices]
        self._notices += [log_notice] if log_notice else []
        self._programs, self._key_programs = Unconfined(), Unconfined()
        fetching = KeyCommands(self._key_programs, environment.current())
        self._accounts = Accounts(loaded.settings, credentials, fetching)
        self._registry = _registry(loaded, credentials, self._accounts)
        self._factors = KeptFactors(loaded.paths)
        self._estimator = Estimator(self._factors.read())
        passed_on = command_environment(credentials.known_secrets, self._accounts.key_variables())
        self._commands = CommandRunner(passed_on)
        self._sessions = self._session_maker(Redactor(credentials.keys), interactive=interactive)
        self._scratch = ExitStack()
        self._open: Callable[[], AgentSession] = self.new_session

    def _session_maker(self, redact: Redactor, *, interactive: bool) -> SessionMaker:
        return SessionMaker(
            bus=self.bus,
            registry=self._registry,
            commands=self._commands,
            programs=self._programs,
            redact=redact,
            settings=self._settings,
            rests=CoolDowns(),
            own_folders=self._paths.own_folders,
            interactive=interactive,
            estimator=self._estimator,
        )

    def subscribe(self) -> Subscription:
        """Open a queue of everything that is reported from now on."""
        return self.bus.subscribe()

    # -- sessions -----------------------------------------------------------------------------

    def go_on_with(self, session: str | None) -> None:
        """Make `open_session` go on with a stored session: by id or its beginning, or the last
        one of this workspace when None. Raises `SessionError`.
        """
        found = self.kept.find(session) if session else self.kept.latest()
        opened = self.kept.open(found)
        self._open = lambda: self._go_on(opened)

    async def resume_session(self, session: SessionId) -> AgentSession:
        """Go on with a stored session; raises `SessionError`."""
        return self._go_on(await asyncio.to_thread(self.kept.open, session))

    def _go_on(self, opened: OpenedSession) -> AgentSession:
        self._notices.extend(opened.notices)
        place, past = Place(session=opened.file.session), self._with_flags(opened.past)
        return self._sessions.make(self._root, opened.file, place, past)

    def _with_flags(self, past: Past) -> Past:
        """Let the command line win over what a stored session chose; settings files do not."""
        if "model" in self._flags:
            past = replace(past, model=None, effort=None)
        elif "effort" in self._flags:
            past = replace(past, effort=self._settings.effort)
        if "approval_mode" in self._flags:
            past = replace(past, mode=None)
        if self._flags & {"budget_usd", "budget_tokens"}:
            past = replace(past, budget=None)
        return past

    def open_session(self) -> AgentSession:
        """Open what the program was started for; later calls open new sessions."""
        opening, self._open = self._open, self.new_session
        return opening()

    def new_session(self) -> AgentSession:
        """Open a new session in the workspace."""
        return self._new(self._root)

    def demo_session(self) -> AgentSession:
        """Open a new session in a fresh scratch copy of the sample project. It is kept beside that
        and goes with it: nobody could go on with it elsewhere.
        """
        return self._new(self._scratch.enter_context(sample_project()), DEMO_REF)

    def _kept_of(self, root: Path) -> KeptSessions:
        """Return where the sessions in a folder are kept."""
        return self.kept if root == self._root else KeptSessions(root.parent / "sessions", root)

    def _new(self, root: Path, model: ModelRef | None = None) -> AgentSession:
        place = Place(session=new_session_id())
        session = self._sessions.make(
            root, lambda: self._kept_of(root).create(place.session), place, Past(model=model)
        )
        branch = git_branch(root) or ""
        session.record(SessionOpened(directory=str(root), version=__version__, branch=branch))
        return session

    def describe(self, session: AgentSession) -> tuple[tuple[str, str], ...]:
        """Return facts about a session as label and words: version, provider and its key's source,
        files in use.
        """
        model = session.model
        endpoint = None if model is None else self._registry.endpoint(model.ref.provider)
        file = self._kept_of(session.root).path(session.place.session)
        return self._facts.about(endpoint, file)

    def start(self, session: AgentSession) -> None:
        """Announce a session, choose its model, show what is worth knowing at the start."""
        session.start(self._settings.approval_mode)
        self._choose_model(session)
        for text in self._notices:
            self.bus.publish(NoticeShown(place=session.place, level="warning", text=text))
        self._notices.clear()

    def _choose_model(self, session: AgentSession) -> None:
        """Choose what the session spoke to last, unless its provider is configured no more."""
        if session.past_model is not None:
            try:
                session.select_model(*session.past_model)
            except ConfigError as error:
                self._notices.append(str(error))
            else:
                return
        asked = self._settings.effort if "effort" in self._flags else None
        first = first_model(self._settings, self.state.state, self._registry, asked)
        if first is not None:
            session.select_model(*first)

    async def log_in(self, provider: str, key: str, *, in_file: bool = False) -> str:
        """Check a key with its provider, keep it and put it to use; say in words what was done.

        Raises `ConfigError` and, when the provider refuses the key, `ProviderError`.
        """
        return await self._accounts.log_in(self._registry, provider, key, in_file=in_file)

    async def log_out(self, provider: str) -> str:
        """Forget a kept key; say in words what was done. Raises `ConfigError`."""
        return await self._accounts.log_out(self._registry, provider)

    def place_name(self, root: Path) -> str:
        """Return a folder's path as people write it, the home folder as `~`."""
        home = Path.home()
        if root == home:
            return "~"
        return f"~/{root.relative_to(home)}" if root.is_relative_to(home) else str(root)

    def usage_index(self, err: TextIO) -> UsageIndex:
        """Return what all sessions used; a terminal at `err` is told when that takes a moment."""

        def tell(count: int) -> None:
            if err.isatty():
                err.write(f"Reading {count:,} sessions…\n")

        return UsageIndex(self._paths.sessions_dir, KeptTexts(self._paths.cache), busy=tell)

    @property
    def providers(self) -> ProviderRegistry:
        """The providers and what is known of their models."""
        return self._registry

    async def aclose(self) -> None:
        """Stop helper programs, close the connections and remove the scratch folders."""
        self._factors.keep(self._estimator.learned)
        self._programs.stop()
        self._accounts.close()
        self._key_programs.stop()
        self._commands.close()
        await self._registry.aclose()
        self._scratch.close()


def _registry(loaded: Loaded, credentials: Credentials, accounts: Accounts) -> ProviderRegistry:
    """Return the providers; raises `ConfigError` where the settings' model is of none of them."""
    registry = ProviderRegistry(
        endpoints(loaded.settings, credentials),
        named=loaded.settings.providers,
        fetch_key=accounts.fetch_key,
        served=ServedLists(KeptTexts(loaded.paths.models_dir)),
        local=_local_host(loaded),
        profiles=profiles(loaded),
        lessons=KeptLessons(KeptTexts(loaded.paths.lessons_dir)),
    )
    if loaded.settings.model is not None:
        registry.endpoint(ModelRef.parse(loaded.settings.model).provider)
    return registry


def _local_host(loaded: Loaded) -> LocalHost:
    """Say what the local model may use of this machine."""
    given = loaded.settings.providers.get(LOCAL_PROVIDER)
    own_file = given.model_file if given is not None else None
    weights = WeightsStore(
        loaded.paths.weights_dir, own_file=None if own_file is None else Path(own_file)
    )
    return LocalHost(launch=start_helper, weights=weights, log=loaded.paths.local_log_file)
