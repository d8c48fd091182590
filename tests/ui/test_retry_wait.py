"""The wait for the next attempt of a failed call, on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import TextPart, ThinkingPart
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.scripted import Reply
from tests.ui.support import LARGE, SMALL, Desk, says

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
        assert "attempt 1 of 6" in desk.text
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


async def test_enter_behind_words_steers_and_the_wait_goes_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [slowed(60.0), says("there")])
    async with desk.running() as pilot:
        await waits(desk, pilot)
        await desk.send(pilot, "and hurry")
        assert desk.screen.chat.awaits_retry
        assert desk.answers == []
        await pilot.press("escape")
        await desk.at_rest(pilot)


async def test_a_model_chosen_meanwhile_makes_the_call(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [slowed(60.0), says("from beta")])
    async with desk.running() as pilot:
        await waits(desk, pilot)
        desk.session.select_model(ModelRef("beta", "three"))
        await desk.at_rest(pilot)
        assert desk.answers == ["from beta"]
        assert [each.model for each in desk.requests] == ["one", "three"]


async def test_reasoning_that_broke_off_is_taken_back_and_words_stay(tmp_path: Path) -> None:
    script = [
        slowed(60.0, ThinkingPart(text="Let me ponder this.")),
        slowed(60.0, TextPart(text="The first half")),
    ]
    desk = Desk(tmp_path, script)
    async with desk.running() as pilot:
        await waits(desk, pilot)
        assert "ponder" not in desk.text
        await pilot.press("enter")
        await desk.at_rest(pilot)
        assert "The first half" in desk.text
        assert "What was said so far is kept." in desk.text
        assert desk.answers == ["The first half"]


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
