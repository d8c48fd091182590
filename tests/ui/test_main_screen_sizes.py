"""Every size of window: what remains of the screen, and that nothing is lost in between."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.ui.support import HALF_WRITTEN, LARGE, NUMBERS, SMALL, Desk, says, two_edits

NARROW = [(60, 15), (40, 12), (20, 6)]
LONG = "averylongwordwithoutanyspace" * 8


async def test_a_window_that_is_too_small_says_so_and_gives_everything_back(tmp_path):
    desk = Desk(tmp_path, [says("One.")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "first")
        await pilot.press(*"draft")
        await pilot.resize_terminal(20, 5)
        await desk.settle(pilot)
        assert "larger" in desk.text
        assert "draft" not in desk.text
        await pilot.press(*"unseen")
        await pilot.resize_terminal(*SMALL)
        await desk.settle(pilot)
        assert desk.screen.focused is desk.screen.composer
        await pilot.press(*" two")
        assert desk.draft == "draft two"
        assert "One." in desk.text


async def test_a_review_is_decided_by_nobody_while_it_cannot_be_seen(tmp_path):
    desk = Desk(tmp_path, [two_edits()])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        await desk.review(pilot)
        await pilot.resize_terminal(20, 5)
        await desk.settle(pilot)
        await pilot.press("A", "enter")
        await pilot.resize_terminal(*SMALL)
        await desk.at_rest(pilot)
        assert desk.screen.approval.active
        assert desk.screen.focused is desk.screen.approval
        assert desk.file("a.txt") == NUMBERS


async def test_a_remark_on_the_welcome_is_in_sight_in_a_low_window(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running((50, 12)) as pilot:
        await desk.send(pilot, "/model nonsense")
        assert "Write it as provider/model" in desk.text
        assert "What shall we work on?" in desk.text


async def test_a_turn_goes_on_behind_a_window_that_is_too_small(tmp_path):
    desk = Desk(tmp_path, [says("One.")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        await pilot.resize_terminal(10, 3)
        desk.gate.open()
        await desk.at_rest(pilot)
        await pilot.resize_terminal(*LARGE)
        await desk.settle(pilot)
        assert "One." in desk.text


@pytest.mark.parametrize("size", NARROW)
async def test_chat_and_composer_remain_in_a_narrow_window(tmp_path, size):
    desk = Desk(tmp_path, [says(f"Short. {LONG} 日本語の長い文章")])
    async with desk.running(size) as pilot:
        await desk.ask(pilot, "go")
        assert max(map(cell_len, desk.lines)) <= size[0]
        assert len(desk.lines) == size[1]
        assert desk.screen.composer.region.height >= 2
        assert desk.screen.chat.region.height >= 1
        assert "one" in desk.status
        await pilot.press(*"typed")
        await desk.settle(pilot)
        assert "typed" in desk.text


@pytest.mark.parametrize("size", NARROW[:2])
async def test_the_main_job_can_be_done_in_a_narrow_window(tmp_path, size):
    desk = Desk(tmp_path, [two_edits(), says("Fine.")])
    desk.file("a.txt", NUMBERS)
    async with desk.running(size) as pilot:
        await desk.ask(pilot, "change it")
        await desk.review(pilot)
        assert "line two" in desk.text
        assert "accept" in desk.text
        await pilot.press("y", "n")
        await desk.at_rest(pilot)
        await pilot.press("enter")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert desk.file("a.txt") == HALF_WRITTEN


@pytest.mark.parametrize("size", [*NARROW[:2], SMALL, LARGE])
async def test_the_picker_fits_into_the_window_and_shows_its_choice(tmp_path, size):
    desk = Desk(tmp_path)
    async with desk.running(size) as pilot:
        await pilot.press("ctrl+l")
        await desk.settle(pilot)
        picker = desk.screen.picker
        assert desk.screen.region.contains_region(picker.region)
        assert any(line.lstrip().startswith("●") for line in desk.lines)
        await pilot.press(*"three")
        await desk.settle(pilot)
        assert "three" in desk.text
        await pilot.press("enter")
        await desk.settle(pilot)
        assert "three" in desk.status


async def test_the_composer_grows_with_the_text_and_leaves_room_for_the_chat(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        desk.write("\n".join(f"row {number}" for number in range(40)))
        await desk.settle(pilot)
        assert desk.screen.composer.region.height <= 9
        assert desk.screen.chat.region.height >= 8
        assert "row 39" in desk.text
