"""The model's plan between chat and composer."""

from __future__ import annotations

import pytest

from codex_tui.protocol.plan import PlanStatus, PlanStep
from codex_tui.ui.widgets.plan_line import steps_in_sight
from tests.ui.support import LARGE, SMALL, Desk, calls, says

both_sizes = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
NO_PLAN = "There is no plan: the model sets one for work of several steps."


def plan(*statuses, number=1, names=None):
    names = names or [f"step {at}" for at in range(1, len(statuses) + 1)]
    steps = [{"step": name, "status": status} for name, status in zip(names, statuses, strict=True)]
    return calls(("update_plan", {"plan": steps}), number=number)


def shown(desk):
    """The rows between chat and composer."""
    lines = desk.lines
    top = next((at for at, line in enumerate(lines) if line.startswith((" ▸ ", " ▾ "))), None)
    if top is None:
        return []
    end = next(at for at in range(top, len(lines)) if lines[at].startswith("─"))
    return [line.strip() for line in lines[top:end]]


def stop_before_request(desk, number):
    """Let no word of the answer to a request through before the gate is opened."""

    async def pause():
        if len(desk.requests) >= number:
            await desk.gate._open.wait()

    desk.assembly._registry._opened.by_name["alpha"]._pause = pause
    desk.gate.shut()


def steps(*statuses):
    return [PlanStep(text="x", status=PlanStatus(each)) for each in statuses]


@both_sizes
async def test_the_step_at_hand_is_one_line_until_all_are_done_and_the_turn_is_over(tmp_path, size):
    replies = [
        plan("completed", "in_progress", "pending", names=["look", "rename the tests", "run"]),
        plan("completed", "completed", "completed", number=2),
        says("Done."),
    ]
    desk = Desk(tmp_path, replies)
    async with desk.running(size) as pilot:
        assert shown(desk) == []
        stop_before_request(desk, 2)
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: shown(desk))
        assert shown(desk) == ["▸ 2/3 rename the tests"]
        desk.gate.open()
        await desk.at_rest(pilot)
        assert shown(desk) == []
        assert desk.screen.plan.has_plan is False
        assert "update_plan rename the tests — 1 of 3 done" in desk.text
        assert "update_plan — 3 of 3 done" in desk.text


async def test_an_unfinished_plan_stays_after_the_turn_and_unfolds(tmp_path):
    names = ["look", "rename \x1b[2Jthe tests", "run them"]
    desk = Desk(
        tmp_path, [plan("completed", "in_progress", "pending", names=names), says("So far.")]
    )
    async with desk.running() as pilot:
        await desk.ask(pilot, "go")
        assert shown(desk) == ["▸ 2/3 rename ␛[2Jthe tests"]
        await pilot.press("ctrl+t")
        await desk.settle(pilot)
        assert shown(desk) == [
            "▾ plan 1/3 done",
            "✓ look",
            "● rename ␛[2Jthe tests",
            "○ run them",
        ]
        await pilot.click("#plan")
        await desk.settle(pilot)
        assert shown(desk) == ["▸ 2/3 rename ␛[2Jthe tests"]
        assert desk.app.focused is desk.screen.composer


async def test_a_finished_plan_is_seen_until_the_turn_ends_and_does_not_come_back(tmp_path):
    desk = Desk(tmp_path, [plan("completed", "completed"), says("Done."), says("Again.")])
    async with desk.running() as pilot:
        stop_before_request(desk, 2)
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: len(desk.requests) == 2)
        assert shown(desk) == ["▸ 2/2 all done"]
        desk.gate.open()
        await desk.at_rest(pilot)
        assert shown(desk) == []
        desk.gate.shut()
        await desk.send(pilot, "more")
        await desk.settle(pilot, lambda: len(desk.requests) == 3)
        assert shown(desk) == []
        desk.gate.open()
        await desk.at_rest(pilot)


async def test_a_new_session_has_no_plan_and_a_resumed_one_has_its_own_again(tmp_path):
    desk = Desk(tmp_path, [plan("in_progress", "pending"), says("So far.")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "go")
        assert shown(desk) == ["▸ 1/2 step 1"]
    again = Desk(tmp_path, [], go_on=True)
    async with again.running() as pilot:
        assert shown(again) == ["▸ 1/2 step 1"]
        await again.send(pilot, "/clear")
        await again.settle(pilot, lambda: not again.screen.plan.has_plan)
        assert shown(again) == []


async def test_a_finished_plan_is_not_brought_back_by_resuming(tmp_path):
    desk = Desk(tmp_path, [plan("completed"), says("Done.")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "go")
    again = Desk(tmp_path, [], go_on=True)
    async with again.running():
        assert shown(again) == []


async def test_without_a_plan_the_key_says_so(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+t")
        assert desk.toasts == [NO_PLAN]


async def test_a_small_window_keeps_its_rows_for_the_chat(tmp_path):
    desk = Desk(tmp_path, [plan("in_progress", "pending"), says("So far.")])
    async with desk.running((58, 20)) as pilot:
        await desk.ask(pilot, "go")
        assert shown(desk) == []
        await pilot.resize_terminal(80, 24)
        await desk.settle(pilot, lambda: shown(desk))
        assert shown(desk) == ["▸ 1/2 step 1"]


async def test_a_long_plan_shows_the_steps_round_the_one_at_hand(tmp_path):
    statuses = ["completed"] * 9 + ["in_progress"] + ["pending"] * 10
    desk = Desk(tmp_path, [plan(*statuses), says("So far.")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "go")
        await pilot.press("ctrl+t")
        await desk.settle(pilot)
        assert shown(desk) == [
            "▾ plan 9/20 done",
            "… 6 more",
            *(f"✓ step {number}" for number in (7, 8, 9)),
            "● step 10",
            *(f"○ step {number}" for number in (11, 12)),
            "… 8 more",
        ]


@pytest.mark.parametrize("count", [1, 7, 8, 9, 10, 20, 50])
def test_the_step_at_hand_is_always_in_sight_and_the_rows_never_too_many(count):
    for at in range(count + 1):
        done = ["completed"] * at
        rest = ["in_progress", *["pending"] * (count - at - 1)] if at < count else []
        seen = steps_in_sight(steps(*done, *rest))
        rows = len(seen) + (seen.start > 0) + (seen.stop < count)
        assert rows == min(count, 8)
        assert min(at, count - 1) in seen
        assert seen.start >= 0
        assert seen.stop <= count
        assert seen.start != 1  # a row that says "1 more" could hold that step
        assert count - seen.stop != 1
