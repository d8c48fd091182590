"""One table of keys and one of commands: what is listed anywhere is listed everywhere."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from textual.binding import Binding

from codex_tui.ui import footer_hints
from codex_tui.ui.commands import COMMANDS
from codex_tui.ui.key_table import REVIEW, key_scopes
from codex_tui.ui.panes.approval_keys import (
    ACCESS_HINTS,
    COMMAND_HINTS,
    EDIT_HINTS,
    REVIEW_BINDINGS,
    UNREAD_HINTS,
)
from codex_tui.ui.panes.command_palette import PALETTE_BINDINGS, PALETTE_HINTS
from codex_tui.ui.screens.main import MainScreen
from codex_tui.ui.widgets.composer_keys import COMPOSER_ACTIONS, COMPOSER_BINDINGS
from codex_tui.ui.widgets.key_hints import key_name
from tests.ui.support import NUMBERS, Desk, calls, two_edits

TALL = (120, 120)
ALL_BINDINGS = (*MainScreen.BINDINGS, *COMPOSER_BINDINGS, *REVIEW_BINDINGS, *PALETTE_BINDINGS)
ALL_HINTS = (
    *footer_hints.WELCOME_HINTS,
    *footer_hints.IDLE_HINTS,
    *footer_hints.BUSY_HINTS,
    *footer_hints.RETRY_HINTS,
    *footer_hints.OFFER_HINTS,
    *footer_hints.DECISION_HINTS,
    *footer_hints.REVIEW_HINTS,
    *PALETTE_HINTS,
    *EDIT_HINTS,
    *ACCESS_HINTS,
    *COMMAND_HINTS,
    *UNREAD_HINTS,
)


def scopes_of(desk):
    return key_scopes(desk.screen.BINDINGS, desk.app)


async def test_help_names_every_command_and_every_key_with_what_it_does(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running(TALL) as pilot:
        await pilot.press("f1")
        await desk.settle(pilot)
        for command in COMMANDS:
            assert command.form in desk.text
            assert command.summary in desk.text
        for scope in scopes_of(desk):
            assert scope.title in desk.text
            for binding in scope.described():
                keys = " / ".join(scope.keys[binding.id])
                assert any(keys in line and binding.description in line for line in desk.lines)


@pytest.mark.parametrize("request_of", ["edit", "command"])
async def test_the_palette_offers_every_command_and_what_every_key_does(tmp_path, request_of):
    asks = two_edits() if request_of == "edit" else calls(("shell", {"command": "ls"}))
    desk = Desk(tmp_path, [asks])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        await desk.review(pilot)
        await pilot.press("ctrl+p")
        offered = [(each.label, each.keys) for each in desk.screen.palette._entries]
        labels = [label for label, _ in offered]
        assert {f"/{command.name}" for command in COMMANDS} <= set(labels)
        for scope in scopes_of(desk):
            for binding in scope.described():
                keys = " / ".join(scope.keys[binding.id])
                assert any(
                    label.endswith(binding.description) and keys == shown
                    for label, shown in offered
                ), binding
        assert len(set(labels)) == len(labels)


async def test_no_key_means_two_things_in_one_place(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running():
        for scope in scopes_of(desk):
            counts = Counter(binding.key for binding in scope.bindings)
            twice = {key for key, count in counts.items() if count > 1}
            assert twice == ({"s"} if scope.title == REVIEW else set())


@pytest.mark.parametrize("asks", [two_edits(), calls(("shell", {"command": "ls"}))])
async def test_a_key_of_the_review_that_has_two_meanings_has_one_at_a_time(tmp_path, asks):
    desk = Desk(tmp_path, [asks])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        await desk.ask(pilot, "go")
        meant = [
            action
            for action in ("split", "session")
            if desk.screen.approval.check_action("review", (action,)) is not False
        ]
        assert len(meant) == 1


def test_keys_that_count_before_all_others_are_not_the_composers():
    before = {
        binding.key
        for binding in Binding.make_bindings(MainScreen.BINDINGS)
        if binding.priority and binding.key != "end"  # which is the composer's while it holds text
    }
    assert before & set(COMPOSER_ACTIONS) == set()


def test_every_hint_names_bindings_that_there_are():
    known = {binding.id for binding in ALL_BINDINGS if binding.id}
    assert {each for hint in ALL_HINTS for each in hint.bindings} <= known


def test_every_binding_has_an_id_of_its_own():
    ids = [binding.id for binding in ALL_BINDINGS if binding.description]
    assert None not in ids
    assert len(set(ids)) == len(ids)


async def test_a_key_map_changes_help_palette_and_footer_alike(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running(TALL) as pilot:
        desk.app.set_keymap({"app.palette": "f7", "review.accept": "f8"})
        await desk.ask(pilot, "hi")
        assert "F7 palette" in desk.footer
        await pilot.press("f1")
        await desk.settle(pilot)
        shown = [line.split() for line in desk.lines]
        assert any(words[:2] == ["F8", "accept"] for words in shown)
        await pilot.press("escape", "f7")
        await desk.settle(pilot)
        assert desk.screen.palette.display
        keys = {entry.label: entry.keys for entry in desk.screen.palette._entries}
        assert "F7" in keys.values()


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ctrl+l", "Ctrl+L"),
        ("shift+tab", "Shift+Tab"),
        ("f1", "F1"),
        ("a", "a"),
        ("A", "A"),
        ("+", "+"),
        ("right_square_bracket", "]"),
        ("pageup", "PgUp"),
        ("escape", "Esc"),
        ("enter", "Enter"),
        ("up", "Up"),
        ("space", "Space"),
        ("ctrl+right_square_bracket", "Ctrl+]"),
    ],
)
def test_keys_are_named_as_people_write_them(key, name):
    assert key_name(key) == name


def test_every_description_is_short_and_begins_small():
    for binding in itertools.chain(MainScreen.BINDINGS, COMPOSER_BINDINGS, REVIEW_BINDINGS):
        assert len(binding.description) <= 50
        assert binding.description[:1].islower() or not binding.description
