"""The figures of the status bar, kept from events: no widget, no arithmetic anywhere else."""

from __future__ import annotations

from dataclasses import dataclass, field

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.costs import Cost
from codex_tui.protocol.events import (
    AgentEvent,
    ApprovalModeChanged,
    BudgetChanged,
    ContextEstimated,
    InputQueueChanged,
    ModelDescribed,
    ModelSelected,
    RetryScheduled,
    SessionStarted,
    StepAborted,
    StepFinished,
    StepStarted,
    TurnFinished,
    UsageRestored,
)
from codex_tui.protocol.figures import UNKNOWN, format_count, format_tokens
from codex_tui.protocol.messages import Usage
from codex_tui.protocol.models import Effort, ModelInfo
from codex_tui.protocol.spending import Budget
from codex_tui.ui.widgets.status_bar import Status

NO_MODEL = "no model"
NO_SANDBOX = "no sandbox"


def share_of(used: int, window: int) -> str:
    """Return how much of a model's window is used: "23 %", or "<1 %"."""
    share = 100 * used // window
    return "<1 %" if used and not share else f"{share} %"


@dataclass(slots=True)
class StatusTally:
    """What the bar says. Figures are of the whole session: those of `before` it was resumed and
    those `since`. `estimate` is what the next request comes to, until its server has counted.
    """

    model: ModelInfo | None = None
    effort: Effort | None = None
    mode: ApprovalMode = ApprovalMode.SUGGEST
    last: Usage | None = None
    last_step: StepFinished | None = None
    before: UsageRestored | None = None
    total_since: Usage = field(default_factory=Usage)
    cost_since: Cost = field(default_factory=Cost)
    budget: Budget = field(default_factory=Budget)
    estimate: int | None = None
    steps_since: int = 0
    waiting: int = 0
    activity: str = ""

    def take(self, event: AgentEvent) -> bool:
        """Learn from an event; say whether the bar may look different now."""
        match event:
            case SessionStarted(mode=mode):
                self.before, self.last, self.last_step = None, None, None
                self.total_since, self.cost_since, self.steps_since = Usage(), Cost(), 0
                self.budget, self.estimate = Budget(), None
                self.waiting, self.activity, self.mode = 0, "", mode
            case (
                ModelSelected(model=model, effort=effort)
                | ModelDescribed(model=model, effort=effort)
            ):
                self.model, self.effort = model, effort
            case ApprovalModeChanged(mode=mode):
                self.mode = mode
            case InputQueueChanged(steering=steering, queued=queued):
                self.waiting = len(steering) + len(queued)
            case RetryScheduled(attempt=attempt, of=of):
                self.activity = f"attempt {attempt}/{of}"
            case StepStarted():
                self.activity = ""
            case TurnFinished():
                self.activity = ""
            case _:
                return self._take_figures(event)
        return True

    def _take_figures(self, event: AgentEvent) -> bool:
        match event:
            case UsageRestored(last=last):
                self.before = event
                if not self.steps_since:
                    self.last = last
            case StepFinished():
                self._count(event)
                self.last, self.last_step = event.usage, event
                self.estimate = None if event.usage else self.estimate
            case StepAborted():
                self._count(event, whole=False)
            case ContextEstimated(tokens=tokens):
                self.estimate = tokens
            case BudgetChanged(budget=budget):
                self.budget = budget
            case _:
                return False
        return True

    def _count(self, event: StepFinished | StepAborted, *, whole: bool = True) -> None:
        self.steps_since += 1
        self.total_since += event.usage or Usage()
        self.cost_since += Cost.of(event.cost_usd, whole=whole)

    @property
    def steps(self) -> int:
        """How many model calls there were."""
        return self.steps_since + (self.before.steps if self.before else 0)

    @property
    def total(self) -> Usage:
        """What all model calls used together, as far as servers said it."""
        return self.total_since + (self.before.total if self.before else Usage())

    @property
    def cost(self) -> Cost:
        """What they cost."""
        return self.cost_since + (self.before.cost if self.before else Cost())

    @property
    def context(self) -> tuple[int, str] | None:
        """The tokens of the conversation as it is sent, with "~" for an estimate; None: unknown."""
        if self.estimate is not None:
            return self.estimate, "~"
        if self.last is None:
            return None
        return self.last.input_tokens + self.last.output_tokens, ""

    def status(self) -> Status:
        """Return the bar's texts; an empty one is left out."""
        return Status(
            model=str(self.model.ref) if self.model else NO_MODEL,
            effort=f"effort {self.effort}" if self.effort else "",
            mode=self.mode.value,
            context=self._context(),
            cost=self._cost(),
            cache=self._cache(),
            sandbox=NO_SANDBOX,
            activity=f"{self.waiting} queued" if self.waiting else self.activity,
        )

    def _context(self) -> str:
        if self.context is None:
            return ""
        used, about = self.context
        window = self.model.context_window if self.model else None
        if window is None:
            return f"ctx ~{format_tokens(used)}" if about else f"ctx {format_count(used)}"
        share = share_of(used, window)
        return f"ctx {share}" if share.startswith("<") else f"ctx {about}{share}"

    def _cost(self) -> str:
        """Return what was spent, and of what; of two caps the one that is nearer."""
        usd, tokens = self.budget.usd, self.budget.tokens
        spent = self.cost.text() if self.steps else "$0.00"
        spent = f"$ {UNKNOWN}" if spent in {UNKNOWN, "≥ $0.00"} else spent
        if tokens and (not usd or self.total.total_tokens / tokens > self.cost.usd / usd):
            return f"{format_count(self.total.total_tokens)} of {format_tokens(tokens)} tokens"
        if usd:
            return f"{spent} of {self.budget.dollars}"
        return spent if self.steps else ""

    def _cache(self) -> str:
        """Return how much of the last request its server had read before, once one had any."""
        last = self.last
        if not self.total.cache_read_tokens or last is None or not last.input_tokens:
            return ""
        return f"cache {100 * last.cache_read_tokens // last.input_tokens} %"
