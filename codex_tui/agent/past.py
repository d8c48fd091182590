"""What a stored session brings along when it is opened again; facts only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from codex_tui.agent.branches.tree import Branches
from codex_tui.agent.host_lessons import Host
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.changes import AppliedChange
from codex_tui.protocol.events import TurnOutcome
from codex_tui.protocol.ids import MAIN_BRANCH, BranchId
from codex_tui.protocol.messages import Message
from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.protocol.spending import Budget, StepFigures
from codex_tui.providers.base import Flags
from codex_tui.sessions.compaction_records import CompactionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEnding:
    """A turn that did not end well, behind the first `after` messages."""

    after: int
    outcome: TurnOutcome
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCompaction:
    """What was recorded of a compaction behind the first `after` messages."""

    after: int
    record: CompactionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PastStep:
    """A model call that ended behind the first `after` messages."""

    after: int
    figures: StepFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """What was shown of a tool call besides its result."""

    summary: str
    duration_ms: int
    changes: tuple[AppliedChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The conversation and the choices made in it.

    `directory` is the workspace it began in, `title` the user's own name for it. `calls` are by id;
    those of older files are not known. `branch` is the one all this is of; `branches` hold the
    records of all, where the session was kept. `lessons` say how servers differ. `steps` are the
    model calls of all branches, `model_calls` those of this one; they and `endings` stand in their
    order.
    """

    directory: str = ""
    title: str = ""
    messages: tuple[Message, ...] = ()
    endings: tuple[PastEnding, ...] = ()
    compactions: tuple[PastCompaction, ...] = ()
    calls: Mapping[str, PastCall] = field(default_factory=dict[str, PastCall])
    lessons: Mapping[Host, Flags] = field(default_factory=dict["Host", "Flags"])
    steps: tuple[StepFigures, ...] = ()
    model_calls: tuple[PastStep, ...] = ()
    model: ModelRef | None = None
    effort: Effort | None = None
    mode: ApprovalMode | None = None
    budget: Budget | None = None
    branch: BranchId = MAIN_BRANCH
    branches: Branches | None = field(default=None, repr=False, compare=False)

    @property
    def changes(self) -> tuple[AppliedChange, ...]:
        """All that was written, in its order."""
        return tuple(change for call in self.calls.values() for change in call.changes)

    @property
    def cut_off(self) -> PastEnding | None:
        """How the last turn ended, when it was interrupted and nothing was said since."""
        last = self.endings[-1] if self.endings else None
        if last is None or last.outcome != "interrupted" or last.after < len(self.messages):
            return None
        return last
