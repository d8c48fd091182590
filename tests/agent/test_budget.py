"""The budget of a session: a warning, a question before more is spent, and what is counted."""

from __future__ import annotations

import asyncio

import pytest

from codex_tui.agent.past import Past
from codex_tui.agent.resume import past_of
from codex_tui.protocol.approvals import (
    AllowForSession,
    AllowOnce,
    ApprovalMode,
    BudgetSubject,
    Refuse,
    SetBudget,
)
from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.events import (
    ApprovalRequested,
    BudgetChanged,
    StepAborted,
    StepFinished,
    TurnFinished,
)
from codex_tui.protocol.messages import AssistantMessage, TextPart, Usage
from codex_tui.protocol.spending import Budget, StepFigures
from codex_tui.providers.scripted import Reply
from codex_tui.sessions.records import BudgetSet, StepClosed
from tests.support.engine import REF, Engine, call, notices


@pytest.fixture
def root(root):
    (root / "a.txt").write_text("one\n", encoding="utf-8")
    return root


def used(usd=None, tokens=0) -> Usage:
    return Usage(input_tokens=tokens or 10, cost_usd=usd)


def reads(number, usage) -> Reply:
    return Reply(parts=(call("read_file", '{"path": "a.txt"}', number),), usage=usage)


def says(text, usage) -> Reply:
    return Reply(parts=(TextPart(text=text),), usage=usage)


def engine_of(root, replies, budget, **options) -> Engine:
    engine = Engine(root, replies, budget=budget, **options)
    engine.session.start(ApprovalMode.FULL_AUTO)
    engine.session.select_model(REF)
    engine.take()
    return engine


def stored(engine) -> list[object]:
    engine.session._conversation.journal.close()
    return [each.record for each in engine.store.load(engine.place.session).records]


async def asked(engine) -> ApprovalRequested:
    event = await engine.until(ApprovalRequested)
    assert isinstance(event, ApprovalRequested)
    assert isinstance(event.request.subject, BudgetSubject)
    return event


TWO_DOLLARS = [reads(1, used(0.9)), reads(2, used(0.9)), says("done", used(0.1))]


async def test_a_warning_comes_once_and_a_question_before_the_call_behind_the_cap(root):
    engine = engine_of(root, list(TWO_DOLLARS), Budget(usd=1.1))
    turn = asyncio.ensure_future(engine.session.submit("go"))
    event = await asked(engine)
    subject = event.request.subject
    assert (subject.cost.text(), subject.budget, subject.raised) == (
        "$1.80", Budget(usd=1.1), Budget(usd=2.35),
    )  # fmt: skip
    assert len(engine.sent) == 2
    assert engine.session.decide(event.request.id, AllowOnce())
    await turn
    engine.take()
    warnings = [each for each in notices(engine) if "of the budget is used" in each]
    assert warnings == ["81 % of the budget is used: $0.90 of $1.10.",
                        "80 % of the budget is used: $1.90 of $2.35."]  # fmt: skip
    assert [each.text for each in engine.session.messages if isinstance(each, AssistantMessage)][
        -1
    ] == "done"
    assert engine.session.budget.budget == Budget(usd=2.35)
    assert BudgetSet(budget=Budget(usd=2.35)) in stored(engine)


@pytest.mark.parametrize(
    ("decision", "budget"),
    [
        (AllowForSession(), Budget()),
        (SetBudget(budget=Budget(usd=9)), Budget(usd=9)),
    ],
    ids=["without a cap", "another"],
)
async def test_the_answer_may_be_another_cap_or_none(root, decision, budget):
    engine = engine_of(root, list(TWO_DOLLARS), Budget(usd=1))
    turn = asyncio.ensure_future(engine.session.submit("go"))
    event = await asked(engine)
    engine.session.decide(event.request.id, decision)
    await turn
    assert engine.session.budget.budget == budget
    assert BudgetChanged(place=engine.place, budget=budget) in engine.take()


async def test_a_cap_that_is_still_too_low_asks_again_and_no_stops_the_turn_with_all_kept(root):
    engine = engine_of(root, list(TWO_DOLLARS), Budget(usd=1))
    turn = asyncio.ensure_future(engine.session.submit("go"))
    event = await asked(engine)
    engine.session.decide(event.request.id, SetBudget(budget=Budget(usd=1.5)))
    event = await asked(engine)
    engine.session.decide(event.request.id, Refuse())
    await turn
    (end,) = [each for each in engine.take() if isinstance(each, TurnFinished)]
    assert end.outcome == "stopped"
    assert end.message == "Stopped: the budget is used up, $1.80 of $1.50."
    assert "/budget" in end.hint
    assert end.cost.text() == "$1.80"
    assert len(engine.sent) == 2
    assert len([each for each in engine.session.messages if each.type == "tool_result"]) == 2


async def test_the_command_answers_the_question_that_waits(root):
    engine = engine_of(root, list(TWO_DOLLARS), Budget(usd=1))
    turn = asyncio.ensure_future(engine.session.submit("go"))
    await asked(engine)
    engine.session.budget.set(Budget(usd=50))
    await turn
    assert len(engine.sent) == 3


