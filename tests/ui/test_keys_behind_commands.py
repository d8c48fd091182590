"""Keys typed right behind a slash command are read by whoever the command lets read."""

from __future__ import annotations

import pytest
from textual import events

from codex_tui.ui.screens.help import HelpScreen
from tests.ui.support import Desk, says


def burst(desk, text, *more):
    """Hand the application keys as a terminal does that sent them at once."""
    for key in (*text, *more):
        name = {"\r": "enter", " ": "space"}.get(key, key)
        desk.app.post_message(events.Key(name, key if len(key) == 1 else None))


async def test_behind_the_model_command_they_filter_and_choose(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        burst(desk, "/model\rbeta/three\rand on")
        await desk.settle(pilot, lambda: desk.draft == "and on")
        assert "beta/three" in desk.status
        assert desk.told == []


async def test_words_sent_before_a_command_do_not_let_its_keys_through(tmp_path):
    desk = Desk(tmp_path, [says("Hi.")])
    async with desk.running() as pilot:
        burst(desk, "hello\r/help\rxyz", "escape")
        await desk.settle(pilot, lambda: desk.answers == ["Hi."])
        assert desk.app.screen is desk.screen
        assert (desk.draft, desk.told) == ("", ["hello"])


async def test_a_paste_behind_the_model_command_filters_too(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        burst(desk, "/model\r")
        desk.app.post_message(events.Paste("beta/three"))
        burst(desk, "\rx")
        await desk.settle(pilot, lambda: desk.draft == "x")
        assert "beta/three" in desk.status


async def test_behind_the_palettes_model_list_they_filter_it(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        burst(desk, "", "ctrl+p", *"models", "enter", *"beta/three", "enter", *"on")
        await desk.settle(pilot, lambda: desk.draft == "on")
        assert "beta/three" in desk.status
        assert not desk.screen.picker.display


async def test_behind_the_resume_command_they_filter_the_sessions(tmp_path):
    desk = Desk(tmp_path, [says("Hi.")])
    async with desk.running() as pilot:
        burst(desk, "/resume\rabc\r")
        await desk.settle(pilot, lambda: desk.screen.sessions.display)
        assert desk.screen.sessions._line.value == "abc"
        assert (desk.draft, desk.told) == ("", [])
        burst(desk, "", "escape", *"hello", "enter")
        await desk.settle(pilot, lambda: desk.told == ["hello"])


async def test_words_that_are_no_sessions_id_are_followed_in_the_list(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        burst(desk, "/resume some\rthing\r")
        await desk.settle(pilot, lambda: desk.screen.sessions.display)
        assert desk.screen.sessions._line.value == "something"
        assert desk.told == []


async def test_the_list_reads_keys_when_the_command_opens_it_once_more(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        burst(desk, "/resume\r")
        await desk.settle(pilot, lambda: desk.screen.sessions.display)
        desk.screen.composer.focus()
        burst(desk, "/resume\rabc")
        await desk.settle(pilot, lambda: desk.screen.sessions._line.value == "abc")


async def test_what_is_typed_behind_an_id_is_said_in_that_session(tmp_path):
    desk = Desk(tmp_path, [says("Hi.")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "first")
        first = desk.session.place.session
    desk = Desk(tmp_path, [says("Hi again.")])
    async with desk.running() as pilot:
        burst(desk, f"/resume {first}\rsecond\r")
        await desk.settle(pilot, lambda: "second" in desk.told)
        assert desk.session.place.session == first
        assert desk.told == ["first", "second"]


@pytest.mark.parametrize("command", ["/status", "/approvals auto-edit", "/model beta/three"])
async def test_where_nothing_opens_they_stay_in_the_composer_in_order(tmp_path, command):
    desk = Desk(tmp_path, [says("Hi.")])
    async with desk.running() as pilot:
        burst(desk, f"{command}\rhello\rmore")
        await desk.settle(pilot, lambda: desk.draft == "more" and desk.told == ["hello"])


async def test_a_command_that_was_refused_comes_back_before_them(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        burst(desk, "/modle\r x")
        await desk.settle(pilot, lambda: desk.draft == "/modle x")


async def test_a_new_title_is_finished_behind_its_command(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        burst(desk, "/rename\rMine\r")
        await desk.settle(pilot, lambda: desk.session.title == "Mine")


@pytest.mark.parametrize("opening", [(*"/help", "enter"), ("ctrl+p", *"/help", "enter")])
async def test_help_reads_what_is_typed_behind_it_up_to_the_key_that_closes_it(tmp_path, opening):
    desk = Desk(tmp_path, [says("Hi.")])
    async with desk.running() as pilot:
        burst(desk, "", *opening, *"xyz", "escape", *"hello", "enter")
        await desk.settle(pilot, lambda: desk.told == ["hello"])
        assert not isinstance(desk.app.screen, HelpScreen)
        assert desk.draft == ""
