"""The command palette: found by name, done as typed, and no key lost on the way in or out."""

from __future__ import annotations

import pytest
from textual import events

from codex_tui.ui.palette_entries import Entry, matching
from codex_tui.ui.screens.help import HelpScreen
from codex_tui.ui.widgets.fuzzy import BoundedSearch
from tests.ui.support import HALF_WRITTEN, NUMBERS, Desk, says, two_edits


def burst(desk, *keys):
    """Hand the application keys as a terminal does that sent them at once."""
    for key in keys:
        desk.app.post_message(events.Key(key, key if len(key) == 1 else None))


def offered(desk):
    """Return the labels in the order of the list."""
    return [match.entry.label for match in desk.screen.palette.list.rows]


def found(query, *labels):
    entries = [Entry(label=label, run=lambda: None) for label in labels]
    return [match.entry.label for match in matching(entries, query, BoundedSearch())]


def test_without_a_query_everything_is_there_in_its_order():
    assert found("", "b", "a") == ["b", "a"]
    assert found("  ", "b", "a") == ["b", "a"]


def test_letters_find_names_and_words_find_what_is_said_about_them():
    entries = [
        Entry(label="/quit", detail="leave the program", run=lambda: None),
        Entry(label="models", keys="Ctrl+L", run=lambda: None),
        Entry(label="/leave", run=lambda: None),
    ]

    def labels(query):
        return [match.entry.label for match in matching(entries, query, BoundedSearch())]

    assert labels("mdl") == ["models"]
    assert labels("LEAVE") == ["/leave", "/quit"]
    assert labels("ctrl+l") == ["models"]
    assert labels("zzz") == []


