"""What the engine reports: past-tense facts, each with its place in the conversation.

Front ends learn everything from these; nothing that must happen depends on anybody listening.
Deltas are the only events that may be merged while they wait (`same_part`); all others arrive one
by one, in order. A module holds the events of one subject and their union; a new event goes there,
and whoever shows all events (`ui.bridge`) is then asked for an arm by the type checker.
"""

from __future__ import annotations

from codex_tui.protocol.events.approvals import (
    ApprovalEvent,
    ApprovalModeChanged,
    ApprovalRequested,
    ApprovalResolved,
)
from codex_tui.protocol.events.compaction import (
    CompactionAbandoned,
    CompactionChanged,
    CompactionEvent,
    CompactionStarted,
    ConversationCompacted,
)
from codex_tui.protocol.events.models import (
    FailOverOffered,
    ModelDescribed,
    ModelEvent,
    ModelFellBack,
    ModelReturned,
    ModelSelected,
)
from codex_tui.protocol.events.sessions import (
    BranchSelected,
    NoticeShown,
    SessionEvent,
    SessionRenamed,
    SessionStarted,
)
from codex_tui.protocol.events.spending import (
    BudgetChanged,
    ContextEstimated,
    SpendingEvent,
    StepAborted,
    StepFinished,
    UsageRestored,
)
from codex_tui.protocol.events.steps import (
    ModelWaiting,
    RetryScheduled,
    StepEvent,
    StepStarted,
    TextDelta,
    ThinkingCounted,
    ThinkingDelta,
    ThinkingFinished,
)
from codex_tui.protocol.events.tool_calls import (
    ChangesApplied,
    CommandOutputDelta,
    ToolCallEvent,
    ToolCallFinished,
    ToolCallReady,
    ToolCallStarted,
)
from codex_tui.protocol.events.turns import (
    InputQueueChanged,
    PlanUpdated,
    TurnEvent,
    TurnFinished,
    TurnOutcome,
    TurnStarted,
    UserSpoke,
)

__all__ = [
    "AgentEvent",
    "ApprovalEvent",
    "ApprovalModeChanged",
    "ApprovalRequested",
    "ApprovalResolved",
    "BranchSelected",
    "BudgetChanged",
    "ChangesApplied",
    "CommandOutputDelta",
    "CompactionAbandoned",
    "CompactionChanged",
    "CompactionEvent",
    "CompactionStarted",
    "ContextEstimated",
    "ConversationCompacted",
    "Delta",
    "FailOverOffered",
    "InputQueueChanged",
    "ModelDescribed",
    "ModelEvent",
    "ModelFellBack",
    "ModelReturned",
    "ModelSelected",
    "ModelWaiting",
    "NoticeShown",
    "PlanUpdated",
    "RetryScheduled",
    "SessionEvent",
    "SessionRenamed",
    "SessionStarted",
    "SpendingEvent",
    "StepAborted",
    "StepEvent",
    "StepFinished",
    "StepStarted",
    "TextDelta",
    "ThinkingCounted",
    "ThinkingDelta",
    "ThinkingFinished",
    "ToolCallEvent",
    "ToolCallFinished",
    "ToolCallReady",
    "ToolCallStarted",
    "TurnEvent",
    "TurnFinished",
    "TurnOutcome",
    "TurnStarted",
    "UsageRestored",
    "UserSpoke",
    "same_part",
]

AgentEvent = (
    SessionEvent
    | ModelEvent
    | TurnEvent
    | StepEvent
    | ToolCallEvent
    | ApprovalEvent
    | SpendingEvent
    | CompactionEvent
)

Delta = TextDelta | ThinkingDelta | CommandOutputDelta


def same_part(first: Delta, second: Delta) -> bool:
    """Say whether two deltas extend the same part, so that one may stand for both."""
    return (type(first), first.place, _part(first)) == (type(second), second.place, _part(second))


def _part(delta: Delta) -> int | str:
    return delta.call_id if isinstance(delta, CommandOutputDelta) else delta.part
