"""Which pane hears of which event: one event, one arm, one or two method calls.

The arms are sorted as the events are (`protocol.events`), and each subject's `match` is closed: an
event without an arm fails the type check. When events are shown is the bridge's business, the
figures of the status bar are its tally's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from codex_tui.protocol.events import (
    AgentEvent,
    ApprovalEvent,
    ApprovalModeChanged,
    ApprovalRequested,
    ApprovalResolved,
    BranchSelected,
    BudgetChanged,
    ChangesApplied,
    CommandOutputDelta,
    CompactionAbandoned,
    CompactionChanged,
    CompactionEvent,
    CompactionStarted,
    ContextEstimated,
    ConversationCompacted,
    FailOverOffered,
    InputQueueChanged,
    ModelDescribed,
    ModelEvent,
    ModelFellBack,
    ModelReturned,
    ModelSelected,
    ModelWaiting,
    NoticeShown,
    PlanUpdated,
    RetryScheduled,
    SessionEvent,
    SessionRenamed,
    SessionStarted,
    SpendingEvent,
    StepAborted,
    StepEvent,
    StepFinished,
    StepStarted,
    TextDelta,
    ThinkingCounted,
    ThinkingDelta,
    ThinkingFinished,
    ToolCallEvent,
    ToolCallFinished,
    ToolCallReady,
    ToolCallStarted,
    TurnEvent,
    TurnFinished,
    TurnStarted,
    UsageRestored,
    UserSpoke,
)
from codex_tui.ui.spending_words import figures_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_tui.ui.stage import Stage

_CHANGES: Final[Mapping[str, str]] = {
    "edited": "The model reads the edited summary from here on.",
    "undone": "The model reads the whole conversation again. /compact redo takes that back.",
    "redone": "The model reads the summary again.",
}

FIRST_RETRY: Final = 2


class Presenter:
    """Shows events on the panes of one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._chat = stage.chat

    def show(self, event: AgentEvent) -> None:
        """Show one event."""
        if isinstance(event, StepEvent):
            self._show_step(event)
        elif isinstance(event, ToolCallEvent):
            self._show_tool_call(event)
        elif isinstance(event, TurnEvent):
            self._show_turn(event)
        elif isinstance(event, SpendingEvent):
            self._show_spending(event)
        elif isinstance(event, SessionEvent):
            self._show_session(event)
        elif isinstance(event, ModelEvent):
            self._show_model(event)
        elif isinstance(event, ApprovalEvent):
            self._show_approval(event)
        else:
            self._show_compaction(event)

    def _show_session(self, event: SessionEvent) -> None:
        match event:
            case SessionStarted():
                self._stage.greet()
            case SessionRenamed(title=title):
                self._stage.show_name(title)
            case BranchSelected():
                self._stage.show_branch()
            case NoticeShown(level=level, text=text):
                self._chat.add_notice(level, text)
            case _:
                assert_never(event)

    def _show_model(self, event: ModelEvent) -> None:
        match event:
            case ModelSelected(warnings=warnings):
                for warning in warnings:
                    self._chat.add_notice("warning", warning)
            case ModelDescribed():
                pass
            case FailOverOffered():
                self._stage.show_offer(event)
            case ModelFellBack(text=text):
                self._chat.tell_of_wait(text)
                self._chat.end_wait()
            case ModelReturned(text=text):
                self._chat.add_notice("info", text)
            case _:
                assert_never(event)

    def _show_turn(self, event: TurnEvent) -> None:
        match event:
            case UserSpoke(text=text, steering=steering, images=images):
                self._chat.add_user(text, steering=steering, images=images)
            case InputQueueChanged(steering=steering, queued=queued):
                self._stage.show_queue((*steering, *queued))
            case TurnStarted():
                self._stage.set_busy(busy=True)
            case PlanUpdated(steps=steps):
                self._stage.show_plan(steps)
            case TurnFinished(outcome=outcome, message=message, hint=hint):
                self._chat.finish_turn(outcome, message, hint)
                self._stage.end_offer()
                self._stage.set_busy(busy=False)
            case _:
                assert_never(event)

    def _show_step(self, event: StepEvent) -> None:
        match event:
            case StepStarted():
                self._stage.end_offer()
                self._chat.begin_step()
            case ModelWaiting(text=text):
                self._chat.show_waiting(text)
            case TextDelta(part=part, text=text):
                self._chat.append_text(part, text)
            case ThinkingDelta(part=part, text=text):
                self._chat.append_thinking(part, text)
            case ThinkingFinished(part=part, duration_ms=duration_ms, note=note):
                self._chat.finish_thinking(part, duration_ms, note=note)
            case ThinkingCounted(tokens=tokens):
                self._chat.count_thinking(tokens)
            case RetryScheduled(delay_s=delay_s, reason=reason):
                self._chat.await_retry(
                    delay_s, reason, _retry_text(event), another=event.attempt > FIRST_RETRY
                )
            case _:
                assert_never(event)

    def _show_tool_call(self, event: ToolCallEvent) -> None:
        match event:
            case ToolCallStarted(call_id=call_id, name=name):
                self._chat.start_tool(call_id, name)
            case ToolCallReady(call_id=call_id, name=name, title=title):
                self._chat.ready_tool(call_id, name, title)
            case CommandOutputDelta(call_id=call_id, text=text):
                self._chat.append_output(call_id, text)
            case ChangesApplied(call_id=call_id, changes=changes):
                self._chat.show_changes(call_id, changes)
            case ToolCallFinished():
                self._chat.finish_tool(
                    event.call_id,
                    status=event.status,
                    summary=event.summary,
                    output=event.output,
                    duration_ms=event.duration_ms,
                )
            case _:
                assert_never(event)

    def _show_approval(self, event: ApprovalEvent) -> None:
        match event:
            case ApprovalModeChanged(note=note):
                if note:
                    self._chat.add_notice("info", note)
            case ApprovalRequested(request=request):
                self._stage.review(request)
            case ApprovalResolved(request_id=request_id):
                self._stage.settle_review(request_id)
            case _:
                assert_never(event)

    def _show_spending(self, event: SpendingEvent) -> None:
        match event:
            case StepFinished():
                self._chat.finish_step()
                self._chat.add_figures(figures_of(event))
            case StepAborted():
                self._chat.add_figures(figures_of(event))
            case UsageRestored() | ContextEstimated() | BudgetChanged():
                pass
            case _:
                assert_never(event)

    def _show_compaction(self, event: CompactionEvent) -> None:
        match event:
            case CompactionStarted():
                self._stage.set_busy(busy=True)
                self._chat.start_compacting()
            case ConversationCompacted(compaction=compaction, place=place):
                self._chat.show_compaction(compaction)
                self._stage.set_busy(busy=place.turn is not None)
            case CompactionAbandoned(text=text, place=place):
                self._chat.show_waiting("")
                self._chat.add_notice("warning", text)
                self._stage.set_busy(busy=place.turn is not None)
            case CompactionChanged(compaction=compaction, change=change):
                self._chat.show_compaction(compaction, "" if change == "redone" else change)
                self._chat.add_notice("info", _CHANGES[change])
            case _:
                assert_never(event)


def _retry_text(event: RetryScheduled) -> str:
    what = "Going on from here" if event.kept else "Trying again"
    return f"{event.reason} {what}: {event.counted}."
