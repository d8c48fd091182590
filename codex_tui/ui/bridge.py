"""From the bus to the panes: the user interface's only subscriber.

One event, one arm, one or two method calls. Events are taken in batches, at most thirty times a
second; deltas that pile up meanwhile have merged in the queue, so a fast stream costs frames, not
tokens.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, assert_never

from codex_tui.protocol.branch_events import BranchSelected
from codex_tui.protocol.compaction_events import (
    CompactionAbandoned,
    CompactionChanged,
    CompactionStarted,
    ConversationCompacted,
)
from codex_tui.protocol.events import (
    AgentEvent,
    ApprovalModeChanged,
    ApprovalRequested,
    ApprovalResolved,
    ChangesApplied,
    CommandOutputDelta,
    InputQueueChanged,
    ModelDescribed,
    ModelSelected,
    ModelWaiting,
    NoticeShown,
    PlanUpdated,
    RetryScheduled,
    SessionRenamed,
    SessionStarted,
    StepFinished,
    StepStarted,
    TextDelta,
    ThinkingDelta,
    ThinkingFinished,
    ToolCallFinished,
    ToolCallReady,
    ToolCallStarted,
    TurnFinished,
    TurnStarted,
    UsageRestored,
    UserSpoke,
)
from codex_tui.protocol.fail_over_events import FailOverOffered, ModelFellBack, ModelReturned
from codex_tui.protocol.spending_events import BudgetChanged, ContextEstimated, StepAborted
from codex_tui.protocol.thinking_events import ThinkingCounted
from codex_tui.ui.spending_words import figures_of, step_words
from codex_tui.ui.status import StatusTally

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from codex_tui.bus import Subscription
    from codex_tui.protocol.approvals import ApprovalRequest
    from codex_tui.protocol.ids import RequestId, SessionId
    from codex_tui.protocol.plan import PlanStep
    from codex_tui.ui.panes.chat import ChatPane
    from codex_tui.ui.widgets.status_bar import Status

FRAME_S = 1 / 30
_CHANGES = {
    "edited": "The model reads the edited summary from here on.",
    "undone": "The model reads the whole conversation again. /compact redo takes that back.",
    "redone": "The model reads the summary again.",
}


class Frame(Protocol):
    """What the bridge needs of the main screen besides the chat."""

    chat: ChatPane

    def greet(self) -> None:
        """A session began: fresh panes."""
        ...

    def show_branch(self) -> None:
        """The session goes on with another branch."""
        ...

    async def catch_up(self) -> None:
        """Return once what was said before the session or branch began is shown, too."""
        ...

    def show_offer(self, offer: FailOverOffered) -> None:
        """Another model could take over."""
        ...

    def end_offer(self, *, turn_over: bool = False) -> None:
        """None could any more."""
        ...

    def show_name(self, title: str) -> None:
        """The session's title; empty for none."""
        ...

    def review(self, request: ApprovalRequest) -> None:
        """Put a request before the user."""
        ...

    def settle_review(self, request_id: RequestId) -> None:
        """A request is settled."""
        ...

    def set_busy(self, *, busy: bool) -> None:
        """A turn runs, or none."""
        ...

    def show_queue(self, waiting: tuple[str, ...]) -> None:
        """Words that no model has read yet."""
        ...

    def show_plan(self, steps: tuple[PlanStep, ...]) -> None:
        """The model's plan; no steps for none."""
        ...

    def show_status(self, status: Status) -> None:
        """The status bar's texts."""
        ...


