"""What the engine reports: past-tense facts, each with its place in the conversation.

Front ends learn everything from these; nothing that must happen depends on anybody listening.
Deltas are the only events that may be merged while they wait (`same_part`); all others arrive one
by one, in order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from codex_tui.protocol.approvals import ApprovalMode, ApprovalRequest
from codex_tui.protocol.branch_events import BranchSelected
from codex_tui.protocol.changes import AppliedChange
from codex_tui.protocol.compaction_events import CompactionEvent
from codex_tui.protocol.costs import Cost
from codex_tui.protocol.fail_over_events import FailOverEvent
from codex_tui.protocol.ids import Place, RequestId
from codex_tui.protocol.messages import StopReason, ToolStatus, Usage
from codex_tui.protocol.models import Effort, ModelInfo
from codex_tui.protocol.plan import PlanStep
from codex_tui.protocol.spending_events import SpendingEvent
from codex_tui.protocol.thinking_events import ThinkingCounted


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A session is open; `resumed` when it goes on from a file. `directory` is the workspace."""

    place: Place
    directory: str
    mode: ApprovalMode
    resumed: bool = False
    type: Literal["session_started"] = "session_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSelected:
    """The session now speaks to `model`. `warnings` name what cannot travel to it."""

    place: Place
    model: ModelInfo
    effort: Effort | None
    warnings: tuple[str, ...] = ()
    type: Literal["model_selected"] = "model_selected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDescribed:
    """More became known of the model in use (prices, or its server's own word); it is the same.

    `effort` is the nearest to what was chosen that the model is known to take.
    """

    place: Place
    model: ModelInfo
    effort: Effort | None
    type: Literal["model_described"] = "model_described"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRestored:
    """A resumed session made `steps` model calls before. Said again when the cost becomes known.

    `last` is the last whole call's usage.
    """

    place: Place
    steps: int
    total: Usage
    last: Usage | None
    cost: Cost
    type: Literal["usage_restored"] = "usage_restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRenamed:
    """The user gave the session a title; empty takes it back."""

    place: Place
    title: str
    type: Literal["session_renamed"] = "session_renamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUpdated:
    """The model set its plan; no steps when it has none any more."""

    place: Place
    steps: tuple[PlanStep, ...]
    type: Literal["plan_updated"] = "plan_updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalModeChanged:
    """The gate was set. `note` says what it cannot do here (no sandbox)."""

    place: Place
    mode: ApprovalMode
    note: str = ""
    type: Literal["approval_mode_changed"] = "approval_mode_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSpoke:
    """The user's words entered the conversation; `steering` when they joined a running turn.

    `images` are the names of the pictures that went with them.
    """

    place: Place
    text: str
    steering: bool = False
    images: tuple[str, ...] = ()
    type: Literal["user_spoke"] = "user_spoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputQueueChanged:
    """What waits: `steering` goes to the model after the running tools, `queued` becomes the next
    turns.
    """

    place: Place
    steering: tuple[str, ...]
    queued: tuple[str, ...]
    type: Literal["input_queue_changed"] = "input_queue_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted:
    """A turn began."""

    place: Place
    type: Literal["turn_started"] = "turn_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A model call is about to be made."""

    place: Place
    model: str
    type: Literal["step_started"] = "step_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWaiting:
    """The model cannot be asked yet; `text` says what is done about it, empty when that is over."""

    place: Place
    text: str
    type: Literal["model_waiting"] = "model_waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """More words of part `part` of this step's answer."""

    place: Place
    part: int
    text: str
    type: Literal["text_delta"] = "text_delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingDelta:
    """More reasoning of part `part`."""

    place: Place
    part: int
    text: str
    type: Literal["thinking_delta"] = "thinking_delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingFinished:
    """Reasoning part `part` is complete after `duration_ms`; a `note` is written for the user."""

    place: Place
    part: int
    duration_ms: int
    note: bool = False
    type: Literal["thinking_finished"] = "thinking_finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallStarted:
    """The model began to write a call; its arguments are still on their way."""

    place: Place
    call_id: str
    name: str
    type: Literal["tool_call_started"] = "tool_call_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallReady:
    """The call is complete and about to be judged and run; `title` is one line for people."""

    place: Place
    call_id: str
    name: str
    title: str
    arguments: str
    type: Literal["tool_call_ready"] = "tool_call_ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOutputDelta:
    """More of what a running command says, for those who watch: what comes too fast is thinned out.
    The whole of it, as far as it is kept, is in `ToolCallFinished`.
    """

    place: Place
    call_id: str
    text: str
    type: Literal["command_output_delta"] = "command_output_delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallFinished:
    """The call has its result. `summary` is one line; `output` is what the model reads."""

    place: Place
    call_id: str
    name: str
    status: ToolStatus
    summary: str
    output: str
    duration_ms: int
    type: Literal["tool_call_finished"] = "tool_call_finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested:
    """Somebody has to decide; answer with `AgentSession.decide(request.id, …)`."""

    place: Place
    request: ApprovalRequest
    type: Literal["approval_requested"] = "approval_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalResolved:
    """The question is settled, by an answer or because the turn ended; `summary` is one line."""

    place: Place
    request_id: RequestId
    summary: str
    type: Literal["approval_resolved"] = "approval_resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesApplied:
    """Bytes were written."""

    place: Place
    call_id: str
    changes: tuple[AppliedChange, ...]
    type: Literal["changes_applied"] = "changes_applied"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryScheduled:
    """The model call failed in passing and is made again in `delay_s` seconds; what was shown of it
    is void.
    """

    place: Place
    attempt: int
    of: int
    delay_s: float
    reason: str
    type: Literal["retry_scheduled"] = "retry_scheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished:
    """A model call ended. Times are milliseconds; `first_token_ms` is None when nothing was said.

    `tokens_per_s` counts from the first token on. `cost_usd` is None where price or usage is
    unknown.
    """

    place: Place
    model: str
    stop: StopReason
    usage: Usage | None
    duration_ms: int
    first_token_ms: int | None
    tokens_per_s: float | None = None
    cost_usd: float | None = None
    type: Literal["step_finished"] = "step_finished"


