"""The main job: a proposal, decided hunk by hunk, and exactly that on the disk."""

from __future__ import annotations

import pytest

from tests.ui.support import (
    HALF_WRITTEN,
    LARGE,
    NUMBERS,
    SMALL,
    Desk,
    calls,
    says,
    two_edits,
    words_of,
)

both_sizes = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
ALL_WRITTEN = HALF_WRITTEN.replace("line 25\n", "line twenty-five\n")


def desk_with_proposal(tmp_path, *more, **options):
    desk = Desk(tmp_path, [two_edits(), *more, says("Understood.")], **options)
    desk.file("a.txt", NUMBERS)
    return desk


async def finish(desk, pilot):
    await desk.settle(pilot, lambda: not desk.session.busy)
    await desk.at_rest(pilot)


@both_sizes
async def test_accept_one_reject_one_for_a_reason_and_the_file_holds_exactly_that(tmp_path, size):
    desk = desk_with_proposal(tmp_path)
    async with desk.running(size) as pilot:
        await pilot.press(*"change it", "enter")
        await desk.review(pilot)
        assert desk.screen.focused is desk.screen.approval
        assert desk.file("a.txt") == NUMBERS
        await pilot.press("y", "r", *"keep digits", "enter")
        await desk.settle(pilot)
        assert "Enter applies 1 of 2 hunks" in desk.text
        assert desk.file("a.txt") == NUMBERS
        await pilot.press("enter")
        await finish(desk, pilot)
        assert desk.file("a.txt") == HALF_WRITTEN
        assert "applied 1 of 2 hunks" in desk.text
        assert "Understood." in desk.text
        assert desk.screen.focused is desk.screen.composer
        told = words_of(desk.requests[1])[-1]
        assert "REFUSED, because: keep digits" in told
        assert "Hunk 1 (line 2): accepted." in told


@pytest.mark.parametrize(
    ("keys", "content"),
    [
        pytest.param(["A", "enter"], ALL_WRITTEN, id="accept-all"),
        pytest.param(["X", "enter"], NUMBERS, id="reject-all"),
        pytest.param(["a", "enter"], ALL_WRITTEN, id="accept-file"),
        pytest.param(["x", "enter"], NUMBERS, id="reject-file"),
        pytest.param(["y", "enter", "enter"], HALF_WRITTEN, id="undecided-is-rejected-when-asked"),
        pytest.param(["n", "u", "A", "enter"], ALL_WRITTEN, id="undo"),
        pytest.param(["]", "n", "[", "y", "enter"], HALF_WRITTEN, id="other-order"),
        pytest.param(
            ["w", "s", "y", "n", "enter"], HALF_WRITTEN, id="why-and-split-decide-nothing"
        ),
    ],
)
async def test_what_the_keys_decide_is_what_is_written(tmp_path, keys, content):
    desk = desk_with_proposal(tmp_path)
    async with desk.running(LARGE) as pilot:
        await desk.ask(pilot, "change it")
        await desk.review(pilot)
        await pilot.press(*keys)
        await finish(desk, pilot)
        assert desk.file("a.txt") == content


async def test_enter_asks_before_it_rejects_what_is_undecided(tmp_path):
    desk = desk_with_proposal(tmp_path)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        await desk.review(pilot)
        await pilot.press("y", "enter")
        await desk.settle(pilot)
        assert "1 undecided: Enter again rejects it" in desk.text
        assert desk.screen.approval.active


async def test_keys_typed_just_as_it_appears_decide_nothing(tmp_path):
    desk = desk_with_proposal(tmp_path)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        assert desk.screen.focused is desk.screen.approval
        await pilot.press("y", "A", "enter", "enter")
        await desk.settle(pilot)
        assert desk.screen.approval.active
        assert "too early" in desk.text
        assert desk.file("a.txt") == NUMBERS


async def test_it_does_not_take_the_focus_from_somebody_who_writes(tmp_path):
    desk = desk_with_proposal(tmp_path)
    async with desk.running(LARGE) as pilot:
        desk.gate.shut()
        await desk.send(pilot, "change it")
        await pilot.press(*"hal")
        desk.gate.open()
        await desk.review(pilot)
        assert desk.screen.focused is desk.screen.composer
        assert "Ctrl+N to review" in desk.text
        await pilot.press("y", "A")
        assert desk.draft == "halyA"
        assert desk.screen.approval.active
        await pilot.press("ctrl+n", "A", "enter")
        await finish(desk, pilot)
        assert desk.file("a.txt") == ALL_WRITTEN
        assert desk.draft == "halyA"


async def test_it_does_not_take_the_focus_from_the_open_picker(tmp_path):
    desk = desk_with_proposal(tmp_path)
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "change it")
        await pilot.press("ctrl+l", "b")
        desk.gate.open()
        await desk.review(pilot)
        await pilot.press("e")
        assert desk.screen.picker._listing.filter.value == "be"


@pytest.mark.parametrize("closing", ["escape", "enter", "ctrl+l"])
async def test_what_is_typed_behind_the_picker_answers_no_review_that_came_meanwhile(
    tmp_path, closing
):
    desk = Desk(tmp_path, [calls(("read_file", {"path": ".env"})), says("Hm.")])
    desk.file(".env", "TOKEN=abc\n")
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "look")
        await pilot.press("ctrl+l")
        desk.gate.open()
        await desk.review(pilot)
        await pilot.press(closing)
        await desk.settle(pilot)
        await pilot.press(*"yes, go on")
        await desk.settle(pilot)
        assert desk.draft == "yes, go on"
        assert desk.screen.approval.active
        assert "Ctrl+N to review" in desk.text