async def test_an_interrupt_ends_the_wait(root):
    engine = engine_of(root, list(TWO_DOLLARS), Budget(usd=1))
    turn = asyncio.ensure_future(engine.session.submit("go"))
    await asked(engine)
    engine.session.interrupt()
    await turn
    (end,) = [each for each in engine.take() if isinstance(each, TurnFinished)]
    assert end.outcome == "interrupted"


async def test_tokens_are_capped_too_and_nobody_to_ask_stops_the_turn(root):
    replies = [reads(1, used(tokens=900)), reads(2, used(tokens=900)), says("x", used())]
    engine = engine_of(root, replies, Budget(tokens=1_000), interactive=False)
    await engine.session.submit("go")
    (end,) = [each for each in engine.take() if isinstance(each, TurnFinished)]
    assert end.outcome == "stopped"
    assert "1,800 of 1,000 tokens" in end.message
    assert not [each for each in engine.seen if isinstance(each, ApprovalRequested)]


async def test_a_cap_in_dollars_says_once_that_a_price_is_not_known(root):
    replies = [reads(1, Usage(input_tokens=9)), says("x", Usage(input_tokens=9))]
    engine = engine_of(root, replies, Budget(usd=1))
    await engine.session.submit("go")
    engine.take()
    (notice,) = [each for each in notices(engine) if "cannot be enforced" in each]
    assert "fake/model" in notice
    assert "$1.00" in notice


async def test_a_cap_in_tokens_says_once_that_a_server_does_not_count_them(root):
    engine = engine_of(root, [reads(1, None), says("done", None)], Budget(tokens=500))
    await engine.session.submit("go")
    (notice,) = [each for each in notices(engine) if "cannot be enforced" in each]
    assert "does not say how many tokens it used: the cap of 500 tokens" in notice


async def test_what_was_used_before_the_session_was_resumed_counts(root):
    before = (StepFigures(model="fake/model", usage=used(2.0), cost_usd=2.0, turn=1),)
    past = Past(steps=before, budget=Budget(usd=1))
    engine = engine_of(root, [says("x", used(0.1))], Budget(usd=99), past=past)
    turn = asyncio.ensure_future(engine.session.submit("go"))
    event = await asked(engine)
    assert event.request.subject.cost.text() == "$2.00"
    engine.session.decide(event.request.id, Refuse())
    await turn
    assert engine.sent == []


async def test_a_call_that_broke_off_is_counted_as_far_as_it_was_told(root):
    fault = ProviderError("cut", kind=ProviderErrorKind.STREAM_INTERRUPTED, provider="fake")
    broken = Reply(parts=(TextPart(text="half of it"),), usage=used(0.25), error=fault, cut=True)
    engine = engine_of(root, [broken], Budget())
    await engine.session.submit("go")
    events = engine.take()
    (aborted,) = [each for each in events if isinstance(each, StepAborted)]
    assert (aborted.usage, aborted.cost_usd) == (used(0.25), 0.25)
    (end,) = [each for each in events if isinstance(each, TurnFinished)]
    assert end.cost.text() == "≥ $0.25"
    assert end.usage.input_tokens == 10
    (closed,) = [each for each in stored(engine) if isinstance(each, StepClosed)]
    assert (closed.usage, closed.cost_usd, closed.whole) == (used(0.25), 0.25, False)


async def test_a_call_the_server_did_not_begin_to_answer_costs_nothing(root):
    fault = ProviderError("no", kind=ProviderErrorKind.OVERLOADED, provider="fake")
    engine = engine_of(root, [Reply(error=fault)], Budget())
    await engine.session.submit("go")
    assert not [each for each in engine.take() if isinstance(each, StepAborted)]
    assert not [each for each in stored(engine) if isinstance(each, StepClosed)]


async def test_times_and_cost_of_a_step_are_told_and_kept(root):
    engine = engine_of(root, [says("word " * 20, used(0.5))], Budget())
    ticks = iter(range(1_000))
    engine.session._turns._loop._clock = lambda: float(next(ticks))
    await engine.session.submit("go")
    (step,) = [each for each in engine.take() if isinstance(each, StepFinished)]
    (closed,) = [each for each in stored(engine) if isinstance(each, StepClosed)]
    assert step.first_token_ms is not None
    assert 0 < step.first_token_ms < step.duration_ms
    assert closed == StepClosed(
        usage=used(0.5),
        model="fake/model",
        duration_ms=step.duration_ms,
        first_token_ms=step.first_token_ms,
        cost_usd=0.5,
    )


async def test_the_session_goes_on_with_its_figures_and_its_budget(root):
    engine = engine_of(root, [says("x", used(0.5)), says("y", used(0.25))], Budget())
    await engine.session.submit("one")
    await engine.session.submit("two")
    engine.session.budget.set(Budget(usd=7))
    ledger = engine.session.models.ledger
    past = past_of(stored(engine))
    assert past.budget == Budget(usd=7)
    assert [(step.turn, step.cost_usd) for step in past.steps] == [(1, 0.5), (2, 0.25)]
    assert [(step.turn, step.cost_usd) for step in ledger.steps] == [(1, 0.5), (2, 0.25)]
    assert ledger.cost.text() == "$0.75"
