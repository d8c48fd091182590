"""A session's records as a tree of branches: which of them one branch holds, and what to call it.

Records that make up the conversation belong to one branch; all others (choices, figures, titles)
count wherever they stand, for money that was spent stays spent. A record of a branch whose opening
was lost with a damaged line is taken as one of the branch it was written on.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.branches import BranchSummary
from codex_tui.protocol.events import TurnOutcome
from codex_tui.protocol.ids import MAIN_BRANCH, BranchId, TurnId
from codex_tui.protocol.messages import AssistantMessage, UserMessage
from codex_tui.sessions.branch_records import BranchChosen, BranchOpened
from codex_tui.sessions.compaction_records import CompactionRecord
from codex_tui.sessions.records import (
    MessageAdded,
    ModelChosen,
    ToolApproved,
    ToolFinished,
    TurnClosed,
    TurnOpened,
)

if TYPE_CHECKING:
    from codex_tui.agent.noted import Noted
    from codex_tui.sessions.records import Record

_CONVERSATION: Final = (
    MessageAdded | ToolApproved | ToolFinished | TurnOpened | TurnClosed | CompactionRecord
)
"""The records that belong to a branch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A turn of any branch: the words that began it, those that were added while it ran, and the
    files it changed. `model` is `provider/model`, `answer` the last words it said.
    """

    turn: TurnId
    branch: BranchId
    words: UserMessage
    steered: tuple[str, ...]
    files: tuple[str, ...]
    model: str
    answer: str
    at: str
    outcome: TurnOutcome | None


@dataclass(slots=True, kw_only=True)
class _Read:
    """What is read of a turn so far; `start` is where its first record stands."""

    turn: TurnId
    branch: BranchId
    start: int
    at: str
    model: str
    words: list[UserMessage] = field(default_factory=list[UserMessage])
    files: dict[str, None] = field(default_factory=dict[str, None])
    answer: AssistantMessage | None = None
    outcome: TurnOutcome | None = None

    def whole(self) -> Turn:
        """Return it, once something was said in it."""
        return Turn(
            turn=self.turn,
            branch=self.branch,
            words=self.words[0],
            steered=tuple(each.text for each in self.words[1:]),
            files=tuple(self.files),
            model=self.model,
            answer=self.answer.text if self.answer else "",
            at=self.at,
            outcome=self.outcome,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fork:
    """A branch holds what `parent` held before the record at `cut`."""

    parent: BranchId
    cut: int


class Branches:
    """The branches of which a session's records, its `log`, tell. `last` is the one it went on with
    last. Where the log grows, `read_on` takes what is new in it.
    """

    def __init__(self, log: Sequence[Noted]) -> None:
        self.log = log
        self._owners: list[BranchId] = []
        self._forks: dict[BranchId, _Fork | None] = {MAIN_BRANCH: None}
        self._turns: dict[TurnId, _Read] = {}
        self._model = ""
        self.last = MAIN_BRANCH
        self.read_on(log)

    def read_on(self, log: Sequence[Noted]) -> None:
        """Take what stands in `log` behind the records that were read before."""
        self.log = log
        for position in range(len(self._owners), len(log)):
            self._take(position, log[position])

    @property
    def ids(self) -> tuple[BranchId, ...]:
        """The branches, in the order they began."""
        return tuple(self._forks)

    def line(self, branch: BranchId, *, before: TurnId | None = None) -> Iterator[Record]:
        """Yield the records that a branch holds, of its part `before` a turn if one is named, and
        those that count for all. Nothing of the log is changed: a thread may do it.
        """
        held = self._holds(branch, before)
        read = itertools.islice(self.log, len(self._owners))  # it may grow meanwhile
        return (
            noted.record
            for position, noted in enumerate(read)
            if not isinstance(noted.record, _CONVERSATION) or held(position)
        )

    def turns(self, branch: BranchId) -> tuple[Turn, ...]:
        """Return the turns of a branch in which the user said something."""
        return tuple(each.whole() for each in self._said_on(branch))

    def files_beside(self, branch: BranchId) -> tuple[str, ...]:
        """Return the files that were changed by turns which a branch does not hold."""
        held = self._holds(branch)
        turns = (each for each in self._turns.values() if not held(each.start))
        return tuple(dict.fromkeys(path for turn in turns for path in turn.files))

    def summaries(self, current: BranchId) -> tuple[BranchSummary, ...]:
        """Describe every branch."""
        return tuple(
            self._summary(branch, number, current=branch == current)
            for number, branch in enumerate(self._forks, start=1)
        )

    # -- inside -------------------------------------------------------------------------------

    def _take(self, position: int, noted: Noted) -> None:
        branch, record = noted.place.branch, noted.record
        match record:
            case BranchOpened() if branch not in self._forks:
                self._forks[branch] = self._fork(record, position)
                self.last = branch
            case BranchChosen() if branch in self._forks:
                self.last = branch
            case ModelChosen(ref=ref):
                self._model = str(ref)
            case _:
                pass
        self._owners.append(branch if branch in self._forks else self.last)
        if noted.place.turn is not None and isinstance(record, _CONVERSATION):
            self._take_of_turn(self._turn_of(noted.place.turn, position), noted)

    def _fork(self, record: BranchOpened, position: int) -> _Fork:
        """Where a branch parts from the others. A turn that was lost with damaged lines leaves all
        that was there when the branch began.
        """
        known = record.parent in self._forks
        turn = self._turns.get(record.before)
        return _Fork(
            parent=record.parent if known else self.last,
            cut=position if turn is None else turn.start,
        )

    def _turn_of(self, turn: TurnId, position: int) -> _Read:
        if turn not in self._turns:
            self._turns[turn] = _Read(
                turn=turn,
                branch=self._owners[position],
                start=position,
                at=self.log[position].at,
                model=self._model,
            )
        return self._turns[turn]

    def _take_of_turn(self, turn: _Read, noted: Noted) -> None:
        match noted.record:
            case MessageAdded(message=UserMessage() as words):
                turn.words.append(words)
            case MessageAdded(message=AssistantMessage(origin=origin) as answer):
                turn.model = f"{origin.provider}/{origin.model}"
                turn.answer = answer if answer.text else turn.answer
            case ToolFinished(changes=changes):
                turn.files.update((change.title, None) for change in changes)
            case TurnClosed(outcome=outcome):
                turn.outcome = outcome
            case _:
                return
        turn.at = noted.at

    def _holds(self, branch: BranchId, before: TurnId | None = None) -> _Held:
        limits: dict[BranchId, int] = {}
        end = len(self._owners) if before is None else self._turns[before].start
        at = branch
        while True:
            limits[at] = end
            fork = self._forks[at]
            if fork is None:
                return _Held(self._owners, limits)
            end, at = min(end, fork.cut), fork.parent

    def _said_on(self, branch: BranchId) -> list[_Read]:
        held = self._holds(branch)
        return [each for each in self._turns.values() if each.words and held(each.start)]

    def _summary(self, branch: BranchId, number: int, *, current: bool) -> BranchSummary:
        turns = self._said_on(branch)
        last = turns[-1].whole() if turns else None
        return BranchSummary(
            branch=branch,
            number=number,
            turns=len(turns),
            words=last.words.text if last else "",
            answer=last.answer if last else "",
            model=last.model if last else "",
            at=_time(last.at) if last else None,
            outcome=last.outcome if last else None,
            current=current,
        )


@dataclass(frozen=True, slots=True)
class _Held:
    """Says whether a branch holds the record at a position."""

    owners: Sequence[BranchId]
    limits: dict[BranchId, int]

    def __call__(self, position: int) -> bool:
        return position < self.limits.get(self.owners[position], 0)


def _time(stamp: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
