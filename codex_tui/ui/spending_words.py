"""Tokens, times and money in words: of one model call, of many, and of the session (`/cost`).

Unknown is left out of a step's line, "–" where it has a place of its own, and never 0.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.figures import UNKNOWN, format_count, format_duration, plural
from codex_tui.protocol.models import USUAL_SERVICE
from codex_tui.protocol.spending import StepFigures, total_cost, total_usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_tui.agent.spending.budget import BudgetGuard
    from codex_tui.agent.spending.ledger import Ledger
    from codex_tui.protocol.costs import Cost
    from codex_tui.protocol.events import StepAborted, StepFinished
    from codex_tui.protocol.messages import Usage
    from codex_tui.ui.widgets.facts import Fact


MAX_TURNS: Final = 10
MAX_STEPS: Final = 20
"""So many of the last are listed one by one."""


def figures_of(event: StepFinished | StepAborted) -> StepFigures:
    """Return the figures an event brings."""
    return StepFigures(
        model=event.model,
        usage=event.usage,
        duration_ms=event.duration_ms,
        first_token_ms=event.first_token_ms,
        cost_usd=event.cost_usd,
        whole=event.type == "step_finished",
    )


def step_words(step: StepFigures) -> str:
    """Return a model call in one line: model, times, speed, tokens, cost."""
    first_ms, speed = step.first_token_ms, step.tokens_per_s
    parts = [
        step.model,
        "" if step.whole else "broke off",
        f"{_seconds(first_ms)} to first token" if first_ms is not None else "nothing said",
        _seconds(step.duration_ms),
        f"{speed:.0f} tok/s" if speed else "",
        _tokens(step.usage) if step.usage else "",
        _tier(step.usage),
        _money(step.cost) if step.cost_usd is not None else "",
    ]
    return " · ".join(filter(None, parts))


def spare_words(step: StepFigures) -> tuple[str, ...]:
    """Return what `step_words` can do without where there is no room for it, the least first."""
    first_ms, speed, tier = step.first_token_ms, step.tokens_per_s, _tier(step.usage)
    return (
        f" · {speed:.0f} tok/s" if speed else "",
        f" · {tier}" if tier else "",
        f" · {_seconds(first_ms)} to first token" if first_ms is not None else "",
        _cached(step.usage) if step.usage else "",
        f"{step.model.partition('/')[0]}/",
        f" · {_seconds(step.duration_ms)}",
    )


def sum_words(steps: Sequence[StepFigures], model: str = "") -> str:
    """Return what some calls, those of a model if it is named, come to together."""
    cost, usage = total_cost(steps), total_usage(steps)
    parts = [
        _money(cost),
        model,
        plural(len(steps), "call"),
        _tokens(usage) if usage.total_tokens else f"tokens {UNKNOWN}",
        format_duration(sum(step.duration_ms for step in steps)),
    ]
    return " · ".join(filter(None, parts))


def cost_report(ledger: Ledger, budget: BudgetGuard) -> tuple[Fact, ...]:
    """Return the session's calls: all, by model, by turn, and those of the last turn."""
    steps = ledger.steps
    facts: list[Fact] = [("session", sum_words(steps) if steps else "no model call yet")]
    facts.append(budget_fact(budget))
    models = dict.fromkeys(step.model for step in steps)
    by_model = ((model, [step for step in steps if step.model == model]) for model in models)
    if len(models) > 1:
        facts.extend(("model", sum_words(made, model)) for model, made in by_model)
    facts.extend(_turns(steps))
    return tuple(facts)


def budget_fact(budget: BudgetGuard) -> Fact:
    """Return what was used of the session's cap."""
    return "budget", budget.used if budget.budget else "no cap; /budget sets one"


def _turns(steps: Sequence[StepFigures]) -> Iterator[Fact]:
    turns = [(turn, list(made)) for turn, made in groupby(steps, key=lambda step: step.turn)]
    earlier, shown = turns[:-MAX_TURNS], turns[-MAX_TURNS:]
    if earlier:
        merged = [step for _, made in earlier for step in made]
        yield f"turns to {earlier[-1][0]}", sum_words(merged)
    for turn, made in shown if len(turns) > 1 else ():
        yield f"turn {turn}", sum_words(made)
    for number, step in list(enumerate(shown[-1][1], start=1))[-MAX_STEPS:] if shown else ():
        yield f"step {step.turn}.{number}", step_words(step)


def _tokens(usage: Usage) -> str:
    aside = usage.aside_input_tokens + usage.aside_output_tokens
    beside = f" · {format_count(aside)} to compact" if aside else ""
    return (
        f"{format_count(usage.input_tokens)} in{_cached(usage)} · "
        f"{format_count(usage.output_tokens)} out{beside}"
    )


def _cached(usage: Usage) -> str:
    share = usage.input_tokens and 100 * usage.cache_read_tokens // usage.input_tokens
    return f" ({share} % cached)" if share else ""


def _tier(usage: Usage | None) -> str:
    tier = usage.service_tier if usage else ""
    return "" if tier in USUAL_SERVICE else tier


def _money(cost: Cost) -> str:
    """Return an amount with as many digits as tell it from nothing, "$ –" for an unknown one."""
    digits = 2 if cost.usd >= 1 else 3 if cost.usd >= 0.01 else 4
    text = cost.text(digits)
    return f"$ {text}" if text == UNKNOWN else text


def _seconds(duration_ms: int) -> str:
    seconds = duration_ms / 1000
    return f"{seconds:.1f} s" if seconds < 60 else format_duration(duration_ms)
