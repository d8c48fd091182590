"""What the first paint leaves behind, and what comes after it."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest
from textual import events
from typing_extensions import override

from tests.ui.settle import settle
from tests.ui.support import LARGE, SMALL, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from codex_tui.ui.screens.main import MainScreen


@pytest.fixture
def no_collections() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collections")
async def test_garbage_is_collected_from_the_first_paint_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await desk.settle(pilot)
        assert gc.isenabled()


@pytest.mark.parametrize("size", [SMALL, LARGE, (10, 4)])
async def test_the_main_screen_is_the_first_one(tmp_path: Path, size: tuple[int, int]) -> None:
    desk = Desk(tmp_path)
    async with desk.running(size=size) as pilot:
        await desk.settle(pilot)
        assert desk.app.screen_stack == [desk.screen]
        assert desk.screen.has_class("-wide") is (size == LARGE)
        assert desk.screen.has_class("-tiny") is (size == (10, 4))


async def test_prompts_that_cannot_be_read_are_told_of_once(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await desk.send(pilot, "hello")
    (history,) = tmp_path.rglob("history.jsonl")
    history.write_bytes(history.read_bytes() + b"\x00garbage\n")
    desk = Desk(tmp_path)
    async with desk.running():
        assert "1 damaged line left out" in desk.text
        assert desk.screen.composer.prompt_history == ["hello"]
    desk = Desk(tmp_path)
    async with desk.running():
        assert "damaged line" not in desk.text


class SlowDesk(Desk):
    """The panes that open later come only when a test lets them."""

    @override
    def _main_screen(self) -> MainScreen:
        self.may_furnish = asyncio.Event()
        screen = super()._main_screen()
        furnish = screen.furnish

        async def late() -> None:
            await self.may_furnish.wait()
            await furnish()

        screen.furnish = late  # type: ignore[method-assign]
        return screen

    @override
    async def ready(self, pilot: Pilot[Any]) -> None:
        await settle(pilot, lambda: self.app.main_screen is not None)
        await settle(pilot, lambda: self.screen.focused is self.screen.composer)

    def type(self, *keys: str) -> None:
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_words_can_be_written_before_the_other_panes_are_there(tmp_path: Path) -> None:
    desk = SlowDesk(tmp_path)
    async with desk.running() as pilot:
        assert len(desk.screen.query("#approval, #sessions, #picker, #palette")) == 0
        desk.type(*"words")
        await settle(pilot, lambda: desk.draft == "words")
        desk.may_furnish.set()
        await settle(pilot, lambda: desk.screen.furnished)
        assert len(desk.screen.query("#approval, #sessions, #picker, #palette")) == 4
        assert desk.screen.focused is desk.screen.composer


async def test_a_key_that_opens_a_pane_waits_for_it_and_so_does_what_is_typed_behind_it(
    tmp_path: Path,
) -> None:
    desk = SlowDesk(tmp_path)
    async with desk.running() as pilot:
        desk.type("a", "ctrl+l", *"thr", "enter", "b")
        while desk.draft != "a":  # noqa: ASYNC110 - nothing can settle while a key waits
            await asyncio.sleep(0)
        assert desk.session.model is not None
        assert desk.session.model.ref.model == "one"
        desk.may_furnish.set()
        await desk.settle(pilot, lambda: desk.draft == "ab")
        assert desk.session.model.ref.model == "three"
        assert not desk.screen.picker.display
