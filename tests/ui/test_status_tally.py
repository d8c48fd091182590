"""What the status bar says, learned from events."""

from __future__ import annotations

import pytest

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.events import (
    ApprovalModeChanged,
    InputQueueChanged,
    ModelDescribed,
    ModelSelected,
    NoticeShown,
    RetryScheduled,
    SessionStarted,
    StepFinished,
    StepStarted,
    TurnFinished,
    UsageRestored,
)
from codex_tui.protocol.ids import Place, SessionId
from codex_tui.protocol.messages import StopReason, Usage
from codex_tui.protocol.models import Effort, ModelInfo, ModelRef
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


def test_one_unknown_price_makes_the_sum_unknown_for_good():
    assert after(step(cost_usd=0.25), step(cost_usd=None), step(cost_usd=0.1)).cost == "$ –"


def test_the_cached_share_is_of_all_input_so_far():
    status = after(
        step(Usage(input_tokens=100)), step(Usage(input_tokens=300, cache_read_tokens=300))
    )
    assert status.cache == "cached 75 %"
    assert after(step(Usage(input_tokens=100))).cache == ""


def test_what_waits_hides_a_retry_and_a_new_step_ends_it():
    retry = RetryScheduled(place=PLACE, attempt=2, of=5, delay_s=1, reason="busy")
    queue = InputQueueChanged(place=PLACE, steering=("a",), queued=("b", "c"))
    assert after(retry).activity == "retry 2/5"
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
    return UsageRestored(place=PLACE, steps=3, total=total, last=last, cost_usd=cost_usd)


def tally_after(*events):
    tally = StatusTally()
    for event in events:
        tally.take(event)
    return tally


def test_a_resumed_session_is_counted_whole():
    used = Usage(input_tokens=40_000, output_tokens=2_000)
    started = SessionStarted(place=PLACE, directory="/w", mode=ApprovalMode.SUGGEST, resumed=True)
    tally = tally_after(started, selected(), restored(0.5, used))
    assert tally.status().cost == "$0.50"
    assert tally.status().cache == "cached 50 %"
    assert tally.status().context == "ctx 21 %"
    tally.take(step(Usage(input_tokens=10, output_tokens=1), 0.25))
    assert (tally.steps, tally.cost_usd) == (4, 0.75)
    assert (tally.total.input_tokens, tally.total.output_tokens) == (1_010, 101)
    assert tally.status().context == "ctx <1 %"


def test_a_cost_that_becomes_known_is_added_to_what_was_used_since():
    tally = tally_after(selected(), restored(), step(Usage(input_tokens=1), 0.25))
    assert tally.status().cost == "$ –"
    tally.take(restored(0.5, Usage(input_tokens=9)))
    assert tally.status().cost == "$0.75"
    assert tally.steps == 4
    assert tally.last == Usage(input_tokens=1)


def test_another_session_forgets_what_was_restored():
    started = SessionStarted(place=PLACE, directory="/w", mode=ApprovalMode.SUGGEST)
    tally = tally_after(restored(0.5), started)
    assert (tally.steps, tally.total, tally.cost_usd) == (0, Usage(), 0.0)