TurnOutcome = Literal["done", "interrupted", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFinished:
    """A turn ended. `stopped` is the program's own halt (step limit, repeated calls); `message` and
    `hint` explain all but `done`.

    `refused` counts the actions that nobody was there to approve. `usage` and `cost` are those of
    all its model calls, broken ones included.
    """

    place: Place
    outcome: TurnOutcome
    text: str = ""
    message: str = ""
    hint: str = ""
    error_kind: str = ""
    refused: int = 0
    usage: Usage = field(default_factory=Usage)
    cost: Cost = field(default_factory=Cost)
    type: Literal["turn_finished"] = "turn_finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeShown:
    """A remark for the user, outside of the conversation."""

    place: Place
    level: Literal["info", "warning", "error"]
    text: str
    type: Literal["notice_shown"] = "notice_shown"


AgentEvent = (
    SessionStarted
    | ModelSelected
    | ModelDescribed
    | UsageRestored
    | SessionRenamed
    | PlanUpdated
    | ApprovalModeChanged
    | UserSpoke
    | InputQueueChanged
    | TurnStarted
    | StepStarted
    | ModelWaiting
    | TextDelta
    | ThinkingDelta
    | ThinkingFinished
    | ThinkingCounted
    | ToolCallStarted
    | ToolCallReady
    | CommandOutputDelta
    | ToolCallFinished
    | ApprovalRequested
    | ApprovalResolved
    | ChangesApplied
    | RetryScheduled
    | StepFinished
    | CompactionEvent
    | SpendingEvent
    | TurnFinished
    | BranchSelected
    | FailOverEvent
    | NoticeShown
)


Delta = TextDelta | ThinkingDelta | CommandOutputDelta


def same_part(first: Delta, second: Delta) -> bool:
    """Say whether two deltas extend the same part, so that one may stand for both."""
    return (type(first), first.place, _part(first)) == (type(second), second.place, _part(second))


def _part(delta: Delta) -> int | str:
    return delta.call_id if isinstance(delta, CommandOutputDelta) else delta.part