@pytest.mark.parametrize("closing", ["q", "enter", "escape"])
async def test_a_review_that_comes_behind_the_help_gets_no_key_meant_for_it(tmp_path, closing):
    desk = desk_with_proposal(tmp_path)
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "change it")
        await pilot.press("f1")
        desk.gate.open()
        await desk.review(pilot)
        await pilot.press(closing)
        await desk.settle(pilot, lambda: desk.app.screen is desk.screen)
        await pilot.press(*"yAx")
        assert desk.draft == "yAx"
        assert desk.screen.approval.active
        assert desk.file("a.txt") == NUMBERS


async def test_the_picker_gives_the_focus_back_to_the_review_it_was_opened_from(tmp_path):
    desk = desk_with_proposal(tmp_path)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        await desk.review(pilot)
        await pilot.press("ctrl+l")
        await desk.settle(pilot)
        await pilot.press("escape")
        await desk.settle(pilot)
        assert desk.screen.focused is desk.screen.approval


async def test_wide_it_stands_beside_the_chat_and_narrow_over_it(tmp_path):
    desk = desk_with_proposal(tmp_path)
    async with desk.running(LARGE) as pilot:
        await desk.ask(pilot, "change it")
        chat, approval = desk.screen.chat, desk.screen.approval
        assert chat.region.right <= approval.region.x
        assert chat.region.width >= 50
        assert "Two changes." in desk.text
        await pilot.resize_terminal(*SMALL)
        await desk.at_rest(pilot)
        assert not chat.display
        assert approval.region.width == 80
        await pilot.resize_terminal(*LARGE)
        await desk.at_rest(pilot)
        assert chat.region.width >= 50
        assert "Two changes." in desk.text


async def test_steering_typed_beside_a_review_reaches_the_model_after_it(tmp_path):
    desk = desk_with_proposal(tmp_path)
    async with desk.running(LARGE) as pilot:
        await desk.ask(pilot, "change it")
        await desk.review(pilot)
        await pilot.press("escape", *"and hurry", "enter", "ctrl+n", "A", "enter")
        await finish(desk, pilot)
        assert words_of(desk.requests[1])[-1] == "and hurry"


async def test_two_proposals_of_one_answer_are_reviewed_one_after_the_other(tmp_path):
    edits = [
        ("edit_file", {"path": name, "edits": [{"old": "line 2\n", "new": "line two\n"}]})
        for name in ("a.txt", "b.txt")
    ]
    desk = Desk(tmp_path, [calls(*edits), says("Both.")])
    for name in ("a.txt", "b.txt"):
        desk.file(name, NUMBERS)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change both")
        await desk.review(pilot)
        await pilot.press("n", "enter")
        await desk.settle(pilot, lambda: "b.txt" in desk.text)
        await desk.review(pilot)
        await pilot.press("y", "enter")
        await finish(desk, pilot)
        assert desk.file("a.txt") == NUMBERS
        assert desk.file("b.txt") == HALF_WRITTEN


async def test_a_file_that_changed_meanwhile_is_not_written(tmp_path):
    desk = desk_with_proposal(tmp_path)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        await desk.review(pilot)
        desk.file("a.txt", "my own words\n")
        await pilot.press("A", "enter")
        await finish(desk, pilot)
        assert desk.file("a.txt") == "my own words\n"
        assert [each.status for each in desk.results] == ["error"]


async def test_auto_edit_writes_without_asking(tmp_path):
    desk = desk_with_proposal(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("f3")
        await desk.ask(pilot, "change it")
        assert not desk.screen.approval.active
        assert desk.file("a.txt") == ALL_WRITTEN


async def test_a_secret_file_is_read_only_after_a_yes(tmp_path):
    reading = calls(("read_file", {"path": ".env"}))
    desk = Desk(tmp_path, [reading, says("No."), reading, says("Yes.")])
    desk.file(".env", "TOKEN=abc\n")
    async with desk.running() as pilot:
        await desk.ask(pilot, "look")
        await desk.review(pilot)
        assert ".env" in desk.text
        await pilot.press("n")
        await finish(desk, pilot)
        assert [each.status for each in desk.results] == ["denied"]
        await desk.ask(pilot, "look again")
        await desk.review(pilot)
        await pilot.press("y")
        await finish(desk, pilot)
        assert "TOKEN=abc" in desk.results[-1].content


@both_sizes
async def test_a_short_command_before_it_does_not_count_as_the_end_of_a_long_one(tmp_path, size):
    hidden = f"touch seen{' ' * 5_000}; touch made"
    asked = [calls(("shell", {"command": command})) for command in ("true", hidden)]
    desk = Desk(tmp_path, [asked[0], says("One."), asked[1], says("Two.")])
    async with desk.running(size) as pilot:
        await desk.ask(pilot, "do it")
        await desk.review(pilot)
        await pilot.press("n")
        await finish(desk, pilot)
        await desk.ask(pilot, "again")
        await desk.review(pilot)
        assert "rows below" in desk.text
        await pilot.press("y", "s")
        await desk.settle(pilot)
        assert "its end was not seen" in desk.text
        await pilot.press("n")
        await finish(desk, pilot)
        assert [each.status for each in desk.results] == ["denied", "denied"]
