"""A model without tools on the screen: the file goes along, one change is reviewed, and no more."""

from __future__ import annotations

import json

import pytest

from codex_tui.protocol.messages import StopReason
from tests.ui.support import CONFIG, LARGE, NUMBERS, SMALL, Desk, says

NO_TOOLS = CONFIG.replace('["one", "two"]', '["one", "two"]\ntools = false')
SUM = f"total = 0\n{NUMBERS}print(total)\n"
EDIT = {"edit": "a.txt", "old": "total", "new": "amount"}
CHANGED_ONCE = SUM.replace("total = 0", "amount = 0")
RUNAWAY = "The model repeated itself without end and was stopped."


def answers(value, **fields):
    return says(json.dumps({"answer": value}), **fields)


def desk_with(tmp_path, *replies, **options):
    desk = Desk(tmp_path, replies, config=NO_TOOLS, **options)
    desk.file("a.txt", SUM)
    return desk


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_one_hunk_of_the_one_change_is_taken_and_the_turn_is_over(tmp_path, size):
    desk = desk_with(tmp_path, answers(EDIT))
    async with desk.running(size) as pilot:
        await pilot.press(*"Rename total in a.txt", "enter")
        await desk.review(pilot)
        assert desk.file("a.txt") == SUM
        await pilot.press("y", "n", "enter")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert desk.file("a.txt") == CHANGED_ONCE
        assert "applied 1 of 2 hunks" in desk.text
        assert "a.txt goes along: 32 lines." in desk.text
        assert len(desk.requests) == 1
        assert desk.requests[0].tools == ()
        assert desk.screen.focused is desk.screen.composer


async def test_a_new_file_is_reviewed_and_a_question_is_answered_in_words(tmp_path):
    new = {"write": "b.txt", "content": "new\n"}
    desk = desk_with(tmp_path, answers(new), answers({"reply": "It counts to thirty."}))
    async with desk.running() as pilot:
        await desk.ask(pilot, "Make b.txt")
        await desk.review(pilot)
        await pilot.press("A", "enter")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert desk.file("b.txt") == "new\n"
        await desk.ask(pilot, "What is in a.txt?")
        assert "It counts to thirty." in desk.text
        assert "{" not in desk.text


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (answers({"reply": "And on. " * 600}), RUNAWAY),
        (answers({"write": "b.txt", "content": "x = 1\n" * 600}), RUNAWAY),
        (
            answers({"write": "b.txt", "content": "x"}, stop=StopReason.LENGTH),
            "The answer was cut at the model's output limit",
        ),
    ],
    ids=["words", "file", "cut"],
)
async def test_an_answer_without_end_is_stopped_and_said_to_be(tmp_path, reply, told):
    desk = desk_with(tmp_path, reply)
    async with desk.running(LARGE) as pilot:
        await desk.ask(pilot, "Make b.txt")
        assert told in desk.text
        assert "Nothing was changed." in desk.text
        assert not (desk.root / "b.txt").exists()
        assert desk.screen.focused is desk.screen.composer
