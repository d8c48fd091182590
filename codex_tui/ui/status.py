"""The figures of the status bar, kept from events: no widget, no arithmetic anywhere else."""

from __future__ import annotations

from dataclasses import dataclass, field

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.events import (
    AgentEvent,
    ApprovalModeChanged,
    InputQueueChanged,
    ModelDescribed,
    ModelSelected,
    RetryScheduled,
    SessionStarted,
    StepFinished,
    StepStarted,
    TurnFinished,
    UsageRestored,
)
from codex_tui.protocol.messages import Usage
from codex_tui.protocol.models import Effort, ModelInfo
from codex_tui.ui.widgets.status_bar import Status

NO_MODEL = "no model"
NO_SANDBOX = "no sandbox"


@dataclass(slots=True)
class StatusTally:
    """What the bar says. Figures are of the whole session: those of `before` it was resumed and
    those `since`, whose cost is None once a step's price was unknown.
    """

    model: ModelInfo | None = None
    effort: Effort | None = None
    mode: ApprovalMode = ApprovalMode.SUGGEST
    last: Usage | None = None
    last_step: StepFinished | None = None
    before: UsageRestored | None = None
    total_since: Usage = field(default_factory=Usage)
    cost_usd_since: float | None = 0.0
    steps_since: int = 0
    waiting: int = 0
    activity: str = ""

    def take(self, event: AgentEvent) -> bool:
        """Learn from an event; say whether the bar may look different now."""
        match event:
            case SessionStarted(mode=mode):
                self.before, self.last, self.last_step = None, None, None
                self.total_since, self.cost_usd_since, self.steps_since = Usage(), 0.0, 0
                self.waiting, self.activity, self.mode = 0, "", mode
            case (
                ModelSelected(model=model, effort=effort)
                | ModelDescribed(model=model, effort=effort)
            ):
                self.model, self.effort = model, effort
            case UsageRestored(last=last):
                self.before = event
                if not self.steps_since:
                    self.last = last
            case ApprovalModeChanged(mode=mode):
                self.mode = mode
            case InputQueueChanged(steering=steering, queued=queued):
                self.waiting = len(steering) + len(queued)
            case RetryScheduled(attempt=attempt, of=of):
                self.activity = f"retry {attempt}/{of}"
            case StepStarted():
                self.activity = ""
            case StepFinished():
                self._count(event)
            case TurnFinished():
                self.activity = ""
            case _:
                return False
        return True

    def _count(self, event: StepFinished) -> None:
        self.steps_since += 1
        self.last, self.last_step = event.usage, event
        self.total_since += event.usage or Usage()
        self.cost_usd_since = _sum(self.cost_usd_since, event.cost_usd)

    @property
    def steps(self) -> int:
        """How many model calls there were."""
        return self.steps_since + (self.before.steps if self.before else 0)

    @property
    def total(self) -> Usage:
        """What all model calls used together, as far as servers said it."""
        return self.total_since + (self.before.total if self.before else Usage())

    @property
    def cost_usd(self) -> float | None:
        """What they cost; None when that of one is unknown."""
        return _sum(self.cost_usd_since, self.before.cost_usd if self.before else 0.0)

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
        if self.last is None:
            return ""
        used = self.last.input_tokens + self.last.output_tokens
        window = self.model.context_window if self.model else None
        if window is None:
            return f"ctx {_short(used)}"
        share = 100 * used // window
        return f"ctx {share or '<1'} %"

    def _cost(self) -> str:
        if not self.steps:
            return ""
        return "$ –" if self.cost_usd is None else f"${self.cost_usd:.2f}"

    def _cache(self) -> str:
        if not self.total.input_tokens or not self.total.cache_read_tokens:
            return ""
        return f"cached {100 * self.total.cache_read_tokens // self.total.input_tokens} %"


def _sum(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first + second


def _short(tokens: int) -> str:
    return f"{tokens / 1000:.1f}k" if tokens >= 1000 else str(tokens)
