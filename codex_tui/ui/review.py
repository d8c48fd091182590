"""The state of one review: which hunk is looked at, what was decided, what may be undone.

It knows nothing of the screen: the approval pane moves it by method calls and draws what it says.
Decisions are taken hunk by hunk; deciding a file or everything settles what is still *undecided*
there and never overturns an earlier answer (`undo`, or deciding the single hunk again, does).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, assert_never

from codex_tui.protocol.approvals import (
    AcceptHunk,
    EditDecision,
    FileDecision,
    HunkDecision,
    RejectHunk,
    ReplaceHunk,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.protocol.changes import FileChange, Hunk

UNDECIDED_REASON = "The user left this hunk undecided."


class HunkRef(NamedTuple):
    """A hunk's place in the review: index of the file, index of the hunk in it, both from 0."""

    file: int
    hunk: int


class _Step(NamedTuple):
    """What one decision changed, so that it can be taken back."""

    cursor: HunkRef
    settled: dict[HunkRef, HunkDecision | None]


class Review:
    """Cursor and decisions over the hunks of some changes.

    A change without hunks changes nothing and is left out.
    """

    def __init__(self, changes: tuple[FileChange, ...]) -> None:
        """Begin at the first hunk with nothing decided; raises `ValueError` without hunks."""
        self.changes = tuple(change for change in changes if change.hunks)
        if not self.changes:
            raise ValueError("a review needs at least one hunk")
        self._by_file = tuple(
            tuple(HunkRef(file, hunk) for hunk in range(len(change.hunks)))
            for file, change in enumerate(self.changes)
        )
        self.refs = tuple(ref for refs in self._by_file for ref in refs)
        self.cursor = self.refs[0]
        self.peeking = False
        self._decisions: dict[HunkRef, HunkDecision] = {}
        self._history: list[_Step] = []

    def hunk(self, ref: HunkRef) -> Hunk:
        """Return the hunk at `ref`."""
        return self.changes[ref.file].hunks[ref.hunk]

    def refs_of(self, file: int) -> tuple[HunkRef, ...]:
        """Return the places of one file's hunks."""
        return self._by_file[file]

    def decision_of(self, ref: HunkRef) -> HunkDecision | None:
        """Return what was decided for `ref`, None while it is open."""
        return self._decisions.get(ref)

    def folded(self, ref: HunkRef) -> bool:
        """Say whether a hunk is shown as one line: decided, and not being looked at again."""
        return ref in self._decisions and not (self.peeking and ref == self.cursor)

    @property
    def undecided(self) -> int:
        """Number of hunks without a decision."""
        return len(self.refs) - len(self._decisions)

    @property
    def applying(self) -> int:
        """Number of hunks that will be written."""
        return sum(mark_of(decision) != "✗" for decision in self._decisions.values())

    def marks(self, file: int) -> str:
        """Return one mark a hunk of the file: ✓ written, ✗ rejected, · open."""
        return "".join(mark_of(self.decision_of(ref)) for ref in self.refs_of(file))

    def select(self, ref: HunkRef) -> None:
        """Put the cursor on `ref`; a decided hunk opens for another look."""
        self.cursor = ref
        self.peeking = ref in self._decisions

    def move(self, step: int) -> bool:
        """Move the cursor by `step` hunks; False when there is none in that direction."""
        target = self.refs.index(self.cursor) + step
        if not 0 <= target < len(self.refs):
            return False
        self.select(self.refs[target])
        return True

    def move_file(self, step: int) -> bool:
        """Move to the first hunk of the file `step` files away; False when there is none."""
        target = self.cursor.file + step
        if not 0 <= target < len(self.changes):
            return False
        self.select(HunkRef(target, 0))
        return True

    def decide(self, decision: HunkDecision) -> bool:
        """Decide the current hunk, anew if need be, and go to the next undecided one."""
        return self._settle((self.cursor,), decision)

    def decide_file(self, decision: HunkDecision) -> bool:
        """Decide the current file's undecided hunks; False when it has none."""
        return self._settle(self._open(self.refs_of(self.cursor.file)), decision)

    def decide_all(self, decision: HunkDecision) -> bool:
        """Decide all undecided hunks; False when there is none."""
        return self._settle(self._open(self.refs), decision)

    def undo(self) -> bool:
        """Take back the last decision and return to where it was taken; False without one."""
        if not self._history:
            return False
        step = self._history.pop()
        for ref, earlier in step.settled.items():
            if earlier is None:
                del self._decisions[ref]
            else:
                self._decisions[ref] = earlier
        self.cursor, self.peeking = step.cursor, False
        return True

    def decision(self, *, reject_undecided: bool = False) -> EditDecision:
        """Return the answer to the request, every hunk named.

        Args:
            reject_undecided: The user confirmed that what is open counts as rejected.

        Raises:
            ValueError: Hunks are undecided and that was not confirmed.
        """
        if self.undecided and not reject_undecided:
            raise ValueError(f"{self.undecided} hunks are undecided")
        left = RejectHunk(reason=UNDECIDED_REASON)
        return EditDecision(
            files=tuple(
                FileDecision(
                    path=change.path,
                    hunks=tuple(
                        (self.hunk(ref).id, self._decisions.get(ref, left))
                        for ref in self.refs_of(file)
                    ),
                )
                for file, change in enumerate(self.changes)
            )
        )

    def _open(self, refs: tuple[HunkRef, ...]) -> tuple[HunkRef, ...]:
        return tuple(ref for ref in refs if ref not in self._decisions)

    def _settle(self, refs: tuple[HunkRef, ...], decision: HunkDecision) -> bool:
        if not refs:
            return False
        earlier = {ref: self._decisions.get(ref) for ref in refs}
        self._history.append(_Step(self.cursor, earlier))
        self._decisions.update(dict.fromkeys(refs, decision))
        self.peeking = False
        self._advance()
        return True

    def _advance(self) -> None:
        """Go to the next undecided hunk, round the end if need be; stay when all are decided."""
        here = self.refs.index(self.cursor)
        around = self.refs[here:] + self.refs[:here]
        self.cursor = next(iter(self._open(around)), self.cursor)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do with a review; `otherwise` says why when it returns False."""

    run: Callable[[Review], bool]
    otherwise: str = ""


STEPS: Mapping[str, Step] = {
    "accept": Step(lambda review: review.decide(AcceptHunk())),
    "reject": Step(lambda review: review.decide(RejectHunk())),
    "accept_file": Step(
        lambda review: review.decide_file(AcceptHunk()), "nothing is undecided in this file"
    ),
    "reject_file": Step(
        lambda review: review.decide_file(RejectHunk()), "nothing is undecided in this file"
    ),
    "accept_all": Step(lambda review: review.decide_all(AcceptHunk()), "nothing is undecided"),
    "reject_all": Step(lambda review: review.decide_all(RejectHunk()), "nothing is undecided"),
    "next_hunk": Step(lambda review: review.move(1), "this is the last hunk"),
    "previous_hunk": Step(lambda review: review.move(-1), "this is the first hunk"),
    "next_file": Step(lambda review: review.move_file(1), "this is the last file"),
    "previous_file": Step(lambda review: review.move_file(-1), "this is the first file"),
    "undo": Step(lambda review: review.undo(), "nothing to undo"),
}
"""The steps a key can take, by name."""


def mark_of(decision: HunkDecision | None) -> str:
    """Return the one-cell mark of a decision."""
    match decision:
        case AcceptHunk() | ReplaceHunk():
            return "✓"
        case RejectHunk():
            return "✗"
        case None:
            return "·"
        case _:
            assert_never(decision)
