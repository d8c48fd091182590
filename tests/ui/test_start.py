"""What the first paint leaves behind."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from tests.ui.support import LARGE, SMALL, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
