"""The wait for the next attempt of a failed call, on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import TextPart, ThinkingPart
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.scripted import Reply
from tests.ui.support import CONFIG, LARGE, SMALL, Desk, says

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

REASON = "Alpha asks to slow down (HTTP 429): 30,000 tokens per minute are used up."


def slowed(delay_s: float = 12.0, *parts: Any) -> Reply:
    error = ProviderError(
        REASON,
        kind=ProviderErrorKind.RATE_LIMIT,
        provider="alpha",
        hint="Ask again later with /retry, or choose another model (Ctrl+L).",
        retryable=True,
        retry_after_s=delay_s,
    )
    return Reply(parts=parts, error=error)


async def waits(desk: Desk, pilot: Pilot[None], text: str = "go") -> None:
    """Send words, and see the wait begin."""
    await desk.send(pilot, text)
    await desk.settle(pilot, lambda: desk.screen.chat.awaits_retry)


def countdown(desk: Desk) -> str:
    (line,) = [line for line in desk.lines if "trying again" in line]
    return line.strip()


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_wait_counts_down_with_its_reason_and_its_keys(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    desk = Desk(tmp_path, [slowed(12.0), says("there")])
    async with desk.running(size) as pilot:
        await waits(desk, pilot)
        assert countdown(desk).startswith("○ trying again in 1")
        assert "Enter now · Esc stops · Alpha asks" in countdown(desk)
        assert "attempt 2 of 6." in " ".join(desk.text.split())
        before = desk.screen.chat._activity._again_at_s
        desk.clock.advance(9.5)
        desk.screen.chat._activity.refresh()
        await desk.settle(pilot)
        left = before - desk.clock()
        assert f"trying again in {int(left) + 1} s" in countdown(desk)
        assert "Enter try now" in desk.footer
        await pilot.press("escape")
        await desk.at_rest(pilot)
        assert not desk.screen.chat.awaits_retry
        assert "trying again" not in desk.text


async def test_enter_in_an_empty_composer_tries_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [slowed(60.0), says("there")])
    async with desk.running() as pilot:
        await waits(desk, pilot)
        await pilot.press("enter")
        await desk.at_rest(pilot)
        assert desk.answers == ["there"]
        assert "trying again" not in desk.text


async def test_what_enter_does_is_said_as_the_words_come_and_go(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [slowed(60.0), says("there"), says("And quickly.")])
    async with desk.running() as pilot:
        await waits(desk, pilot)
        await pilot.press("space")
        await desk.settle(pilot)
        assert "Enter now · Esc stops" in countdown(desk)
        await pilot.press("h")
        await desk.settle(pilot)
        assert "Enter steers · Esc stops" in countdown(desk)
        assert desk.footer.startswith("Enter steer  Tab queue  Esc stop  Ctrl+L other model")
        await pilot.press("enter")
        await desk.settle(pilot)
        assert desk.screen.chat.awaits_retry
        assert desk.answers == []
        assert "waiting: h · Up takes it back" in desk.text
        assert "Enter now · Esc stops" in countdown(desk)
        assert "Enter try now" in desk.footer
        await pilot.press("enter")
        await desk.at_rest(pilot)
        assert desk.answers == ["there", "And quickly."]


async def test_without_a_footer_the_line_of_the_wait_alone_names_its_keys(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [slowed(60.0), says("there")], config=f"footer = false\n{CONFIG}")
    async with desk.running() as pilot:
        await waits(desk, pilot)
        assert "Enter now · Esc stops" in countdown(desk)
        assert "Enter steers" not in desk.text
        await pilot.press("escape")
        await desk.at_rest(pilot)


async def test_blanks_are_nothing_to_send(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [slowed(60.0), says("there")])
    async with desk.running() as pilot:
        await waits(desk, pilot)
        await pilot.press("space", "enter")
        await desk.at_rest(pilot)
        assert desk.answers == ["there"]


async def test_where_enter_would_run_a_command_the_wait_names_no_keys(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [slowed(60.0), says("there")])
    async with desk.running() as pilot:
        await waits(desk, pilot)
        await pilot.press("slash", "r")
        await desk.settle(pilot)
        assert desk.screen.chat.retry_keys == ""
        await pilot.press("backspace", "backspace")
        await desk.settle(pilot)
        assert "Enter now" in countdown(desk)
        await pilot.press("escape")
        await desk.at_rest(pilot)


async def test_five_attempts_are_one_line(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [*(slowed(60.0) for _ in range(5)), says("there")])
    async with desk.running() as pilot:
        await desk.send(pilot, "go")
        for attempt in range(2, 7):
            await desk.settle(pilot, lambda at=attempt: f"attempt {at}/6" in desk.text)
            said = " ".join(desk.text.split())
            assert said.count("Trying again: attempt") == 1
            assert f"Trying again: attempt {attempt} of 6." in said
            await pilot.press("enter")
        await desk.at_rest(pilot)
        assert desk.answers == ["there"]


async def test_a_model_chosen_meanwhile_makes_the_call(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [slowed(60.0), says("from beta")])
    async with desk.running() as pilot:
        await waits(desk, pilot)
        desk.session.select_model(ModelRef("beta", "three"))
        await desk.at_rest(pilot)
        assert desk.answers == ["from beta"]
        assert [each.model for each in desk.requests] == ["one", "three"]


async def test_reasoning_that_broke_off_is_taken_back_and_words_are_gone_on_with(
    tmp_path: Path,
) -> None:
    script = [
        slowed(60.0, ThinkingPart(text="Let me ponder this.")),
        slowed(60.0, TextPart(text="The first half,")),
        says("and the second."),
    ]
    desk = Desk(tmp_path, script)
    async with desk.running(LARGE) as pilot:
        await waits(desk, pilot)
        assert "ponder" not in desk.text
        await pilot.press("enter")
        await desk.settle(pilot, lambda: "Going on from here" in desk.text)
        assert "The first half," in desk.text
        await pilot.press("enter")
        await desk.at_rest(pilot)
        assert desk.answers == ["The first half,", "and the second."]
        await desk.send(pilot, "/copy")
        assert desk.app.clipboard == "The first half,\n\nand the second."


async def test_a_wait_repaints_once_a_second_and_nothing_after_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [slowed(60.0), says("there")])
    async with desk.running() as pilot:
        await waits(desk, pilot)
        activity = desk.screen.chat._activity
        assert activity._seconds._active.is_set()
        assert not activity._timer._active.is_set()
        await pilot.press("enter")
        await desk.at_rest(pilot)
        assert not activity._seconds._active.is_set()
        assert not activity._timer._active.is_set()
