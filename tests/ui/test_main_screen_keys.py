"""Every key of the main screen, at both sizes where size can matter."""

from __future__ import annotations

import pytest

from codex_tui.ui.screens.help import HelpScreen
from tests.ui.support import LARGE, NO_MODEL, NUMBERS, SMALL, Desk, calls, says, two_edits

both_sizes = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])


@both_sizes
async def test_ctrl_l_opens_the_picker_and_closes_it_again(tmp_path, size):
    desk = Desk(tmp_path)
    async with desk.running(size) as pilot:
        await pilot.press("ctrl+l")
        assert desk.screen.picker.display
        assert "type to filter" in desk.text
        await pilot.press("ctrl+l")
        assert not desk.screen.picker.display
        assert desk.screen.focused is desk.screen.composer


@both_sizes
@pytest.mark.parametrize("key", ["shift+tab", "f3"])
async def test_the_mode_key_goes_through_the_modes_and_says_what_is_missing(tmp_path, size, key):
    desk = Desk(tmp_path)
    async with desk.running(size) as pilot:
        seen = []
        for _ in range(3):
            await pilot.press(key)
            await desk.settle(pilot)
            seen.append(desk.status)
        assert ["auto-edit" in seen[0], "full-auto" in seen[1], "suggest" in seen[2]] == [True] * 3
        assert desk.session.mode == "suggest"
        assert "no sandbox here" in desk.text


