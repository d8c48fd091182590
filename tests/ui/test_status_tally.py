"""What the status bar says, learned from events."""

from __future__ import annotations

import pytest

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.costs import Cost
from codex_tui.protocol.events import (
    ApprovalModeChanged,
    BudgetChanged,
    ContextEstimated,
    InputQueueChanged,
    ModelDescribed,
    ModelSelected,
    NoticeShown,
    RetryScheduled,
    SessionStarted,
    StepAborted,
    StepFinished,
    StepStarted,
    TurnFinished,
    UsageRestored,
)
from codex_tui.protocol.ids import Place, SessionId
from codex_tui.protocol.messages import StopReason, Usage
from codex_tui.protocol.models import Effort, ModelInfo, ModelRef
from codex_tui.protocol.spending import Budget
from codex_tui.ui.status import StatusTally

PLACE = Place(session=SessionId("s"))
MODEL = ModelInfo(ref=ModelRef("a", "b"), context_window=200_000)


def selected(model=MODEL, effort=None):
    return ModelSelected(place=PLACE, model=model, effort=effort)


def step(usage=None, cost_usd=None):
    return StepFinished(
        place=PLACE,
        model="a/b",
        stop=StopReason.END,
        usage=usage,
        duration_ms=10,
        first_token_ms=1,
        cost_usd=cost_usd,
    )


def aborted(cost_usd):
    return StepAborted(
        place=PLACE,
        model="a/b",
        usage=Usage(input_tokens=9),
        duration_ms=1,
        first_token_ms=1,
        cost_usd=cost_usd,
    )


def after(*events):
    tally = StatusTally()
    for event in events:
        tally.take(event)
    return tally.status()


def test_at_first_there_is_no_model_and_nothing_is_claimed():
    status = after()
    assert (status.model, status.effort, status.context, status.cost) == ("no model", "", "", "")
    assert status.mode == "suggest"
    assert status.sandbox == "no sandbox"


def test_model_effort_and_mode_are_shown_as_they_are():
    status = after(
        selected(effort=Effort.HIGH),
        ApprovalModeChanged(place=PLACE, mode=ApprovalMode.AUTO_EDIT),
    )
    assert (status.model, status.effort, status.mode) == ("a/b", "effort high", "auto-edit")


@pytest.mark.parametrize(
    ("window", "usage", "words"),
    [
        (200_000, Usage(input_tokens=40_000, output_tokens=6_000), "ctx 23 %"),
        (None, Usage(input_tokens=900, output_tokens=99), "ctx 999"),
        (None, Usage(input_tokens=12_000, output_tokens=340), "ctx 12.3k"),
        (200_000, None, ""),
    ],
)
def test_the_context_is_what_the_last_step_reported(window, usage, words):
    model = ModelInfo(ref=ModelRef("a", "b"), context_window=window)
    assert after(selected(model), step(Usage(input_tokens=1)), step(usage)).context == words


def test_costs_add_up():
    assert after(step(cost_usd=0.25), step(cost_usd=0.166)).cost == "$0.42"


def test_a_sum_says_that_a_part_of_it_is_not_known():
    assert after(step(cost_usd=0.25), step(cost_usd=None), step(cost_usd=0.1)).cost == "≥ $0.35"
    assert after(step(cost_usd=None), step(cost_usd=None)).cost == "$ –"
    assert after(step(cost_usd=0.001), step(cost_usd=None)).cost == "$ –"


def test_a_call_that_broke_off_counts_and_leaves_the_context_alone():
    used = Usage(input_tokens=40_000)
    status = after(selected(), step(used, 0.25), aborted(0.1))
    assert (status.cost, status.context) == ("≥ $0.35", "ctx 20 %")


def test_an_estimate_stands_until_the_server_has_counted():
    estimated = ContextEstimated(place=PLACE, tokens=46_000)
    assert after(selected(), estimated).context == "ctx ~23 %"
    assert after(estimated).context == "ctx ~46k"
    assert after(selected(), estimated, step(Usage(input_tokens=20_000))).context == "ctx 10 %"
    assert after(selected(), estimated, step(None)).context == "ctx ~23 %"
    assert after(selected(), ContextEstimated(place=PLACE, tokens=9)).context == "ctx <1 %"


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (Budget(usd=5), "$0.25 of $5.00"),
        (Budget(tokens=200_000), "12.3k of 200k tokens"),
        (Budget(usd=5, tokens=200_000), "12.3k of 200k tokens"),
        (Budget(usd=0.5, tokens=200_000), "$0.25 of $0.50"),
    ],
)
def test_of_a_budget_the_cap_that_is_nearer_is_shown(budget, words):
    used = Usage(input_tokens=12_000, output_tokens=340)
    changed = BudgetChanged(place=PLACE, budget=budget)
    assert after(changed, step(used, 0.25)).cost == words
    assert after(changed, step(used, 0.25), BudgetChanged(place=PLACE, budget=Budget())).cost == (
        "$0.25"
    )