async def test_typing_finds_and_enter_does_it(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+p", *"full")
        await desk.settle(pilot)
        assert offered(desk)[0] == "mode: full-auto"
        await pilot.press("enter")
        await desk.settle(pilot)
        assert desk.session.mode == "full-auto"
        assert not desk.screen.palette.display
        assert desk.screen.focused is desk.screen.composer


async def test_a_model_is_chosen_by_name(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+p", *"model: beta", "enter")
        await desk.settle(pilot)
        assert "beta/three" in desk.status


async def test_a_command_that_needs_words_waits_in_the_composer(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press(*"half a thought", "ctrl+p", *"/approvals", "enter")
        await desk.settle(pilot)
        assert desk.draft == "/approvals "
        await pilot.press(*"auto-edit", "enter")
        await desk.settle(pilot)
        assert desk.session.mode == "auto-edit"
        await pilot.press("up", "up")
        assert desk.draft == "half a thought"


async def test_a_refused_command_tells_why_and_leaves_the_draft(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press(*"half", "ctrl+p", *"/copy", "enter")
        await desk.settle(pilot)
        assert "no answer to copy" in desk.text
        assert desk.draft == "half"


@pytest.mark.parametrize("closing", ["escape", "ctrl+p", "ctrl+c"])
async def test_closing_gives_back_focus_and_draft(tmp_path, closing):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press(*"half", "left", "ctrl+p", *"mod", closing)
        await desk.settle(pilot)
        assert not desk.screen.palette.display
        assert desk.screen.focused is desk.screen.composer
        await pilot.press("x")
        assert desk.draft == "halxf"
        assert not desk.app._exit


async def test_a_burst_through_the_palette_loses_no_key(tmp_path):
    desk = Desk(tmp_path, [says("Yes.")])
    async with desk.running() as pilot:
        burst(desk, *"ab", "ctrl+p", *"full-auto", "enter", *"cd")
        await desk.settle(pilot, lambda: desk.draft == "abcd")
        assert desk.session.mode == "full-auto"
        burst(desk, "ctrl+p", *"mod", "escape", *"ef", "enter")
        await desk.settle(pilot, lambda: desk.told == ["abcdef"])


async def test_a_burst_goes_on_in_the_command_that_was_proposed(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        burst(desk, "ctrl+p", *"/approv", "enter", *"auto-edit", "enter")
        await desk.settle(pilot, lambda: desk.session.mode == "auto-edit")


async def test_arrows_pages_and_tab_move_the_highlight(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+p")
        palette = desk.screen.palette.list
        await pilot.press("down", "tab", "up")
        assert palette.highlighted is palette.rows[1]
        await pilot.press("pagedown", "pagedown", "pagedown", "pagedown", "pagedown")
        assert palette.highlighted is palette.rows[-1]
        await desk.settle(pilot)
        assert any(line.startswith(" › ") for line in desk.lines)
        await pilot.press("pageup", "shift+tab")
        assert palette.highlighted is not palette.rows[-1]


async def test_nothing_found_says_so_and_enter_does_nothing(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+p", *"zzzz", "enter")
        await desk.settle(pilot)
        assert "Nothing here goes by that name" in desk.text
        assert desk.screen.palette.display


async def test_a_click_does_what_the_row_says_and_one_elsewhere_closes(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+p", *"auto-edit")
        await desk.settle(pilot)
        row = next(y for y, line in enumerate(desk.lines) if "mode: auto-edit" in line)
        await pilot.click(offset=(5, row))
        await desk.settle(pilot)
        assert desk.session.mode == "auto-edit"
        await pilot.press("ctrl+p")
        await pilot.click("#composer")
        await desk.settle(pilot)
        assert not desk.screen.palette.display
        assert desk.screen.focused is desk.screen.composer


async def test_keys_of_other_places_are_left_alone_by_the_open_palette(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+p", "f3")
        assert desk.session.mode == "suggest"
        await pilot.press("f1")
        await desk.settle(pilot, lambda: isinstance(desk.app.screen, HelpScreen))
        await pilot.press("escape")
        await desk.settle(pilot, lambda: desk.app.screen is desk.screen)
        assert desk.screen.palette.display
        await pilot.press("ctrl+l")
        await desk.settle(pilot)
        assert desk.screen.picker.display
        assert not desk.screen.palette.display
        await pilot.press("escape", "x")
        await desk.settle(pilot)
        assert desk.draft == "x"


async def test_the_palette_stays_away_from_the_open_picker(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+l", "ctrl+p")
        await desk.settle(pilot)
        assert desk.screen.picker.display
        assert not desk.screen.palette.display


async def test_a_review_that_comes_meanwhile_gets_no_key_of_the_palette(tmp_path):
    desk = Desk(tmp_path, [two_edits()])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "change it")
        await desk.settle(pilot, lambda: desk.requests)
        await pilot.press("ctrl+p")
        desk.gate.open()
        await desk.review(pilot)
        await pilot.press(*"Ayax", "enter", "escape")
        await desk.settle(pilot)
        assert desk.screen.approval.active
        assert desk.screen.focused is desk.screen.composer
        assert desk.file("a.txt") == NUMBERS


async def test_the_palette_returns_to_the_review_it_was_opened_in(tmp_path):
    desk = Desk(tmp_path, [two_edits(), says("Fine.")])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        await desk.review(pilot)
        await pilot.press("ctrl+p", "y", "escape")
        await desk.settle(pilot)
        assert desk.screen.focused is desk.screen.approval
        await pilot.press("ctrl+p", *"review: accept hunk", "enter")
        await desk.settle(pilot)
        await pilot.press("n", "enter")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert desk.file("a.txt") == HALF_WRITTEN


async def test_a_review_settled_behind_the_palette_leaves_the_focus_to_the_composer(tmp_path):
    desk = Desk(tmp_path, [two_edits()])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        await pilot.press("ctrl+p")
        desk.session.interrupt()
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert desk.screen.palette.display
        await pilot.press("escape", "x")
        await desk.settle(pilot)
        assert desk.draft == "x"


async def test_recent_sessions_are_offered_and_resumed(tmp_path):
    first = Desk(tmp_path, [says("One.")])
    async with first.running() as pilot:
        await first.ask(pilot, "the very first question")
    desk = Desk(tmp_path, [])
    async with desk.running() as pilot:
        await pilot.press("ctrl+p")
        label = "resume: the very first question"
        await desk.settle(pilot, lambda: label in offered(desk))
        palette = desk.screen.palette.list
        assert palette.highlighted is palette.rows[0]
        await pilot.press(*"first question", "enter")
        await desk.settle(pilot, lambda: desk.told == ["the very first question"])
        assert desk.screen.focused is desk.screen.composer


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 15), (40, 12), (24, 8)])
async def test_the_palette_fits_into_the_window(tmp_path, size):
    desk = Desk(tmp_path)
    async with desk.running(size) as pilot:
        await pilot.press("ctrl+p", *"auto-edit")
        await desk.settle(pilot)
        assert desk.screen.region.contains_region(desk.screen.palette.region)
        assert any("mode: auto-edit" in line for line in desk.lines)


async def test_a_window_that_is_too_small_has_no_palette(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running((20, 5)) as pilot:
        await pilot.press("ctrl+p")
        assert not desk.screen.palette.display
