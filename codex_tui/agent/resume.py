"""From a session's records back to what goes on: its messages, its endings, its model, its gate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.agent.history import History
from codex_tui.agent.past import Past, PastCall, PastCompaction, PastEnding, PastStep
from codex_tui.protocol.messages import AssistantMessage, Message, StopReason, Usage
from codex_tui.protocol.spending import Budget, StepFigures
from codex_tui.sessions.compaction_records import CompactionRecord
from codex_tui.sessions.records import (
    BudgetSet,
    HostLearned,
    MessageAdded,
    ModeChosen,
    ModelChosen,
    Record,
    SessionOpened,
    SessionRenamed,
    StepClosed,
    ToolFinished,
    TurnClosed,
    TurnOpened,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

INTERRUPTED = "This turn was interrupted."
_KEPT_LATE = frozenset(
    {
        StopReason.ERROR,
        StopReason.INTERRUPTED,
        StopReason.REFUSAL,
        StopReason.FILTER,
        StopReason.CONTEXT,
    }
)
"""What an answer had said that ended so is kept after its figures."""


def past_of(records: Iterable[Record]) -> Past:
    """Fold the records, oldest first. A result whose call was lost with a damaged line is left out,
    since a provider would refuse it.
    """
    past, history, turns, spending = Past(), History(), _Turns(), _Spending()
    calls: dict[str, PastCall] = {}
    compactions: list[PastCompaction] = []
    for record in records:
        past = _with_choice(past, record)
        turns.take(record, history)
        spending.take(record, len(history))
        match record:
            case MessageAdded(message=message) if history.accepts(message):
                history.append(message)
            case ToolFinished():
                calls[record.call_id] = PastCall(
                    summary=record.summary, duration_ms=record.duration_ms, changes=record.changes
                )
            case _ if isinstance(record, CompactionRecord):
                compactions.append(PastCompaction(after=len(history), record=record))
            case _:
                pass
    return replace(
        past,
        messages=history.messages,
        endings=turns.endings(history),
        compactions=tuple(compactions),
        calls=calls,
        steps=tuple(spending.steps),
        model_calls=spending.model_calls,
        budget=spending.budget,
    )


def _with_choice(past: Past, record: Record) -> Past:
    """Return the past with what a record says of the session as a whole."""
    match record:
        case SessionOpened(directory=directory):
            return replace(past, directory=directory)
        case SessionRenamed(title=title):
            return replace(past, title=title)
        case ModelChosen(ref=ref, effort=effort):
            return replace(past, model=ref, effort=effort)
        case ModeChosen(mode=mode):
            return replace(past, mode=mode)
        case HostLearned(provider=provider, base_url=base_url, model=model, flags=flags):
            return replace(past, lessons={**past.lessons, (provider, base_url, model): flags})
        case _:
            return past


def spending_of(records: Iterable[Record]) -> tuple[tuple[StepFigures, ...], Budget | None]:
    """Return the model calls of which the records tell, and the budget that was set last."""
    spending = _Spending()
    for record in records:
        spending.take(record)
    return tuple(spending.steps), spending.budget


class _Spending:
    """The model calls, by turns and by their places among the messages, and the budget."""

    def __init__(self) -> None:
        self.steps: list[StepFigures] = []
        self.budget: Budget | None = None
        self._places: list[int] = []
        self._turn = 0

    @property
    def model_calls(self) -> tuple[PastStep, ...]:
        """The calls with their places."""
        placed = zip(self._places, self.steps, strict=True)
        return tuple(PastStep(after=place, figures=step) for place, step in placed)

    def take(self, record: Record, after: int = 0) -> None:
        """Note what a record behind the first `after` messages says of tokens and money."""
        match record:
            case TurnOpened():
                self._turn += 1
            case StepClosed():
                self.steps.append(_figures(record, self._turn))
                self._places.append(after)
            case MessageAdded(message=AssistantMessage(stop=stop)) if stop in _KEPT_LATE:
                if self._places and self._places[-1] == after:
                    self._places[-1] += 1
            case BudgetSet(budget=budget):
                self.budget = budget
            case _:
                pass


def _figures(closed: StepClosed, turn: int) -> StepFigures:
    return StepFigures(
        model=closed.model,
        usage=closed.usage if closed.usage != Usage() else None,
        duration_ms=closed.duration_ms,
        first_token_ms=closed.first_token_ms,
        cost_usd=closed.cost_usd,
        whole=closed.whole,
        turn=turn,
    )


class _Turns:
    """Where turns ended otherwise than well; one without an end on the record was cut off."""

    def __init__(self) -> None:
        self._endings: list[PastEnding] = []
        self._open = False

    def take(self, record: Record, history: History) -> None:
        """Note a turn's beginning or end."""
        match record:
            case TurnOpened():
                self._cut_off(history)
                self._open = True
            case TurnClosed(outcome=outcome, message=message, hint=hint):
                self._open = False
                if outcome != "done":
                    self._endings.append(
                        PastEnding(after=len(history), outcome=outcome, message=message, hint=hint)
                    )
            case _:
                pass

    def endings(self, history: History) -> tuple[PastEnding, ...]:
        """Return them, in order, once all records were taken."""
        self._cut_off(history)
        return tuple(self._endings)

    def _cut_off(self, history: History) -> None:
        if self._open and not _complete(history.messages):
            self._endings.append(
                PastEnding(after=len(history), outcome="interrupted", message=INTERRUPTED)
            )
        self._open = False


def _complete(messages: Sequence[Message]) -> bool:
    """Say whether the last words are a whole answer: only the record of the end is missing."""
    last = messages[-1] if messages else None
    return isinstance(last, AssistantMessage) and (
        last.stop is StopReason.END and not last.tool_calls
    )