def test_a_budget_shows_before_anything_was_spent():
    assert after(BudgetChanged(place=PLACE, budget=Budget(usd=5))).cost == "$0.00 of $5.00"


def test_the_cached_share_is_that_of_the_last_request():
    cold = step(Usage(input_tokens=100))
    warm = step(Usage(input_tokens=300, cache_read_tokens=290))
    assert after(cold, warm).cache == "cache 96 %"
    assert after(cold).cache == ""
    assert after(cold, warm, cold).cache == "cache 0 %"
    assert after(warm, step(None)).cache == ""


def test_what_waits_hides_a_retry_and_a_new_step_ends_it():
    retry = RetryScheduled(place=PLACE, attempt=2, of=6, delay_s=1, reason="busy")
    queue = InputQueueChanged(place=PLACE, steering=("a",), queued=("b", "c"))
    assert after(retry).activity == "attempt 2/6"
    assert after(retry, queue).activity == "3 queued"
    assert after(retry, StepStarted(place=PLACE, model="a/b")).activity == ""
    assert after(retry, TurnFinished(place=PLACE, outcome="failed")).activity == ""


def test_a_new_session_starts_counting_anew_with_the_model_that_is_chosen():
    started = SessionStarted(place=PLACE, directory="/w", mode=ApprovalMode.FULL_AUTO)
    usage = Usage(input_tokens=10, cache_read_tokens=5)
    queue = InputQueueChanged(place=PLACE, steering=(), queued=("b",))
    status = after(selected(), step(usage, 1.0), queue, started)
    assert (status.model, status.mode) == ("a/b", "full-auto")
    assert (status.context, status.cost, status.cache, status.activity) == ("", "", "", "")


def test_it_says_which_events_change_nothing():
    tally = StatusTally()
    assert not tally.take(NoticeShown(place=PLACE, level="info", text="hello"))
    assert tally.take(selected())


def test_a_model_that_is_better_known_gives_the_context_a_share_and_fits_the_effort():
    usage = Usage(input_tokens=20_000)
    unknown = selected(ModelInfo(ref=MODEL.ref), effort=Effort.MAX)
    assert after(unknown, step(usage)).context == "ctx 20.0k"
    described = ModelDescribed(place=PLACE, model=MODEL, effort=Effort.HIGH)
    status = after(unknown, step(usage), described)
    assert (status.context, status.effort) == ("ctx 10 %", "effort high")


def restored(cost_usd=None, last=None):
    total = Usage(input_tokens=1_000, output_tokens=100, cache_read_tokens=500)
    cost = Cost.of(cost_usd, late=True)
    return UsageRestored(place=PLACE, steps=3, total=total, last=last, cost=cost)


def tally_after(*events):
    tally = StatusTally()
    for event in events:
        tally.take(event)
    return tally


def test_a_resumed_session_is_counted_whole():
    used = Usage(input_tokens=40_000, output_tokens=2_000, cache_read_tokens=20_000)
    started = SessionStarted(place=PLACE, directory="/w", mode=ApprovalMode.SUGGEST, resumed=True)
    tally = tally_after(started, selected(), restored(0.5, used))
    assert tally.status().cost == "~$0.50"
    assert tally.status().cache == "cache 50 %"
    assert tally.status().context == "ctx 21 %"
    tally.take(step(Usage(input_tokens=10, output_tokens=1), 0.25))
    assert (tally.steps, tally.cost.usd) == (4, 0.75)
    assert (tally.total.input_tokens, tally.total.output_tokens) == (1_010, 101)
    assert tally.status().context == "ctx <1 %"


def test_a_cost_that_becomes_known_is_added_to_what_was_used_since():
    tally = tally_after(selected(), restored(), step(Usage(input_tokens=1), 0.25))
    assert tally.status().cost == "≥ $0.25"
    tally.take(restored(0.5, Usage(input_tokens=9)))
    assert tally.status().cost == "~$0.75"
    assert tally.steps == 4
    assert tally.last == Usage(input_tokens=1)


def test_another_session_forgets_what_was_restored():
    started = SessionStarted(place=PLACE, directory="/w", mode=ApprovalMode.SUGGEST)
    tally = tally_after(restored(0.5), started)
    assert (tally.steps, tally.total, tally.cost) == (0, Usage(), Cost())
