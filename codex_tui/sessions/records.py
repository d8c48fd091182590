"""What a session file can say: a closed union of records, each with its place and order.

A line is `{"v", "seq", "id", "parent_id", "at", "session", "branch", "turn", "step", "record"}`,
one JSON object (RFC 8259) in UTF-8. `seq` counts the lines of the file from 1, `parent_id` is the
record before it on the same branch, `at` is UTC with milliseconds (ISO 8601). Records are only ever
appended. Later versions may add types and fields: readers pass over what they do not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from codex_tui.protocol.approvals import ApprovalDecision, ApprovalMode
from codex_tui.protocol.changes import AppliedChange
from codex_tui.protocol.events import TurnOutcome
from codex_tui.protocol.ids import Place
from codex_tui.protocol.messages import Message, Usage
from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.protocol.spending import Budget
from codex_tui.sessions.branch_records import BranchRecord
from codex_tui.sessions.compaction_records import CompactionRecord

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    """The first record: the workspace's directory, the program's version, the branch of git that
    was checked out (empty outside of a repository).
    """

    directory: str
    version: str
    branch: str = ""
    type: Literal["session_opened"] = "session_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The program went on with this file; what was unfinished before is interrupted."""

    type: Literal["resumed"] = "resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAdded:
    """A message entered the history."""

    message: Annotated[Message, Field(discriminator="type")]
    type: Literal["message_added"] = "message_added"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChosen:
    """The session speaks to this model from here on."""

    ref: ModelRef
    effort: Effort | None
    type: Literal["model_chosen"] = "model_chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChosen:
    """The gate was set."""

    mode: ApprovalMode
    type: Literal["mode_chosen"] = "mode_chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolApproved:
    """A question about a tool call was answered; written before the call has any effect."""

    call_id: str
    decision: Annotated[ApprovalDecision, Field(discriminator="type")]
    type: Literal["tool_approved"] = "tool_approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFinished:
    """What people see of a call besides its result: one line, the time it took, what it wrote."""

    call_id: str
    summary: str
    duration_ms: int
    changes: tuple[AppliedChange, ...] = ()
    type: Literal["tool_finished"] = "tool_finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRenamed:
    """The user gave the session a title; empty takes it back."""

    title: str
    type: Literal["session_renamed"] = "session_renamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOpened:
    """A turn began."""

    type: Literal["turn_opened"] = "turn_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnClosed:
    """A turn ended; `message` and `hint` explain all but `done`."""

    outcome: TurnOutcome
    message: str = ""
    hint: str = ""
    type: Literal["turn_closed"] = "turn_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepClosed:
    """A model call ended after `duration_ms`. `model` is `provider/model`, `cost_usd` what the call
    cost by the prices known at the time; a `usage` of nothing was not told by the server.

    One that is not `whole` broke off, and its usage is what the server had counted by then. In a
    copy of a session `copied_from` names the one in which the call was made.
    """

    usage: Usage
    model: str
    duration_ms: int
    first_token_ms: int | None = None
    cost_usd: float | None = None
    whole: bool = True
    copied_from: str = ""
    type: Literal["step_closed"] = "step_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLearned:
    """All that is known from here on of how a server takes requests for a model; see
    `ModelRequest.learned`.
    """

    provider: str
    base_url: str
    model: str
    flags: dict[str, str | bool]
    type: Literal["host_learned"] = "host_learned"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSet:
    """The user set the session's budget."""

    budget: Budget
    type: Literal["budget_set"] = "budget_set"


Record = (
    SessionOpened
    | Resumed
    | MessageAdded
    | ModelChosen
    | ModeChosen
    | ToolApproved
    | ToolFinished
    | SessionRenamed
    | TurnOpened
    | TurnClosed
    | StepClosed
    | BudgetSet
    | HostLearned
    | CompactionRecord
    | BranchRecord
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record as it stands in the file. `at` is empty where the line does not tell."""

    seq: int
    id: str
    parent_id: str | None
    at: str
    place: Place
    record: Record
