"""Compactions as the user sees them: made, unfolded, edited, undone, stopped and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import NoticeMessage, Usage, UserMessage
from codex_tui.providers.scripted import Reply
from codex_tui.ui.screens.summary import SummaryScreen
from tests.ui.settle import settle
from tests.ui.support import Desk, says

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

LONG = "Well, it is a long story. " * 200
SUMMARY = "## Goal\n\nTell a **story**."


async def compacted(desk: Desk, pilot: Pilot[None]) -> None:
    await desk.ask(pilot, "tell me a story")
    await desk.send(pilot, "/compact")
    await desk.at_rest(pilot)


def summary_told(desk: Desk) -> str:
    """The summary in the last request, empty without one."""
    notices = [each for each in desk.requests[-1].messages if isinstance(each, NoticeMessage)]
    return notices[-1].text.partition("Summary:\n")[2]


async def test_line_in_the_chat_unfolds_to_the_summary_and_words_stay(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says(LONG), says(SUMMARY), says("Well.")])
    async with desk.running((100, 80)) as pilot:
        await compacted(desk, pilot)
        [line] = [line for line in desk.lines if "Conversation compacted: " in line]
        assert "→ ~" in line
        assert line.strip().endswith("· summary")
        assert "Tell a story." not in desk.text
        assert "│ tell me a story" in desk.text
        assert "it is a long story" in desk.text
        await pilot.press("ctrl+o")
        await desk.settle(pilot)
        assert "Tell a story." in desk.text
        await desk.ask(pilot, "go on")
        assert summary_told(desk) == SUMMARY


async def test_it_shows_that_it_works_and_esc_leaves_everything_as_it_was(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says(LONG), says(SUMMARY), says("Well.")])
    async with desk.running((100, 60)) as pilot:
        await desk.ask(pilot, "tell me a story")
        messages = desk.session.messages
        desk.gate.shut()
        await desk.send(pilot, "/compact")
        await desk.settle(pilot, lambda: len(desk.requests) == 2)
        desk.clock.advance(12)
        desk.screen.chat._activity.refresh()
        await desk.settle(pilot)
        assert "compacting the conversation … 12 s" in desk.text
        await pilot.press("escape")
        await desk.at_rest(pilot)
        assert "Compacting was stopped; the conversation is as it was." in desk.text
        assert "compacting the conversation" not in desk.text
        assert not desk.screen.composer.busy
        assert desk.session.messages == messages
        desk.gate.open()
        await desk.ask(pilot, "go on")
        assert not summary_told(desk)


async def test_words_typed_meanwhile_are_sent_when_it_is_done(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says(LONG), says(SUMMARY), says("Well.")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "tell me a story")
        desk.gate.shut()
        await desk.send(pilot, "/compact the names")
        await desk.settle(pilot, lambda: len(desk.requests) == 2)
        await desk.send(pilot, "and then?")
        assert "waiting: and then?" in desk.text
        desk.gate.open()
        await desk.settle(pilot, lambda: len(desk.requests) == 3)
        await desk.at_rest(pilot)
        assert desk.told == ["tell me a story", "and then?"]
        assert summary_told(desk) == SUMMARY


async def test_failed_summary_is_explained_and_changes_nothing(tmp_path: Path) -> None:
    error = ProviderError("Alpha wants money.", kind=ProviderErrorKind.BILLING, provider="alpha")
    desk = Desk(tmp_path, [says(LONG), Reply(error=error), says("Well.")])
    async with desk.running((100, 60)) as pilot:
        await compacted(desk, pilot)
        assert "The conversation was not compacted: Alpha wants money." in desk.text
        await desk.ask(pilot, "go on")
        assert not summary_told(desk)


async def test_summary_is_edited_undone_and_redone(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says(LONG), says(SUMMARY), *map(says, "ABC")])
    async with desk.running((100, 60)) as pilot:
        await desk.send(pilot, "/compact edit")
        assert "The conversation is not compacted." in desk.text
        await pilot.press("ctrl+c")
        await compacted(desk, pilot)
        await desk.send(pilot, "/compact edit")
        await settle(pilot, lambda: isinstance(desk.app.screen, SummaryScreen))
        assert "Tell a **story**." in desk.text
        await pilot.press("down", "down", "end", "enter", *"True.", "ctrl+s")
        await settle(pilot, lambda: desk.app.screen is desk.screen)
        await desk.settle(pilot)
        assert "· summary edited" in desk.text
        await desk.ask(pilot, "go on")
        assert summary_told(desk) == f"{SUMMARY}\nTrue."
        await desk.send(pilot, "/compact undo")
        assert "· summary undone" in desk.text
        await desk.ask(pilot, "go on")
        assert not summary_told(desk)
        assert LONG in str(desk.requests[-1].messages)
        await desk.send(pilot, "/compact redo")
        await desk.ask(pilot, "go on")
        assert summary_told(desk) == f"{SUMMARY}\nTrue."


async def test_leaving_the_editor_keeps_the_summary(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says(LONG), says(SUMMARY), says("Well.")])
    async with desk.running() as pilot:
        await compacted(desk, pilot)
        await desk.send(pilot, "/compact edit")
        await settle(pilot, lambda: isinstance(desk.app.screen, SummaryScreen))
        await pilot.press("x", "escape", *"hi")
        await settle(pilot, lambda: desk.draft == "hi")
        assert desk.app.screen is desk.screen
        await desk.ask(pilot, "go on")
        assert summary_told(desk) == SUMMARY


async def test_refused_while_a_turn_runs(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says(LONG)])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "tell me a story")
        await desk.settle(pilot, lambda: desk.requests)
        await desk.send(pilot, "/compact")
        assert "A turn is running." in desk.text
        assert desk.draft == "/compact"
        desk.gate.open()
        await desk.at_rest(pilot)


async def test_next_start_shows_it_where_it_was_and_goes_on_with_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says(LONG), says(SUMMARY), says("Well.")])
    async with desk.running() as pilot:
        await compacted(desk, pilot)
        await desk.ask(pilot, "go on")
    before = desk.requests[-1].messages
    again = Desk(tmp_path, [says("Yes.")], go_on=True)
    async with again.running((100, 80)) as pilot:
        text = again.text
        places = [text.index(each) for each in ("tell me", "Conversation compacted", "go on")]
        assert places == sorted(places)
        await again.ask(pilot, "and then?")
    assert again.requests[-1].messages[: len(before)] == before
    words = [each.text for each in again.requests[-1].messages if isinstance(each, UserMessage)]
    assert words == ["tell me a story", "go on", "and then?"]


async def test_control_sequences_in_a_summary_stay_out_of_the_terminal(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [says(LONG), says("\x1b]0;owned\x07\x1b[31mred \u202etxet")])
    async with desk.running((100, 60)) as pilot:
        await compacted(desk, pilot)
        await pilot.press("ctrl+o")
        await desk.settle(pilot)
        await desk.send(pilot, "/compact edit")
        await settle(pilot, lambda: isinstance(desk.app.screen, SummaryScreen))
        assert "\x1b" not in desk.text
        assert "\u202e" not in desk.text


async def test_meter_tells_the_new_size_at_once_and_at_the_next_start(tmp_path: Path) -> None:
    counted = Usage(input_tokens=2_000, output_tokens=1_200)
    desk = Desk(tmp_path, [says(LONG, usage=counted), says(SUMMARY, usage=counted)])
    async with desk.running((120, 40)) as pilot:
        await compacted(desk, pilot)
        assert "ctx ~" in desk.status
        size = desk.status.partition("ctx ~")[2].split()[0]
        assert "3.2k" not in desk.status
    again = Desk(tmp_path, go_on=True)
    async with again.running((120, 40)) as pilot:
        await again.settle(pilot)
        assert f"ctx ~{size}" in again.status
