"""What the front end is handed: sessions to show and a memory of the user's choices.

The front end knows neither files nor configuration; the composition root implements these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from codex_tui.agent.session import AgentSession
    from codex_tui.protocol.ids import SessionId
    from codex_tui.protocol.models import Effort, ModelRef
    from codex_tui.protocol.sessions import SessionSummary
    from codex_tui.ui.bridge import Subscription
    from codex_tui.ui.widgets.facts import Fact


class KeptSessions(Protocol):
    """The sessions on the disk. Methods read or change files and belong in a thread; they raise
    `SessionError`.
    """

    def summaries(self) -> Iterator[SessionSummary]:
        """Return all sessions, the one changed last first, lazily."""
        ...

    def is_here(self, summary: SessionSummary) -> bool:
        """Say whether a session began in this workspace."""
        ...

    def preview(self, session: SessionId) -> str:
        """Return the last words said in a session."""
        ...

    def find(self, prefix: str) -> SessionId:
        """Return the session whose id is `prefix` or alone begins with it."""
        ...

    def rename(self, session: SessionId, title: str) -> str:
        """Give a session that is not open a title; returns what it is called from here on."""
        ...

    def delete(self, session: SessionId) -> None:
        """Remove a session that is not open, for good."""
        ...


class Workbench(Protocol):
    """Makes sessions. All of them report to one place; `start` announces the newest."""

    demo_prompt: str

    @property
    def kept(self) -> KeptSessions:
        """The sessions on the disk."""
        ...

    async def resume_session(self, session: SessionId) -> AgentSession:
        """Go on with a kept session, or with a copy of one that is open elsewhere; raises
        `SessionError`.
        """
        ...

    def subscribe(self) -> Subscription:
        """Open a queue of everything that is reported from now on."""
        ...

    def place_name(self, root: Path) -> str:
        """Return a folder's path as people write it, the home folder as `~`."""
        ...

    def open_session(self) -> AgentSession:
        """Open the session the program was started for: new, or going on from a file."""
        ...

    def new_session(self) -> AgentSession:
        """Open a new session in the workspace; the model in use is chosen again."""
        ...

    def demo_session(self) -> AgentSession:
        """Open a session on a fresh scratch copy of the sample project, with the script."""
        ...

    def describe(self, session: AgentSession) -> Sequence[Fact]:
        """Return what only the program's root knows of a session, as label and words; no secret."""
        ...

    def start(self, session: AgentSession) -> None:
        """Announce a session with its model and its notices."""
        ...

    async def log_in(self, provider: str, key: str) -> str:
        """Check a key with its provider and keep it for this start and later ones; say in words
        what was done.

        Raises `ProviderError` when the provider refuses the key and `ConfigError` when it cannot be
        kept.
        """
        ...


class Memory(Protocol):
    """What is remembered of the user from one start to the next; never raises."""

    @property
    def recent_models(self) -> Sequence[ModelRef]:
        """Models by last use, newest first."""
        ...

    @property
    def favourite_models(self) -> Sequence[ModelRef]:
        """Models marked by the user."""
        ...

    @property
    def prompts(self) -> Sequence[str]:
        """Earlier prompts, newest last."""
        ...

    @property
    def notices(self) -> Sequence[str]:
        """What was wrong with the prompts, once they were read."""
        ...

    def remember_model(self, ref: ModelRef, effort: Effort | None) -> None:
        """Note a choice."""
        ...

    def toggle_favourite(self, ref: ModelRef) -> None:
        """Mark or unmark a model."""
        ...

    def remember_prompt(self, text: str) -> None:
        """Note a prompt."""
        ...

    def take_draft(self) -> str:
        """Return words that were not sent, by a program that runs no more."""
        ...

    def keep_draft(self, text: str) -> None:
        """Keep what is being written, blank once it was sent; may be called from a thread."""
        ...

    def leave_draft(self, text: str) -> None:
        """Leave words that were not sent to the next start; nothing is kept after that."""
        ...
