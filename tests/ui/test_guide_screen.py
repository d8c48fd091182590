"""The guides on the screen: opened by a command or from the palette, read by keys, closed."""

from __future__ import annotations

import pytest

from codex_tui.guides import GUIDES
from codex_tui.ui.screens.guide import GuideScreen
from codex_tui.ui.screens.main import MainScreen
from codex_tui.ui.widgets.transcript import Transcript
from tests.ui.support import LARGE, SMALL, Desk


def text_in_view(desk):
    page = desk.app.screen.query_one(Transcript)
    return "\n".join(page.render_line(row).text for row in range(page.size.height))


@pytest.mark.parametrize("name", GUIDES)
@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_help_opens_a_guide_at_its_beginning(tmp_path, name, size):
    desk = Desk(tmp_path)
    async with desk.running(size) as pilot:
        await desk.send(pilot, f"/help {name}")
        await desk.settle(pilot)
        assert isinstance(desk.app.screen, GuideScreen)
        first = {"providers": "Models and providers", "adapters": "An adapter for a wire"}[name]
        assert first in text_in_view(desk)
        assert "# " not in text_in_view(desk).splitlines()[0]


async def test_keys_read_the_guide_to_its_end_and_close_it(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await desk.send(pilot, "/help providers")
        await desk.settle(pilot)
        begins = text_in_view(desk)
        await pilot.press("pagedown")
        await desk.settle(pilot)
        assert text_in_view(desk) != begins
        await pilot.press("end")
        await desk.settle(pilot)
        assert "codex-tui help adapters" in text_in_view(desk)
        await pilot.press("home")
        await desk.settle(pilot)
        assert text_in_view(desk) == begins
        await pilot.press("escape", *"hi")
        await desk.settle(pilot)
        assert isinstance(desk.app.screen, MainScreen)
        assert desk.draft == "hi"


async def test_palette_offers_the_guides(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+p", *"guide providers", "enter")
        await desk.settle(pilot)
        assert isinstance(desk.app.screen, GuideScreen)


async def test_unknown_guide_is_explained_and_stays_to_be_corrected(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await desk.send(pilot, "/help provider")
        await desk.settle(pilot)
        assert "Did you mean 'providers'?" in desk.text
        assert desk.draft == "/help provider"


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_picture_of_a_guide(snap_compare, tmp_path, size):
    desk = Desk(tmp_path)

    async def play(pilot) -> None:
        await desk.ready(pilot)
        await desk.send(pilot, "/help adapters")
        await desk.settle(pilot)

    assert snap_compare(desk.app, terminal_size=size, run_before=play)
