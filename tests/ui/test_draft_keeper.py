"""The draft on the disk while it is being written."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from codex_tui.ui.draft_keeper import DELAY_S, DraftKeeper
from tests.ui.support import Desk, says

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def on_disk(home: Path) -> list[str]:
    return [path.read_text() for path in (home / "state" / "drafts").glob("*.txt")]


class Writing:
    """A draft, what was kept of it, and a clock that waits for the test."""

    def __init__(self) -> None:
        self.draft = ""
        self.kept: list[str] = []
        self.threads: set[int] = set()
        self.slept: list[float] = []
        self._step = asyncio.Semaphore(0)
        self.keeper = DraftKeeper(lambda: self.draft, self._keep, self._sleep)

    def write(self, text: str) -> None:
        self.draft = text
        self.keeper.note_change(emptied=not text)

    def pass_time(self) -> None:
        self._step.release()

    def _keep(self, text: str) -> None:
        self.threads.add(threading.get_ident())
        self.kept.append(text)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self._step.acquire()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the condition is a thread's doing
            await asyncio.sleep(0)


async def test_changes_in_a_row_are_one_write_in_a_thread():
    writing = Writing()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(writing.keeper.run())
        await asyncio.sleep(0)
        for text in ("h", "ha", "half"):
            writing.write(text)
        await until(lambda: writing.slept == [DELAY_S])
        assert writing.kept == []
        writing.pass_time()
        await until(lambda: writing.kept == ["half"])
        assert threading.get_ident() not in writing.threads
        writing.write("half a")
        writing.pass_time()
        await until(lambda: writing.kept == ["half", "half a"])
        running.cancel()


async def test_an_emptied_draft_goes_at_once():
    writing = Writing()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(writing.keeper.run())
        await asyncio.sleep(0)
        writing.write("sent soon")
        writing.pass_time()
        await until(lambda: writing.kept == ["sent soon"])
        writing.write("sent soon!")
        await until(lambda: len(writing.slept) == 2)
        writing.write("")
        await until(lambda: writing.kept == ["sent soon", ""])
        running.cancel()


async def test_what_changed_back_is_not_written_again():
    writing = Writing()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(writing.keeper.run())
        await asyncio.sleep(0)
        writing.write("x")
        await until(lambda: len(writing.slept) == 1)
        writing.write("")
        await until(lambda: not writing.keeper._changed.is_set())
        writing.write("z")
        writing.pass_time()
        await until(lambda: writing.kept)
        running.cancel()
    assert writing.kept == ["z"]


@pytest.fixture
def prompt_keeper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_tui.ui.draft_keeper.DELAY_S", 0.0)


@pytest.mark.usefixtures("prompt_keeper")
async def test_the_draft_is_on_the_disk_while_it_is_written_and_gone_once_it_is_sent(tmp_path):
    desk = Desk(tmp_path, [says("Done.")])
    async with desk.running() as pilot:
        await pilot.press(*"half a thought")
        await desk.settle(pilot, lambda: on_disk(tmp_path) == ["half a thought"])
        await pilot.press("enter")
        await desk.settle(pilot, lambda: on_disk(tmp_path) == [])
        await desk.at_rest(pilot)
        assert desk.told == ["half a thought"]


@pytest.mark.usefixtures("prompt_keeper")
async def test_a_huge_paste_is_kept_whole(tmp_path):
    text = "some words of a long text\n" * 40_000
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        desk.screen.composer.insert_draft(text)
        await desk.settle(pilot, lambda: on_disk(tmp_path) == [text])
    again = Desk(tmp_path)
    async with again.running():
        assert again.draft == text


@pytest.mark.usefixtures("prompt_keeper")
async def test_what_the_demonstration_offers_is_not_kept(tmp_path):
    desk = Desk(tmp_path, demo=True)
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: desk.draft)
        assert on_disk(tmp_path) == []
        await pilot.press("!")
        await desk.settle(pilot, lambda: on_disk(tmp_path) == [desk.draft])
