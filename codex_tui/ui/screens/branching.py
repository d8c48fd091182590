"""What was said before on the main screen: of a resumed session, of a branch, of a turn to be run
again; and the word that lets another model take over.

A past is shown in slices, so that keys are read between them.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual import work
from textual.actions import SkipAction

from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.figures import UNKNOWN, format_age
from codex_tui.ui.key_table import key_scopes
from codex_tui.ui.model_choice import is_demo, is_usable
from codex_tui.ui.replay import Replay
from codex_tui.ui.screens.compaction import CompactingScreen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_tui.agent.session import AgentSession
    from codex_tui.protocol.branches import BranchSummary
    from codex_tui.protocol.fail_over_events import FailOverOffered
    from codex_tui.protocol.models import ModelRef
    from codex_tui.ui.workbench import Memory, Workbench

REPLAY_SLICE_S = 0.008
_WORDS = 30
"""So much of what was asked names a turn."""


class BranchingScreen(CompactingScreen):
    """A session's screen that shows its past and goes from branch to branch."""

    def __init__(self, workbench: Workbench, memory: Memory, session: AgentSession) -> None:
        super().__init__(workbench, memory, session)
        self._past: Iterator[None] = iter(())
        self._offered_to = ""

    # -- the past -----------------------------------------------------------------------------

    def show_branch(self) -> None:
        """Show the branch the session goes on with, and nothing of the one it left."""
        self.chat.clear()
        self.show_plan(self._session.plan)
        self.prepare_past()

    def prepare_past(self) -> bool:
        """Have `catch_up` show what was said before; False when there is nothing."""
        session = self._session
        replay = Replay(chat=self.chat, title_of=session.title_of, past=session.past)
        said = session.past.messages
        self._past = replay.steps(said) if said else iter(())
        return bool(said)

    async def catch_up(self) -> None:
        """Show the past in slices, so that keys are read between them."""
        until = time.monotonic() + REPLAY_SLICE_S
        for _ in self._past:
            if time.monotonic() > until:
                await asyncio.sleep(0)
                until = time.monotonic() + REPLAY_SLICE_S

    # -- commands (Host) ----------------------------------------------------------------------

    def retry_turn(self, ref: ModelRef | None) -> None:
        """Run the last turn again, on another branch; raises `ConfigError`."""
        self._session.branching.may_retry(ref)
        if ref is not None and is_demo(self._session, ref.provider) != is_demo(self._session):
            raise ConfigError(
                "A conversation cannot go over to the demonstration, or away from it.",
                hint="Choose another model for /retry.",
            )
        if ref is None and not is_usable(self._session):
            self.open_picker()
            return
        self.chat.follow_end()
        self._retry(ref)

    @work(group="turn")
    async def _retry(self, ref: ModelRef | None) -> None:
        session = self._session
        if ref is not None:
            self._memory.remember_model(ref, session.effort)
        await session.retry(ref)

    def list_branches(self) -> None:
        """Show the branches in the chat."""
        now = datetime.now(UTC)
        branches = self._session.branching.summaries()
        self.chat.add_facts([_fact(each, now) for each in branches])
        if len(branches) == 1:
            self._session.notify("There is one branch. /retry runs the last turn again on another.")
        else:
            self._session.notify("/branches and a number goes to one.")

    def choose_branch(self, number: int) -> None:
        """Go on with another branch; raises `ConfigError`."""
        self._session.branching.choose(number)

    # -- fail-over ----------------------------------------------------------------------------

    def show_offer(self, offer: FailOverOffered) -> None:
        """Say which model could take over, once a turn unless everything waits for the answer."""
        key = "/".join(key_scopes(self.BINDINGS, self.application)[0].keys["app.fallback"])
        if offer.waits:
            self.chat.add_notice(
                "warning",
                f"{offer.reason} {offer.to} can take over: {key} goes on with it, Ctrl+L chooses "
                "another model, Esc stops the turn.",
            )
        elif offer.to != self._offered_to:
            self.chat.add_notice("info", f"{key} goes on with {offer.to} at once.")
        self._offered_to = offer.to
        self.chat.asking = offer.waits
        self.set_offering(offering=True)

    def end_offer(self, *, turn_over: bool = False) -> None:
        """The call is made again, or the turn is over."""
        if turn_over:
            self._offered_to = ""
        if self.offering:
            self.chat.asking = self.approval.active
            self.set_offering(offering=False)

    def action_take_fallback(self) -> None:
        """Have the model that is offered take over."""
        if not self._session.take_fallback():
            raise SkipAction


def _fact(branch: BranchSummary, now: datetime) -> tuple[str, str]:
    age = "" if branch.at is None else format_age((now - branch.at).total_seconds())
    outcome = branch.outcome if branch.outcome not in {None, "done"} else ""
    words = (
        f"turn {branch.turns}" if branch.turns else "no turn yet",
        branch.model or UNKNOWN,
        f"“{one_line(branch.words, _WORDS)}”" if branch.words else "",
        outcome or "",
        age,
    )
    mark = " (here)" if branch.current else ""
    return f"branch {branch.number}{mark}", " · ".join(filter(None, words))
