"""Pictures on the screen: waiting for the next message, under the words, after a resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.messages import UserMessage
from tests.support.pictures import image, png
from tests.ui.support import LARGE, NO_MODEL, SMALL, Desk, says

if TYPE_CHECKING:
    from pathlib import Path


SHOT = image("shot.png", 800, 600)
HINT = "with the next message · Backspace removes it"


def spoken(desk: Desk) -> list[UserMessage]:
    return [each for each in desk.session.messages if isinstance(each, UserMessage)]


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_given_picture_waits_above_the_composer_and_goes_with_the_first_message(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    desk = Desk(tmp_path, [says("A chart."), says("Yes.")], images=(SHOT,))
    async with desk.running(size) as pilot:
        assert f"▫ image shot.png 800×600 · {HINT}" in desk.text
        await desk.ask(pilot, "what is this?")
        assert HINT not in desk.text
        assert "│ ▫ image shot.png 800×600" in desk.text
        await desk.ask(pilot, "sure?")
        assert [each.images for each in spoken(desk)] == [(SHOT,), ()]
        assert desk.text.count("shot.png") == 1


async def test_a_given_picture_goes_with_the_first_prompt_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says("A chart.")], prompt="what is this?", images=(SHOT,))
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: desk.answers)
        assert [each.images for each in spoken(desk)] == [(SHOT,)]
        assert HINT not in desk.text


async def test_backspace_in_the_empty_composer_removes_one_after_the_other(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says("Fine.")], images=(SHOT, image("b.png")))
    async with desk.running() as pilot:
        assert "image b.png 2×1 and 1 more · with the" in desk.text
        await pilot.press("x", "backspace")
        await desk.settle(pilot)
        assert "b.png" in desk.text
        await pilot.press("backspace")
        await desk.settle(pilot)
        assert "b.png" not in desk.text
        assert "shot.png" in desk.text
        await pilot.press("backspace", "backspace")
        await desk.settle(pilot)
        assert HINT not in desk.text
        await desk.ask(pilot, "hello")
        assert [each.images for each in spoken(desk)] == [()]


async def test_without_a_model_words_and_picture_wait_together(tmp_path: Path) -> None:
    desk = Desk(tmp_path, config=NO_MODEL, prompt="what is this?", images=(SHOT,))
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: desk.screen.picker.display)
        await pilot.press("escape")
        await desk.settle(pilot)
        assert desk.draft == "what is this?"
        assert HINT in desk.text


async def test_a_path_in_the_words_shows_its_picture_below_them(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says("A chart.")])
    desk.file("shots/notes.md", "words")
    (desk.root / "shots" / "a b.png").write_bytes(png(8, 6))
    async with desk.running() as pilot:
        await desk.ask(pilot, "see @'shots/a b.png' and shots/notes.md")
        rows = desk.lines
        words = rows.index(" │ see @'shots/a b.png' and shots/notes.md")
        assert rows[words + 1] == " │ ▫ image shots/a b.png 8×6"
        assert [each.image_labels for each in spoken(desk)] == [("shots/a b.png 8×6",)]


async def test_a_picture_that_cannot_be_used_is_explained_below_the_words(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says("Which one?")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "see @gone.png")
        assert "! Not attached: there is no file gone.png." in desk.text
        assert desk.told == ["see @gone.png"]


async def test_steering_words_take_a_picture_along(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says("First."), says("Second.")])
    (desk.root / "a.png").write_bytes(png())
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        await desk.send(pilot, "look at a.png")
        desk.gate.open()
        await desk.settle(pilot, lambda: len(desk.answers) == 2)
        assert [each.image_labels for each in spoken(desk)] == [(), ("a.png 2×1",)]
        assert "▫ image a.png 2×1" in desk.text


async def test_words_taken_back_bring_their_picture_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says("First.")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        desk.session.queue("later", [SHOT])
        await desk.settle(pilot, lambda: "waiting: later" in desk.text)
        await pilot.press("up")
        await desk.settle(pilot)
        assert desk.draft == "later"
        assert HINT in desk.text
        desk.gate.open()
        await desk.at_rest(pilot)


async def test_a_resumed_session_shows_its_pictures_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says("A chart.")], images=(SHOT,))
    async with desk.running() as pilot:
        await desk.ask(pilot, "what is this?")
    again = Desk(tmp_path, [says("Still a chart.")], go_on=True)
    async with again.running() as pilot:
        await again.settle(pilot, lambda: "A chart." in again.text)
        assert "│ ▫ image shot.png 800×600" in again.text
        await again.ask(pilot, "and now?")
        assert [each.images for each in spoken(again)] == [(SHOT,), ()]


async def test_hostile_names_stay_names(tmp_path: Path) -> None:
    odd = image("a\x1b[31m\u202e.png")
    desk = Desk(tmp_path, [says("Fine.")], images=(odd,))
    async with desk.running() as pilot:
        assert "a␛[31m\\u202e.png" in desk.text
        await desk.ask(pilot, "what is this?")
        assert "▫ image a␛[31m\\u202e.png 2×1" in desk.text