async def test_the_mode_key_does_nothing_behind_the_open_picker(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+l", "shift+tab", "f3")
        assert desk.session.mode == "suggest"
        assert desk.screen.picker.display


async def test_ctrl_n_goes_to_the_waiting_review_and_means_nothing_without_one(tmp_path):
    desk = Desk(tmp_path, [two_edits()])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        await pilot.press("ctrl+n")
        assert desk.screen.focused is desk.screen.composer
        await desk.ask(pilot, "change it")
        await pilot.press("escape")
        assert desk.screen.focused is desk.screen.composer
        await pilot.press("ctrl+n")
        assert desk.screen.focused is desk.screen.approval


@both_sizes
async def test_ctrl_o_unfolds_what_tools_gave_and_folds_it_again(tmp_path, size):
    desk = Desk(tmp_path, [calls(("read_file", {"path": "poem.txt"})), says("Read.")])
    desk.file("poem.txt", "roses are red\n")
    async with desk.running(size) as pilot:
        await desk.ask(pilot, "read the poem")
        assert "roses are red" not in desk.text
        await pilot.press("ctrl+o")
        await desk.settle(pilot)
        assert "roses are red" in desk.text
        await pilot.press("ctrl+o")
        await desk.settle(pilot)
        assert "roses are red" not in desk.text


@both_sizes
@pytest.mark.parametrize("closing", ["escape", "f1", "q", "enter"])
async def test_f1_shows_the_help_over_a_draft_that_stays(tmp_path, size, closing):
    desk = Desk(tmp_path)
    async with desk.running(size) as pilot:
        await pilot.press(*"half")
        await pilot.press("f1")
        await desk.settle(pilot)
        assert isinstance(desk.app.screen, HelpScreen)
        assert "Anywhere" in desk.text
        await pilot.press(closing)
        await desk.settle(pilot, lambda: desk.app.screen is desk.screen)
        assert desk.draft == "half"
        assert desk.screen.focused is desk.screen.composer


async def test_the_help_names_every_key_and_command(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running((100, 100)) as pilot:
        await pilot.press("f1")
        await desk.settle(pilot)
        for word in ("Ctrl+L", "Shift+Tab", "Ctrl+N", "Ctrl+O", "F1", "PgUp", "End", "Ctrl+J"):
            assert word in desk.text
        for command in ("/model", "/approvals", "/help", "/clear", "/quit"):
            assert command in desk.text


@both_sizes
async def test_paging_leaves_the_end_and_the_end_key_returns_to_it(tmp_path, size):
    desk = Desk(tmp_path, [says("\n\n".join(f"paragraph {number}" for number in range(80)))])
    async with desk.running(size) as pilot:
        await desk.ask(pilot, "write a lot")
        assert "paragraph 79" in desk.text
        await pilot.press("pageup")
        await desk.settle(pilot)
        assert "paragraph 79" not in desk.text
        await pilot.press("pageup")
        await desk.settle(pilot)
        higher = desk.text
        await pilot.press("pagedown")
        await desk.settle(pilot)
        assert desk.text != higher
        assert "paragraph 79" not in desk.text
        await pilot.press("end")
        await desk.settle(pilot)
        assert "paragraph 79" in desk.text


async def test_end_moves_the_cursor_where_something_is_written(tmp_path):
    desk = Desk(tmp_path, [says("\n\n".join(f"paragraph {number}" for number in range(80)))])
    async with desk.running() as pilot:
        await desk.ask(pilot, "write a lot")
        await pilot.press("pageup", "a", "b", "home", "end", "c")
        await desk.settle(pilot)
        assert desk.draft == "abc"
        assert "paragraph 79" not in desk.text


async def test_new_words_below_the_view_are_announced(tmp_path):
    desk = Desk(tmp_path, [says("\n\n".join(f"one {n}" for n in range(60))), says("two")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "write a lot")
        desk.gate.shut()
        await desk.send(pilot, "more")
        await desk.settle(pilot, lambda: len(desk.requests) == 2)
        await pilot.press("pageup")
        desk.gate.open()
        await desk.at_rest(pilot)
        assert "new output" in desk.text
        await pilot.press("end")
        await desk.settle(pilot)
        assert "new output" not in desk.text


# -- Ctrl+C --------------------------------------------------------------------------------------


async def test_ctrl_c_clears_the_draft_and_up_brings_it_back(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press(*"oops", "ctrl+c")
        assert desk.draft == ""
        assert desk.toasts == []
        await pilot.press("up")
        assert desk.draft == "oops"


async def test_ctrl_c_copies_what_is_selected_in_the_composer(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press(*"word", "shift+home", "ctrl+c")
        assert desk.app.clipboard == "word"
        assert desk.draft == "word"


@pytest.mark.parametrize("draft", ["", "half a thought"])
async def test_ctrl_c_copies_what_is_selected_in_the_chat_and_leaves_the_draft(tmp_path, draft):
    desk = Desk(tmp_path, [says("copy me")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "say it")
        desk.write(draft)
        row = next(y for y, line in enumerate(desk.lines) if "copy me" in line)
        await pilot.mouse_down(offset=(2, row))
        await pilot.hover(offset=(12, row))
        await pilot.mouse_up(offset=(12, row))
        await pilot.press("ctrl+c")
        await desk.settle(pilot)
        assert "copy me" in desk.app.clipboard
        assert desk.draft == draft
        assert any("clipboard" in toast for toast in desk.toasts)
        assert not desk.app._exit


async def test_ctrl_c_interrupts_a_turn_and_says_that_a_second_one_quits(tmp_path):
    desk = Desk(tmp_path, [says("never said")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: desk.requests)
        await pilot.press("ctrl+c")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert desk.toasts == ["Interrupted. Ctrl+C again quits."]
        assert not desk.app._exit
        await pilot.press("ctrl+c")
        assert desk.app._exit


async def test_ctrl_c_twice_quits_and_once_does_not(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+c")
        assert desk.toasts == ["Ctrl+C again quits."]
        assert not desk.app._exit
        await pilot.press("ctrl+c")
        assert desk.app._exit


async def test_the_second_ctrl_c_has_to_come_soon(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+c")
        desk.screen._quit_pressed_at -= 60  # a minute passes
        await pilot.press("ctrl+c")
        assert not desk.app._exit
        assert len(desk.toasts) == 2


async def test_ctrl_c_in_the_review_interrupts_the_turn(tmp_path):
    desk = Desk(tmp_path, [two_edits()])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        assert desk.screen.focused is desk.screen.approval
        await pilot.press("ctrl+c")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert not desk.screen.approval.active
        assert desk.screen.focused is desk.screen.composer
        assert desk.file("a.txt") == NUMBERS


async def test_no_key_of_the_frameworks_own_quits_by_surprise(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press(*"half", "ctrl+q", "ctrl+backslash")
        await desk.settle(pilot)
        assert not desk.app._exit
        assert desk.draft == "half"
        assert desk.app.screen is desk.screen


# -- Esc -----------------------------------------------------------------------------------------


async def test_escape_closes_the_picker_and_leaves_the_turn_alone(tmp_path):
    desk = Desk(tmp_path, [says("late")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: desk.requests)
        await pilot.press("ctrl+l", "escape")
        assert not desk.screen.picker.display
        assert desk.session.busy
        desk.gate.open()
        await desk.at_rest(pilot)
        assert desk.answers == ["late"]


async def test_escape_closes_the_completions_first(tmp_path):
    desk = Desk(tmp_path, [says("late")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: desk.requests)
        await pilot.press("/", "escape")
        await desk.settle(pilot)
        assert desk.session.busy
        assert desk.draft == "/"
        await pilot.press("escape")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert desk.draft == "/"
        assert desk.answers == []


async def test_escape_goes_from_the_review_to_the_composer_then_interrupts(tmp_path):
    desk = Desk(tmp_path, [two_edits()])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        await pilot.press("escape")
        assert desk.screen.focused is desk.screen.composer
        assert desk.session.busy
        assert desk.screen.approval.active
        await pilot.press("escape")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert not desk.screen.approval.active
        assert desk.file("a.txt") == NUMBERS
        assert "Interrupted." in desk.text


async def test_escape_means_nothing_at_rest(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        before = desk.text
        await pilot.press("escape", "escape")
        await desk.settle(pilot)
        assert desk.text == before


# -- the mouse on the status bar -----------------------------------------------------------------


async def test_a_click_on_the_model_opens_the_picker_and_one_on_the_mode_changes_it(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.click("#status", offset=(desk.status.index("suggest") + 1, 0))
        await desk.settle(pilot)
        assert "auto-edit" in desk.status
        await pilot.click("#status", offset=(3, 0))
        await desk.settle(pilot)
        assert desk.screen.picker.display


async def test_keys_reach_the_screen_from_the_open_picker(tmp_path):
    desk = Desk(tmp_path, config=NO_MODEL)
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: desk.screen.picker.display)
        await pilot.press("f1")
        await desk.settle(pilot, lambda: isinstance(desk.app.screen, HelpScreen))
        await pilot.press("escape")
        await desk.settle(pilot, lambda: desk.app.screen is desk.screen)
        assert desk.screen.picker.display
