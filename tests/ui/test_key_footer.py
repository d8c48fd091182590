"""The last line: the keys that matter where the focus is, as far as there is room for them."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.ui.support import CONFIG, NUMBERS, SMALL, Desk, says, two_edits


async def test_the_footer_follows_what_is_going_on(tmp_path):
    desk = Desk(tmp_path, [says("One."), two_edits()])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        assert desk.footer == "Ctrl+J new line  Ctrl+P palette"
        await desk.ask(pilot, "hi")
        assert desk.footer.startswith("Ctrl+L models  Shift+Tab mode")
        desk.gate.shut()
        await desk.send(pilot, "change it")
        await desk.settle(pilot, lambda: len(desk.requests) == 2)
        assert desk.footer.startswith("Enter steer  Tab queue  Esc interrupt")
        desk.gate.open()
        await desk.review(pilot)
        await desk.settle(pilot)
        assert "Esc composer" in desk.footer
        assert "accept" not in desk.footer
        await pilot.press("r")
        await desk.settle(pilot)
        assert desk.footer == "F1 help"  # what Esc does stands beside the reason
        await pilot.press("escape", "escape")
        await desk.settle(pilot)
        assert desk.footer.startswith("Enter steer")
        await pilot.press("ctrl+p")
        await desk.settle(pilot)
        assert desk.footer == "Up/Down choose  PgUp/PgDn page  Enter do it  Esc close"
        await pilot.press("escape", "/")
        await desk.settle(pilot)
        assert desk.footer == "Up/Down choose  Tab complete  Enter run  Esc close"
        await pilot.press("escape", "backspace", "ctrl+l")
        await desk.settle(pilot)
        assert desk.footer == "Enter use  Esc close  Ctrl+S favourite  Ctrl+K other key"
        await pilot.press("z", "z", "z")
        await desk.settle(pilot)
        assert desk.footer == "Esc close"
        assert desk.text.count("Esc close") == 1


@pytest.mark.parametrize("width", [60, 61, 70, 80, 100, 140])
async def test_the_footer_is_cut_by_importance(tmp_path, width):
    desk = Desk(tmp_path, [says("One.")])
    async with desk.running((width, 24)) as pilot:
        await desk.ask(pilot, "hi")
        assert cell_len(desk.footer) <= width - 2
        assert "Ctrl+L models" in desk.footer
        assert "F1 help" in desk.footer
        assert ("Ctrl+J new line" in desk.footer) == (width >= 100)


@pytest.mark.parametrize("size", [(59, 24), (80, 14), (40, 12)])
async def test_a_small_window_has_no_footer_and_the_composer_names_the_keys(tmp_path, size):
    desk = Desk(tmp_path, [says("late")])
    async with desk.running(size) as pilot:
        assert desk.footer == ""
        desk.gate.shut()
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: desk.requests)
        assert "Tab queues" in desk.text
        await pilot.resize_terminal(*SMALL)
        await desk.settle(pilot)
        assert "Tab queues" not in desk.text
        assert "Tab queue" in desk.footer
        desk.gate.open()
        await desk.at_rest(pilot)


async def test_the_setting_leaves_the_footer_out(tmp_path):
    desk = Desk(tmp_path, config=f"footer = false\n{CONFIG}")
    async with desk.running():
        assert desk.footer == ""
        assert desk.lines[-1] == desk.status


async def test_the_palette_shows_and_hides_the_footer(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+p", *"last line", "enter")
        await desk.settle(pilot)
        assert desk.footer == ""
        await pilot.press("ctrl+p", *"last line", "enter")
        await desk.settle(pilot)
        assert "Ctrl+P" in desk.footer


@pytest.mark.parametrize("size", [(59, 24), SMALL])
async def test_without_a_footer_the_form_for_a_key_names_its_own_keys(tmp_path, size):
    desk = Desk(tmp_path, config=f"footer = false\n{CONFIG}")
    async with desk.running(size) as pilot:
        await pilot.press("ctrl+l", *"claude", "enter")
        await desk.settle(pilot)
        assert desk.text.count("Enter checks and keeps it  Esc back") == 1
