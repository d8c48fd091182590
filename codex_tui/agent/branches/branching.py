"""Going to another branch of a session: a new one for a turn that is run again, or one that was
left.

Nothing is undone: what turns of other branches wrote stays on the disk. The user is told so, and
the model is told with the next words it reads. Running a turn is the session's business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from codex_tui.agent.branches.tree import Branches
from codex_tui.agent.history import CRASHED_RESULT
from codex_tui.agent.past import Past
from codex_tui.protocol.branch_events import BranchSelected
from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.events import NoticeShown
from codex_tui.protocol.ids import BranchId, Place, new_id
from codex_tui.sessions.branch_records import BranchChosen, BranchOpened
from codex_tui.sessions.records import MessageAdded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_tui.agent.branches.tree import Turn
    from codex_tui.agent.history import History
    from codex_tui.agent.journal import Journal
    from codex_tui.agent.session_models import SessionModels
    from codex_tui.bus import EventSink
    from codex_tui.protocol.branches import BranchSummary
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
    anybody else is.
    """

    def __init__(
        self,
        *,
        history: History,
        journal: Journal,
        models: SessionModels,
        sink: EventSink,
        place: Callable[[], Place],
        arrive: Callable[[Arrival], None],
        refuse_while_busy: Callable[[], None],
    ) -> None:
        self._history = history
        self._journal = journal
        self._models = models
        self._sink = sink
        self._place = place
        self._arrive = arrive
        self._refuse_while_busy = refuse_while_busy
        self._branches: Branches | None = None

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

    def open(self) -> UserMessage:
        """Go back before the last turn, on a branch of its own; return the words that began it.
        Raises `ConfigError`: there is none.
        """
        *shared, turn = self._turns()
        left = self._place()
        place = replace(left, branch=BranchId(new_id("branch")))
        self._journal.add(
            BranchOpened(parent=turn.branch, before=turn.turn, turns=len(shared)), place
        )
        files = turn.files
        self._go(place, aside=_aside_of_retry(files))
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

    def choose(self, number: int) -> None:
        """Go on with a branch; raises `ConfigError`: there is no such one, or a turn runs."""
        self._refuse_while_busy()
        branches, here = self._read(), self._place()
        if not 1 <= number <= len(branches.ids):
            raise ConfigError(
                f"There is no branch {number}.",
                hint="/branches lists them."
                if len(branches.ids) > 1
                else "There is one alone; /retry opens another.",
            )
        place = replace(here, branch=branches.ids[number - 1])
        if place == here:
            self._tell(here, f"Branch {number} is the one on the screen.")
            return
        self._journal.add(BranchChosen(), place)
        files = branches.files_beside(place.branch)
        self._go(place, aside=_aside_of_choice(files))
        self._announce(place, opened=False)
        self._tell(place, f"This is branch {number} of {len(branches.ids)}.")
        if files:
            self._warn(
                place, f"Files that other branches changed stay as they are: {_named(files)}."
            )

    # -- inside -------------------------------------------------------------------------------

    def _read(self) -> Branches:
        """Return the branches as they are; most of a long log was read before."""
        if self._branches is None:
            self._branches = Branches(self._journal.log)
        self._branches.read_on()
        return self._branches

    def _turns(self) -> tuple[Turn, ...]:
        """Return the turns of this branch; raises `ConfigError` when nothing was said on it."""
        turns = self._read().turns(self._place().branch)
        if not turns:
            raise ConfigError("There is no turn to run again yet.", hint="Say what to do first.")
        return turns

    def _go(self, place: Place, *, aside: str) -> None:
        """Make the branch of `place` the conversation. A call whose result was lost with a damaged
        line gets one, as it does when a session is resumed.
        """
        past = self._read().past(place.branch)
        self._history.become(past.messages, past.compactions)
        for result in self._history.missing_results(CRASHED_RESULT):
            self._history.append(result)
            self._journal.add(MessageAdded(message=result), place)
        past = replace(past, messages=self._history.messages)
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
