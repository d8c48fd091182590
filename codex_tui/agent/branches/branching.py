"""Going to another branch of a session: a new one for a turn that is run again, or one that was
left.

Nothing is undone: what turns of other branches wrote stays on the disk. The user is told so, and
the model is told with the next words it reads. Running a turn is the session's business.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from codex_tui.agent.branches.pasts import past_of_branch
from codex_tui.agent.branches.tree import Branches
from codex_tui.agent.history import CRASHED_RESULT, History
from codex_tui.agent.past import Past
from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.events import BranchSelected, NoticeShown
from codex_tui.protocol.ids import BranchId, Place, new_id
from codex_tui.sessions.branch_records import BranchChosen, BranchOpened
from codex_tui.sessions.records import MessageAdded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_tui.agent.branches.tree import Turn
    from codex_tui.agent.conversation import Conversation
    from codex_tui.agent.session_models import SessionModels
    from codex_tui.protocol.branches import BranchSummary
    from codex_tui.protocol.ids import TurnId
    from codex_tui.protocol.messages import UserMessage
    from codex_tui.protocol.models import ModelRef

MAX_NAMED: Final = 12
"""So many files are named; the rest are counted."""
_MAX_WORDS: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Where the session goes on. `aside` is what the model is told before the words it reads next,
    empty for nothing.
    """

    place: Place
    past: Past
    aside: str


class Branching:
    """The branches of one session. `place` is where it is; `arrive` is told where it goes on before
    anybody else is. `branches` are those of a session that was kept.

    A long past is read in a thread. Until it is there nothing changes, and giving up on it changes
    nothing; whoever waits sees to it that no turn begins meanwhile.
    """

    def __init__(
        self,
        conversation: Conversation,
        *,
        models: SessionModels,
        branches: Branches | None,
        arrive: Callable[[Arrival], None],
        refuse_while_busy: Callable[[], None],
    ) -> None:
        self._conversation = conversation
        self._history = conversation.history
        self._journal = conversation.journal
        self._sink = conversation.sink
        self._models = models
        self._arrive = arrive
        self._refuse_while_busy = refuse_while_busy
        self._branches = branches or Branches(conversation.journal.log)

    def summaries(self) -> tuple[BranchSummary, ...]:
        """Describe the branches, in the order they began; there is always one."""
        return self._read().summaries(self._place().branch)

    def may_retry(self, model: ModelRef | None = None) -> None:
        """Raise `ConfigError` when there is no turn to run again, no model to do it, or when one
        runs.
        """
        self._refuse_while_busy()
        if model is None:
            self._models.in_use()
        else:
            self._models.status(model.provider)
        self._turns()

    async def open(self) -> UserMessage:
        """Go back before the last turn, on a branch of its own; return the words that began it.
        Raises `ConfigError`: there is none.
        """
        *shared, turn = self._turns()
        past, history = await self._read_past(turn.branch, before=turn.turn)
        left = self._place()
        place = replace(left, branch=BranchId(new_id("branch")))
        self._journal.add(
            BranchOpened(parent=turn.branch, before=turn.turn, turns=len(shared)), place
        )
        files = turn.files
        self._go(place, past, history, aside=_aside_of_retry(files))
        number = self._announce(place, opened=True)
        self._tell(
            place,
            f"Branch {number}: the last turn again, with {self._models.in_use().ref}. "
            f"/branches lists them, /branches {self._number(left)} goes back.",
        )
        if files:
            self._warn(place, f"The files this turn changed stay as they are: {_named(files)}.")
        if turn.steered:
            said = ", ".join(f"“{one_line(text, _MAX_WORDS)}”" for text in turn.steered)
            self._tell(place, f"What you said while it ran is not said again: {said}.")
        return turn.words

    def may_choose(self, number: int) -> None:
        """Raise `ConfigError` when there is no such branch, or when a turn runs."""
        self._refuse_while_busy()
        count = len(self._read().ids)
        if not 1 <= number <= count:
            raise ConfigError(
                f"There is no branch {number}.",
                hint="/branches lists them."
                if count > 1
                else "There is one alone; /retry opens another.",
            )

    async def choose(self, number: int) -> None:
        """Go on with a branch that `may_choose` allows."""
        branches, here = self._read(), self._place()
        place = replace(here, branch=branches.ids[number - 1])
        if place == here:
            self._tell(here, f"Branch {number} is the one on the screen.")
            return
        past, history = await self._read_past(place.branch)
        self._journal.add(BranchChosen(), place)
        files = branches.files_beside(place.branch)
        self._go(place, past, history, aside=_aside_of_choice(files))
        self._announce(place, opened=False)
        self._tell(place, f"This is branch {number} of {len(branches.ids)}.")
        if files:
            self._warn(
                place, f"Files that other branches changed stay as they are: {_named(files)}."
            )

    # -- inside -------------------------------------------------------------------------------

    def _place(self) -> Place:
        return self._conversation.place

    def _read(self) -> Branches:
        """Return the branches as they are; most of a long log was read before."""
        self._branches.read_on(self._journal.log)
        return self._branches

    def _turns(self) -> tuple[Turn, ...]:
        """Return the turns of this branch; raises `ConfigError` when nothing was said on it."""
        turns = self._read().turns(self._place().branch)
        if not turns:
            raise ConfigError("There is no turn to run again yet.", hint="Say what to do first.")
        return turns

    async def _read_past(
        self, branch: BranchId, *, before: TurnId | None = None
    ) -> tuple[Past, History]:
        """Return what a branch holds, of its part before a turn if one is named."""
        branches = self._read()

        def read() -> tuple[Past, History]:
            past = past_of_branch(branches, branch, before=before)
            return past, History(past.messages, past.compactions)

        return await asyncio.to_thread(read)

    def _go(self, place: Place, past: Past, history: History, *, aside: str) -> None:
        """Make the branch of `place` the conversation. A call whose result was lost with a damaged
        line gets one, as it does when a session is resumed.
        """
        self._history.become(history)
        for result in self._history.missing_results(CRASHED_RESULT):
            self._history.append(result)
            self._journal.add(MessageAdded(message=result), place)
        past = replace(past, branch=place.branch, messages=self._history.messages)
        self._arrive(Arrival(place=place, past=past, aside=aside))

    def _announce(self, place: Place, *, opened: bool) -> int:
        number = self._number(place)
        self._sink.publish(BranchSelected(place=place, number=number, opened=opened))
        return number

    def _number(self, place: Place) -> int:
        return self._read().ids.index(place.branch) + 1

    def _tell(self, place: Place, text: str) -> None:
        self._sink.publish(NoticeShown(place=place, level="info", text=text))

    def _warn(self, place: Place, text: str) -> None:
        self._sink.publish(NoticeShown(place=place, level="warning", text=text))


def _aside_of_retry(files: Sequence[str]) -> str:
    if not files:
        return ""
    return (
        "The next request was worked on before, in an attempt that is no part of this conversation."
        f" The files it changed stay as they are: {_named(files)}. Read them before you change"
        " them."
    )


def _aside_of_choice(files: Sequence[str]) -> str:
    if not files:
        return ""
    return (
        "The user went on with another line of this conversation for a while and came back. Files "
        f"that were changed there stay as they are: {_named(files)}. Read them before you change "
        "them."
    )


def _named(files: Sequence[str]) -> str:
    more = len(files) - MAX_NAMED
    named = ", ".join(one_line(path, 200) for path in files[:MAX_NAMED])
    return f"{named} and {more} more" if more > 0 else named
