"""What the front end is handed: sessions to show and a memory of the user's choices.

The front end knows neither files nor configuration; the composition root implements these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codex_tui.agent.session import AgentSession
    from codex_tui.protocol.models import Effort, ModelRef
    from codex_tui.ui.bridge import Subscription


class Workbench(Protocol):
    """Makes sessions. All of them report to one place; `start` announces the newest."""

    demo_prompt: str

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

    def start(self, session: AgentSession) -> None:
        """Announce a session with its model and its notices."""
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
        """Return the words that were not sent last time, and forget them."""
        ...

    def keep_draft(self, text: str) -> None:
        """Keep words that were not sent."""
        ...
