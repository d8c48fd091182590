"""What was said before on the main screen: of a resumed session, of a branch, of a turn to be run
again; and the word that lets another model take over.

A past is shown in slices, so that keys are read between them.
"""

from __future__ import annotations

import asyncio
import gc
import time
from datetime import datetime
from typing import TYPE_CHECKING

from textual import work
from textual.actions import SkipAction

from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.figures import UNKNOWN, format_age, plural
from codex_tui.ui.model_choice import is_demo, is_usable
from codex_tui.ui.replay import Replay
from codex_tui.ui.screens.compaction import CompactingScreen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_tui.agent.session import AgentSession
    from codex_tui.protocol.branches import BranchSummary
    from codex_tui.protocol.events import FailOverOffered
    from codex_tui.protocol.models import ModelRef
    from codex_tui.ui.widgets.facts import Fact
    from codex_tui.ui.workbench import Memory, Workbench

REPLAY_SLICE_S = 0.008
_WORDS = 60
"""So much of what was asked and of what was answered names a turn."""
_NEW_S = 60


class BranchingScreen(CompactingScreen):
    """A session's screen that shows its past and goes from branch to branch."""

    def __init__(self, workbench: Workbench, memory: Memory, session: AgentSession) -> None:
        super().__init__(workbench, memory, session)
        self._past: Iterator[None] = iter(())
        self._begun = False

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
        if not self._begun:
            # A long past stays; to look through it for garbage would take a pause. Only the first
            # is left out: what another one takes the place of is garbage itself.
            self._begun = True
            gc.freeze()

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
        now = datetime.now().astimezone()
        branches = self._session.branching.summaries()
        told_apart = len({each.words for each in branches}) > 1
        self.chat.add_facts([_fact(each, now, with_words=told_apart) for each in branches])
        if len(branches) == 1:
            self._session.notify("There is one branch. /retry runs the last turn again on another.")
        else:
            self._session.notify("/branches and a number goes to one.")

    def choose_branch(self, number: int) -> None:
        """Go on with another branch; raises `ConfigError`."""
        self._session.branching.may_choose(number)
        self._choose_branch(number)

    @work(group="turn")
    async def _choose_branch(self, number: int) -> None:
        await self._session.choose_branch(number)

    # -- fail-over ----------------------------------------------------------------------------

    def show_offer(self, offer: FailOverOffered) -> None:
        """Say which model could take over, at length when everything waits for the answer."""
        if offer.waits:
            accepts, models = self.key_of("app.fallback"), self.key_of("app.models")
            self.chat.tell_of_wait(
                f"{offer.reason} {offer.to} can take over: {accepts} goes on with it, {models} "
                "chooses another model, Esc stops the turn."
            )
        self.chat.asking = offer.waits
        self.set_offering(offer.to)

    def end_offer(self) -> None:
        """The call is made again, or the turn is over."""
        if self.offering:
            self.chat.asking = self.approval.active
            self.set_offering("")

    def action_take_fallback(self) -> None:
        """Have the model that is offered take over."""
        if not self._session.take_fallback():
            raise SkipAction


def _fact(branch: BranchSummary, now: datetime, *, with_words: bool) -> Fact:
    """Return a branch in words: two that asked the same of the same model differ in the answer."""
    turns = plural(branch.turns, "turn") if branch.turns else "no turn yet"
    outcome = branch.outcome if branch.outcome not in {None, "done"} else ""
    asked = f"“{one_line(branch.words, _WORDS)}”" if branch.words and with_words else ""
    answer = one_line(branch.answer, _WORDS) if branch.answer.strip() else ""
    words = (
        turns,
        branch.model or UNKNOWN,
        _time_words(branch.at, now),
        outcome or "",
        asked,
        answer,
    )
    mark = " (here)" if branch.current else ""
    return f"branch {branch.number}{mark}", " · ".join(filter(None, words))


def _time_words(at: datetime | None, now: datetime) -> str:
    """Return when that was: the time, of another day with its date; what is new has none yet."""
    if at is None:
        return ""
    age_s = (now - at).total_seconds()
    if age_s < _NEW_S:
        return format_age(age_s)
    there, here = at.astimezone(now.tzinfo), now
    day = "" if there.date() == here.date() else f"{there.day} {there:%b} "
    return f"{day}{there:%H:%M}"
