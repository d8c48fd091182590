"""Slash commands as they are typed."""

from __future__ import annotations

import pytest

from codex_tui.ui.screens.help import HelpScreen
from tests.ui.support import Desk, says


async def typed(desk, pilot, text):
    await pilot.press(*text, "enter")
    await desk.settle(pilot)


async def test_model_without_words_opens_the_picker(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await typed(desk, pilot, "/model")
        assert desk.screen.picker.display
        assert desk.draft == ""


async def test_model_with_words_switches(tmp_path):
    desk = Desk(tmp_path, [says("Hello.")])
    async with desk.running() as pilot:
        await typed(desk, pilot, "/model beta/three")
        assert "beta/three" in desk.status
        await desk.ask(pilot, "hi")
        assert desk.requests[0].model == "three"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/model betta/three", "Did you mean 'beta'?"),
        ("/model three", "provider/model"),
        ("/approvals yolo", "'yolo' is not an approval mode."),
        ("/modle", "Did you mean /model?"),
    ],
)
async def test_a_mistyped_command_is_explained_and_stays_to_be_corrected(tmp_path, command, words):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        before = desk.status
        await desk.send(pilot, command)
        assert words in desk.text
        assert desk.draft == command
        assert desk.status == before
        assert desk.told == []


async def test_approvals_sets_the_mode(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await typed(desk, pilot, "/approvals auto-edit")
        assert desk.session.mode == "auto-edit"
        assert "auto-edit" in desk.status


async def test_help_covers_the_screen_with_keys_and_commands(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await typed(desk, pilot, "/help")
        assert isinstance(desk.app.screen, HelpScreen)


async def test_quit_leaves_without_a_draft(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await typed(desk, pilot, "/quit")
        assert desk.app._exit
        assert desk.memory.take_draft() == ""


async def test_commands_work_while_a_turn_runs_and_do_not_steer_it(tmp_path):
    desk = Desk(tmp_path, [says("Done.")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: desk.requests)
        await desk.send(pilot, "/approvals auto-edit")
        assert desk.session.busy
        assert "auto-edit" in desk.status
        assert "waiting:" not in desk.text
        desk.gate.open()
        await desk.at_rest(pilot)
        assert desk.told == ["go"]


async def test_tab_completes_a_command_even_while_a_turn_runs(tmp_path):
    desk = Desk(tmp_path, [says("Done.")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        await pilot.press(*"/mo", "tab")
        assert desk.draft == "/model "
        assert "waiting:" not in desk.text


async def test_copy_takes_the_last_answer_as_the_model_wrote_it(tmp_path):
    desk = Desk(tmp_path, [says("Some **bold** words.")])
    async with desk.running() as pilot:
        await typed(desk, pilot, "/copy")
        assert "no answer to copy" in desk.text
        await desk.ask(pilot, "hi")
        await typed(desk, pilot, "/copy")
        assert desk.app.clipboard == "Some **bold** words."
        assert any("clipboard" in toast for toast in desk.toasts)
