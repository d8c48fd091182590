"""The model's plan: told to whoever listens, and read back from the conversation."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.agent.plan import plan_of
from codex_tui.agent.resume import past_of
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.events import ApprovalRequested, PlanUpdated, ToolCallFinished
from codex_tui.protocol.messages import AssistantMessage, TextPart, ToolStatus
from codex_tui.protocol.plan import PlanStatus, PlanStep
from codex_tui.providers.scripted import Reply
from tests.support.engine import REF, Engine, call

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.protocol.messages import ToolCall


def plan_call(*statuses: str, number: int = 1) -> ToolCall:
    steps = [{"step": f"step {at}", "status": each} for at, each in enumerate(statuses, 1)]
    return call("update_plan", json.dumps({"plan": steps}), number)


def steps(*statuses: str) -> tuple[PlanStep, ...]:
    return tuple(
        PlanStep(text=f"step {at}", status=PlanStatus(each)) for at, each in enumerate(statuses, 1)
    )


DONE = Reply(parts=(TextPart(text="Done."),))


async def played(root: Path, *replies: Reply) -> Engine:
    engine = Engine(root, [*replies, DONE])
    engine.session.start(ApprovalMode.SUGGEST)
    engine.session.select_model(REF)
    await engine.session.submit("go")
    engine.take()
    await engine.session.close()
    return engine


def plans(engine: Engine) -> list[tuple[PlanStep, ...]]:
    return [each.steps for each in engine.seen if isinstance(each, PlanUpdated)]


async def test_each_new_plan_is_told_unasked_and_the_last_one_is_the_sessions(root):
    first, second = plan_call("in_progress", "pending"), plan_call("completed", "pending", number=2)
    engine = await played(root, Reply(parts=(first,)), Reply(parts=(second,)))
    assert plans(engine) == [steps("in_progress", "pending"), steps("completed", "pending")]
    assert engine.session.plan == steps("completed", "pending")
    assert not [each for each in engine.seen if isinstance(each, ApprovalRequested)]
    results = [each for each in engine.seen if isinstance(each, ToolCallFinished)]
    assert [each.output for each in results] == [
        "Plan updated: 0 of 2 done.",
        "Plan updated: 1 of 2 done.",
    ]


async def test_of_two_plans_in_one_step_the_later_one_counts(root):
    both = Reply(parts=(plan_call("pending"), plan_call("completed", number=2)))
    engine = await played(root, both)
    assert plans(engine) == [steps("pending"), steps("completed")]
    assert engine.session.plan == steps("completed")


async def test_a_plan_that_was_refused_leaves_the_one_before(root):
    good, bad = plan_call("pending"), plan_call("in_progress", "in_progress", number=2)
    engine = await played(root, Reply(parts=(good,)), Reply(parts=(bad,)))
    assert plans(engine) == [steps("pending")]
    assert engine.session.plan == steps("pending")
    last = [each for each in engine.seen if isinstance(each, ToolCallFinished)][-1]
    assert last.status is ToolStatus.ERROR
    assert "steps 1, 2 are in_progress" in last.output


async def test_a_resumed_session_has_its_plan_again(root):
    engine = await played(root, Reply(parts=(plan_call("in_progress", "pending"),)))
    past = past_of(each.record for each in engine.store.load(engine.place.session).records)
    revived = Engine(root, [DONE], past=past)
    assert revived.session.plan == steps("in_progress", "pending")
    await revived.session.close()


async def test_a_conversation_without_a_plan_has_none(root):
    engine = await played(root, Reply(parts=(call("list_files", "{}"),)))
    assert engine.session.plan == ()
    assert plan_of(()) == ()


async def test_a_call_with_other_arguments_than_ours_is_no_plan(root):
    engine = await played(root, Reply(parts=(plan_call("pending"),)))
    foreign = tuple(
        replace(each, parts=(call("update_plan", '{"steps": []}'),))
        if isinstance(each, AssistantMessage) and each.tool_calls
        else each
        for each in engine.session.messages
    )
    assert plan_of(foreign) == ()
