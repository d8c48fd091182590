"""What the engine reports of tokens and money besides the end of each step; see `events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_tui.protocol.ids import Place
from codex_tui.protocol.messages import Usage
from codex_tui.protocol.spending import Budget


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


SpendingEvent = StepAborted | ContextEstimated | BudgetChanged