class Bridge:
    """Applies events to the panes until the subscription ends."""

    def __init__(
        self,
        events: Subscription,
        frame: Frame,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._events = events
        self._frame = frame
        self._sleep = sleep
        self.tally = StatusTally()
        self._session: SessionId | None = None
        self._showing = False

    @property
    def idle(self) -> bool:
        """Nothing waits to be shown."""
        return len(self._events) == 0 and not self._showing

    async def run(self) -> None:
        """Serve until cancelled or the subscription is closed."""
        await self._events.deliver(self._show_frame)

    async def _show_frame(self, events: list[AgentEvent]) -> None:
        self._showing = True
        for batch in _split_at_starts(events):
            self.apply(batch)
            if isinstance(batch[-1], SessionStarted | BranchSelected):
                await self._frame.catch_up()
        self._showing = False
        await self._sleep(FRAME_S)

    def apply(self, events: list[AgentEvent]) -> None:
        """Show a batch of events."""
        changed = False
        for event in events:
            if self._is_of_the_past(event):
                continue
            changed |= self.tally.take(event)
            self._show(event)
        if changed:
            self._frame.show_status(self.tally.status())

    def _is_of_the_past(self, event: AgentEvent) -> bool:
        """Say whether a session reports that was left and only settles; its requests still do."""
        if self._session is None or isinstance(event, SessionStarted):
            self._session = event.place.session
        left = event.place.session != self._session
        return left and not isinstance(event, ApprovalResolved)

    def _show(self, event: AgentEvent) -> None:  # noqa: C901, PLR0912, PLR0915 - one closed union
        frame, chat = self._frame, self._frame.chat
        match event:
            case SessionStarted():
                frame.greet()
            case ModelSelected(warnings=warnings):
                for warning in warnings:
                    chat.add_notice("warning", warning)
            case SessionRenamed(title=title):
                frame.show_name(title)
            case ModelDescribed() | UsageRestored():
                pass
            case PlanUpdated(steps=steps):
                frame.show_plan(steps)
            case ApprovalModeChanged(note=note):
                if note:
                    chat.add_notice("info", note)
            case UserSpoke(text=text, steering=steering, images=images):
                chat.add_user(text, steering=steering, images=images)
            case InputQueueChanged(steering=steering, queued=queued):
                frame.show_queue((*steering, *queued))
            case TurnStarted():
                frame.set_busy(busy=True)
            case StepStarted():
                frame.end_offer()
                chat.begin_step()
            case ModelWaiting(text=text):
                chat.show_waiting(text)
            case TextDelta(part=part, text=text):
                chat.append_text(part, text)
            case ThinkingDelta(part=part, text=text):
                chat.append_thinking(part, text)
            case ThinkingFinished(part=part, duration_ms=duration_ms, note=note):
                chat.finish_thinking(part, duration_ms, note=note)
            case ThinkingCounted(tokens=tokens):
                chat.count_thinking(tokens)
            case ToolCallStarted(call_id=call_id, name=name):
                chat.start_tool(call_id, name)
            case ToolCallReady(call_id=call_id, name=name, title=title):
                chat.ready_tool(call_id, name, title)
            case CommandOutputDelta(call_id=call_id, text=text):
                chat.append_output(call_id, text)
            case ToolCallFinished():
                chat.finish_tool(
                    event.call_id,
                    status=event.status,
                    summary=event.summary,
                    output=event.output,
                    duration_ms=event.duration_ms,
                )
            case ApprovalRequested(request=request):
                frame.review(request)
            case ApprovalResolved(request_id=request_id):
                frame.settle_review(request_id)
            case ChangesApplied(call_id=call_id, changes=changes):
                chat.show_changes(call_id, changes)
            case RetryScheduled():
                chat.await_retry(event.delay_s, _retry_text(event))
            case StepFinished():
                chat.finish_step()
                chat.add_figures(step_words(figures_of(event)))
            case StepAborted():
                chat.add_figures(step_words(figures_of(event)))
            case ContextEstimated() | BudgetChanged():
                pass
            case CompactionStarted():
                frame.set_busy(busy=True)
                chat.start_compacting()
            case ConversationCompacted(compaction=compaction, place=place):
                chat.show_compaction(compaction)
                frame.set_busy(busy=place.turn is not None)
            case CompactionAbandoned(text=text, place=place):
                chat.show_waiting("")
                chat.add_notice("warning", text)
                frame.set_busy(busy=place.turn is not None)
            case CompactionChanged(compaction=compaction, change=change):
                chat.show_compaction(compaction, "" if change == "redone" else change)
                chat.add_notice("info", _CHANGES[change])
            case TurnFinished():
                chat.finish_turn(event.outcome, event.message, event.hint)
                frame.end_offer(turn_over=True)
                frame.set_busy(busy=False)
            case BranchSelected():
                frame.show_branch()
            case FailOverOffered():
                frame.show_offer(event)
            case ModelFellBack(text=text):
                chat.void_step()
                chat.add_notice("warning", text)
            case ModelReturned(text=text):
                chat.add_notice("info", text)
            case NoticeShown(level=level, text=text):
                chat.add_notice(level, text)
            case _:
                assert_never(event)


def _split_at_starts(events: list[AgentEvent]) -> Iterator[list[AgentEvent]]:
    """Cut behind each start of a session or branch: what follows waits until its past is shown."""
    batch: list[AgentEvent] = []
    for event in events:
        batch.append(event)
        if isinstance(event, SessionStarted | BranchSelected):
            yield batch
            batch = []
    if batch:
        yield batch


def _retry_text(event: RetryScheduled) -> str:
    return f"{event.reason} (attempt {event.attempt} of {event.of + 1})"
