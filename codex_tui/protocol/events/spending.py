"""Tokens and money: what a model call used, what the next one comes to, and the cap on it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_tui.protocol.costs import Cost
from codex_tui.protocol.ids import Place
from codex_tui.protocol.messages import StopReason, Usage
from codex_tui.protocol.spending import Budget


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAborted:
    """A model call broke off after the server had begun to answer; that is charged. The figures are
    those of `StepFinished`, as far as the server had said them.
    """

    place: Place
    model: str
    usage: Usage | None
    duration_ms: int
    first_token_ms: int | None
    cost_usd: float | None = None
    type: Literal["step_aborted"] = "step_aborted"


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
class ContextEstimated:
    """The next request comes to about `tokens`; the server's own count replaces that."""

    place: Place
    tokens: int
    type: Literal["context_estimated"] = "context_estimated"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetChanged:
    """The session's cap was set, raised or taken away."""

    place: Place
    budget: Budget
    type: Literal["budget_changed"] = "budget_changed"


SpendingEvent = StepFinished | StepAborted | UsageRestored | ContextEstimated | BudgetChanged
