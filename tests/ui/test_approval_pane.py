from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from approval_cases import (
    ApprovalApp,
    access_request,
    drawn,
    edit_request,
    hostile_changes,
    shop_changes,
    two_hunks,
)
from textual import events
from textual.widgets import Input

from codex_tui.protocol.approvals import (
    AcceptHunk,
    AllowOnce,
    ApprovalRequest,
    EditDecision,
    Refuse,
    RejectHunk,
)
from codex_tui.protocol.ids import RequestId
from codex_tui.ui.panes.approval_hints import TOO_EARLY
from codex_tui.ui.review import UNDECIDED_REASON, HunkRef
from codex_tui.ui.widgets.diff_view import DiffView

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

ACCEPT, REJECT = AcceptHunk(), RejectHunk()


@asynccontextmanager
async def reviewing(
    *requests: ApprovalRequest, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[ApprovalApp, Pilot[None]]]:
    app = ApprovalApp(*(requests or (edit_request(shop_changes()),)))
    async with app.run_test(size=size) as pilot:
        app.begin()
        await drawn(pilot)
        yield app, pilot


def marks(app: ApprovalApp) -> list[str]:
    """Return the marks behind each file name."""
    return [word for word in app.text_of("review-files").split() if not set(word) - set("✓✗·")]


def answer(app: ApprovalApp, at: int = 0) -> list[object]:
    """Return the hunk decisions of an answer, in order."""
    decision = app.decided[at][1]
    assert isinstance(decision, EditDecision)
    return [each for file in decision.files for _, each in file.hunks]


def current(app: ApprovalApp) -> str:
    """Return the number of the hunk the bar stands at."""
    head = next(text for text in app.diff_text() if text.startswith("▌") and "hunk" in text)
    return head.rsplit(" ", 1)[1]


def reason_input(app: ApprovalApp) -> Input:
    return app.pane.query_one("#review-reason", Input)


async def test_nothing_to_review_is_not_there() -> None:
    app = ApprovalApp()
    async with app.run_test() as pilot:
        await drawn(pilot)
        assert not app.pane.display
        assert (app.pane.active, app.pane.waiting) == (False, 0)


async def test_a_request_appears_without_taking_the_focus() -> None:
    app = ApprovalApp()
    async with app.run_test() as pilot:
        await pilot.press("d", "r")
        app.pane.show(edit_request(shop_changes()))
        await pilot.press("a", "y")
        await drawn(pilot)
        assert app.pane.display
        assert app.query_one("#composer", Input).value == "dray"
        assert marks(app) == ["···", "··", "·"]
        assert app.hint == "Ctrl+N to review"
        assert app.decided == []


async def test_the_title_counts_files_hunks_and_lines() -> None:
    async with reviewing() as (app, _):
        assert app.text_of("review-title").strip() == "Review · 3 files · 6 hunks  +10 −5"


async def test_accept_and_reject_a_hunk() -> None:
    async with reviewing() as (app, pilot):
        await pilot.press("y")
        assert (marks(app)[0], current(app)) == ("✓··", "2/6")
        await pilot.press("n")
        assert (marks(app)[0], current(app)) == ("✓✗·", "3/6")
        await drawn(pilot)
        assert any(text.startswith(" ✓ accepted") for text in app.diff_text())
        assert any(text.startswith(" ✗ rejected") for text in app.diff_text())


async def test_reject_with_a_reason() -> None:
    async with reviewing(edit_request(two_hunks())) as (app, pilot):
        await pilot.press("r")
        assert reason_input(app).display
        assert "Esc cancels" in app.hint
        await pilot.press(*"yan", "space", *"[x]", "enter")
        await drawn(pilot)
        assert app.focused is app.pane
        assert not reason_input(app).display
        assert marks(app) == ["✗·"]
        assert any("✗ rejected  yan [x]" in text for text in app.diff_text())
        await pilot.press("y", "enter")
        assert answer(app) == [RejectHunk(reason="yan [x]"), ACCEPT]


async def test_escape_cancels_a_reason_and_stays() -> None:
    async with reviewing() as (app, pilot):
        await pilot.press("r", "n", "o", "escape")
        assert app.focused is app.pane
        assert app.left == 0
        assert marks(app)[0] == "···"
        await pilot.press("r")
        assert reason_input(app).value == ""


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a", ["✗✓✓", "··", "·"]),
        ("x", ["✗✗✗", "··", "·"]),
        ("A", ["✗✓✓", "✓✓", "✓"]),
        ("X", ["✗✗✗", "✗✗", "✗"]),
    ],
)
async def test_deciding_a_file_or_all_keeps_earlier_answers(key: str, expected: list[str]) -> None:
    async with reviewing() as (app, pilot):
        await pilot.press("n", key)
        assert marks(app) == expected


async def test_moving_by_hunk_and_by_file() -> None:
    async with reviewing() as (app, pilot):
        await pilot.press("]")
        assert current(app) == "2/6"
        await pilot.press("[")
        assert current(app) == "1/6"
        await pilot.press("}")
        assert current(app) == "4/6"
        await pilot.press("{")
        assert current(app) == "1/6"
        await pilot.press("[")
        assert app.hint.startswith("this is the first hunk")
        assert marks(app) == ["···", "··", "·"]


async def test_a_decided_hunk_opens_for_another_look() -> None:
    async with reviewing() as (app, pilot):
        await pilot.press("y", "[")
        await drawn(pilot)
        assert "▌✓ accepted" in app.diff_text()[1]
        assert app.diff_text()[2].startswith("▌  5")
        await pilot.press("]")
        await drawn(pilot)
        assert app.diff_text()[2].startswith("▌@@")


async def test_undo_takes_back_the_last_decision() -> None:
    async with reviewing() as (app, pilot):
        await pilot.press("y", "X", "u")
        assert marks(app) == ["✓··", "··", "·"]
        await pilot.press("u")
        assert (marks(app)[0], current(app)) == ("···", "1/6")
        await pilot.press("u")
        assert app.hint.startswith("nothing to undo")


async def test_split_needs_room() -> None:
    async with reviewing() as (app, pilot):
        await pilot.press("s")
        assert app.hint.startswith("side by side needs 100 columns, here are 80")
        assert not app.diff.split


async def test_a_key_shows_both_sides_and_one_again() -> None:
    async with reviewing(size=(120, 40)) as (app, pilot):
        await pilot.press("s")
        await drawn(pilot)
        assert app.diff.split
        assert any("│" in text for text in app.diff_text())
        await pilot.press("s")
        await drawn(pilot)
        assert not any("│" in text for text in app.diff_text())


async def test_why_shows_the_rule_and_the_way_out() -> None:
    async with reviewing() as (app, pilot):
        await pilot.press("w")
        why = app.text_of("review-why")
        assert app.pane.query_one("#review-why").display
        assert "Mode suggest asks before every edit." in why
        assert "Shift+Tab switches to auto-edit." in why
        await pilot.press("w")
        assert not app.pane.query_one("#review-why").display


async def test_enter_applies_what_was_decided() -> None:
    async with reviewing(edit_request(two_hunks())) as (app, pilot):
        await pilot.press("y", "n")
        assert app.hint.startswith("Enter applies 1 of 2 hunks")
        await pilot.press("enter")
        await drawn(pilot)
        assert app.decided[0][0] == RequestId("req_1")
        assert answer(app) == [ACCEPT, REJECT]
        assert (app.pane.display, app.pane.waiting, app.left) == (False, 0, 1)


async def test_rejecting_everything_is_an_edit_decision() -> None:
    async with reviewing(edit_request(two_hunks())) as (app, pilot):
        await pilot.press("X", "enter")
        assert answer(app) == [REJECT, REJECT]


async def test_enter_asks_about_undecided_hunks_and_enter_again_rejects_them() -> None:
    async with reviewing(edit_request(two_hunks())) as (app, pilot):
        await pilot.press("enter")
        assert app.hint == "2 undecided: Enter again rejects them, Esc goes back"
        assert app.decided == []
        await pilot.press("enter")
        assert answer(app) == [RejectHunk(reason=UNDECIDED_REASON)] * 2


@pytest.mark.parametrize("key", ["escape", "]", "w", "y"])
async def test_any_other_key_withdraws_the_confirmation(key: str) -> None:
    async with reviewing() as (app, pilot):
        await pilot.press("enter", key, "enter")
        assert app.decided == []
        assert "undecided: Enter again" in app.hint
        assert app.left == 0


async def test_escape_leaves_and_the_review_stays() -> None:
    async with reviewing() as (app, pilot):
        await pilot.press("y", "escape")
        assert app.left == 1
        assert app.pane.active
        assert marks(app)[0] == "✓··"
        assert app.hint == "Ctrl+N to review"
        app.pane.focus()
        await pilot.pause()
        assert app.hint.startswith("y accept")


@pytest.mark.parametrize(
    ("keys", "back"), [("down", "up"), ("j", "k"), ("pagedown", "pageup"), ("space", "pageup")]
)
async def test_scrolling_decides_nothing(keys: str, back: str) -> None:
    async with reviewing() as (app, pilot):
        await pilot.press(keys)
        await drawn(pilot)
        assert app.diff.scroll_offset.y > 0
        assert current_marks_untouched(app)
        await pilot.press(back)
        await drawn(pilot)
        assert app.diff.scroll_offset.y == 0


def current_marks_untouched(app: ApprovalApp) -> bool:
    return marks(app) == ["···", "··", "·"]


async def test_keys_in_the_first_half_second_do_nothing_and_say_so() -> None:
    app = ApprovalApp(edit_request(two_hunks()))
    async with app.run_test() as pilot:
        app.pane.focus()
        await drawn(pilot)
        app.now_s = 0.49
        for key in ("y", "A", "enter", "r", "x"):
            await pilot.press(key)
            assert app.hint.startswith(TOO_EARLY)
        assert marks(app) == ["··"]
        assert not reason_input(app).display
        app.now_s = 1.0
        await pilot.press("y")
        assert marks(app) == ["✓·"]
        assert not app.hint.startswith("…")


async def test_words_begun_as_it_appears_decide_nothing_however_long_they_are() -> None:
    app = ApprovalApp(edit_request(two_hunks()))
    async with app.run_test() as pilot:
        app.pane.focus()
        await drawn(pilot)
        for letter in "hello, and yes, have it Any way":
            app.now_s += 0.2
            await pilot.press({" ": "space", ",": "comma"}.get(letter, letter))
        await pilot.press("enter")
        assert marks(app) == ["··"]
        assert app.decided == []
        app.now_s += 0.5
        await pilot.press("y")
        assert marks(app) == ["✓·"]


async def test_the_next_request_has_its_own_first_half_second() -> None:
    requests = (edit_request(two_hunks()), edit_request(shop_changes(), "req_2"))
    async with reviewing(*requests) as (app, pilot):
        assert app.pane.waiting == 2
        assert app.text_of("review-title").endswith("1 more")
        await pilot.press("A", "enter", "enter", "A")
        await drawn(pilot)
        assert [request_id for request_id, _ in app.decided] == ["req_1"]
        assert (app.pane.waiting, marks(app)) == (1, ["···", "··", "·"])
        assert app.focused is app.pane
        app.now_s += 1
        await pilot.press("X", "enter")
        assert [request_id for request_id, _ in app.decided] == ["req_1", "req_2"]
        assert answer(app, 1) == [REJECT] * 6


async def test_a_request_settled_elsewhere_goes_with_the_reason_being_typed() -> None:
    requests = (edit_request(two_hunks()), edit_request(shop_changes(), "req_2"))
    async with reviewing(*requests) as (app, pilot):
        await pilot.press("r", "n", "o")
        app.pane.settle_request(RequestId("req_1"))
        await drawn(pilot)
        assert not reason_input(app).display
        assert app.focused is app.pane
        assert (app.decided, app.pane.waiting) == ([], 1)
        assert marks(app) == ["···", "··", "·"]
        app.now_s += 1
        await pilot.press("r")
        assert reason_input(app).value == ""


async def test_the_last_request_settled_elsewhere_gives_the_focus_back() -> None:
    async with reviewing() as (app, pilot):
        await pilot.press("r", "n", "o")
        app.pane.settle_request(RequestId("req_1"))
        await drawn(pilot)
        assert app.focused is app.query_one("#composer")
        assert (app.left, app.decided, app.pane.display) == (1, [], False)


async def test_a_waiting_request_settled_elsewhere_leaves_the_shown_one_alone() -> None:
    requests = (edit_request(shop_changes()), edit_request(two_hunks(), "req_2"))
    async with reviewing(*requests) as (app, pilot):
        await pilot.press("y")
        app.pane.settle_request(RequestId("req_2"))
        app.pane.settle_request(RequestId("never asked"))
        await drawn(pilot)
        assert (app.pane.waiting, marks(app)[0]) == (1, "✓··")


async def test_a_click_selects_a_hunk_and_focuses_the_pane() -> None:
    async with reviewing(edit_request(two_hunks())) as (app, pilot):
        app.query_one("#composer").focus()
        await pilot.click("#review-diff", offset=(10, 12))
        await drawn(pilot)
        assert app.focused is app.pane
        assert current(app) == "2/2"
        await pilot.press("y")
        assert marks(app) == ["·✓"]


async def test_a_click_while_a_reason_is_typed_changes_nothing() -> None:
    async with reviewing(edit_request(two_hunks())) as (app, pilot):
        await pilot.press("r", "n", "o")
        await pilot.click("#review-diff", offset=(10, 12))
        await drawn(pilot)
        assert reason_input(app).display
        await pilot.press("enter", "y", "enter")
        assert answer(app) == [RejectHunk(reason="no"), ACCEPT]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["y"], AllowOnce()),
        (["n"], Refuse()),
        (["r", *"why", "enter"], Refuse(reason="why")),
    ],
)
async def test_an_access_request_is_allowed_once_or_refused(
    keys: list[str], expected: AllowOnce | Refuse
) -> None:
    async with reviewing(access_request()) as (app, pilot):
        await pilot.press(*keys)
        await drawn(pilot)
        assert app.decided == [(RequestId("req_9"), expected)]
        assert not app.pane.display


async def test_an_access_request_has_no_default() -> None:
    async with reviewing(access_request()) as (app, pilot):
        await pilot.press("enter", "enter", "A", "a", "space")
        assert app.decided == []
        assert app.pane.active


async def test_an_access_request_shows_paths_and_what_is_special() -> None:
    async with reviewing(access_request()) as (app, _):
        body = str(app.pane.query_one("#review-question Static").content)
        assert "/etc/hosts  outside the workspace" in body
        assert ".env␛[2J    looks secret" in body
        assert not app.diff.display
        assert app.hint.startswith("y allow once  n refuse")


async def test_an_edit_after_an_access_request_is_shown_as_an_edit() -> None:
    async with reviewing(access_request(), edit_request(two_hunks())) as (app, pilot):
        await pilot.press("n")
        await drawn(pilot)
        assert app.diff.display
        assert not app.pane.query_one("#review-question").display
        assert app.diff_text()[0].startswith(" text.txt")


async def test_hostile_names_and_reasons_are_spelled_out() -> None:
    async with reviewing(edit_request(hostile_changes()), size=(120, 40)) as (app, pilot):
        await pilot.press("r")
        reason_input(app).value = "because\x1b[2J \u202eof [red]this[/red]"
        await pilot.press("enter")
        await drawn(pilot)
        assert "✗ rejected  because[2J of [red]this[/red]" in app.diff_text()[1]
        assert app.text_of("review-files").startswith("wild/\\u202epath␛.py ✗")


@pytest.mark.parametrize("width", [24, 40, 60, 80, 100, 140])
async def test_the_hint_line_fits_and_keeps_what_matters(width: int) -> None:
    async with reviewing(size=(width, 24)) as (app, _):
        assert len(app.hint) <= width - 2
        assert app.hint.startswith("y accept")
        assert ("Enter apply" in app.hint) == (width >= 40)


async def test_remapped_keys_work_and_are_named() -> None:
    async with reviewing() as (app, pilot):
        app.set_keymap({"review.accept": "f5", "review.next_hunk": "n", "review.reject": "f6"})
        await pilot.press("n")
        assert current(app) == "2/6"
        await pilot.press("f5")
        assert marks(app)[0] == "·✓·"
        assert app.hint.startswith("F5 accept  F6 reject")


async def test_a_request_shown_before_the_pane_is_laid_out_is_there() -> None:
    app = ApprovalApp()
    app.pane.show(edit_request(two_hunks()))
    async with app.run_test() as pilot:
        await drawn(pilot)
        assert app.pane.display
        assert app.diff_text()[0].startswith(" text.txt")


@pytest.mark.parametrize("size", [(20, 6), (8, 4), (3, 2)])
async def test_a_tiny_window_keeps_the_review_usable(size: tuple[int, int]) -> None:
    async with reviewing(edit_request(two_hunks()), size=size) as (app, pilot):
        await pilot.press("y", "s", "w", "]", "r", "o", "enter", "enter")
        await drawn(pilot)
        assert answer(app) == [ACCEPT, RejectHunk(reason="o")]


async def test_a_reason_for_a_settled_request_does_not_reach_the_next_one() -> None:
    requests = (edit_request(two_hunks()), edit_request(shop_changes(), "req_2"))
    async with reviewing(*requests) as (app, pilot):
        await pilot.press("r", "n", "o")
        app.pane.settle_request(RequestId("req_1"))
        await pilot.press("enter")
        await drawn(pilot)
        assert marks(app) == ["···", "··", "·"]
        assert not reason_input(app).display


def burst(app: ApprovalApp, keys: str) -> None:
    """Hand the application keys as a terminal does that sent them at once."""
    names = {"\r": "enter", "\x1b": "escape", " ": "space"}
    for key in keys:
        app.post_message(events.Key(names.get(key, key), None if key < " " else key))


async def test_a_reason_typed_in_one_burst_is_kept_whole() -> None:
    async with reviewing(edit_request(two_hunks())) as (app, pilot):
        burst(app, "rkeep it\ry\r")
        await drawn(pilot)
        assert answer(app) == [RejectHunk(reason="keep it"), ACCEPT]


async def test_words_typed_behind_escape_decide_nothing_and_are_passed_on() -> None:
    async with reviewing(edit_request(two_hunks())) as (app, pilot):
        burst(app, "\x1byes any")
        await drawn(pilot)
        assert marks(app) == ["··"]
        assert app.query_one("#composer", Input).value == "yes any"


async def test_words_typed_behind_the_last_answer_are_passed_on() -> None:
    async with reviewing(edit_request(two_hunks())) as (app, pilot):
        burst(app, "yy\rthanks")
        await drawn(pilot)
        assert answer(app) == [ACCEPT, ACCEPT]
        assert app.query_one("#composer", Input).value == "thanks"


async def test_a_reason_is_pasted_on_one_line() -> None:
    async with reviewing(edit_request(two_hunks())) as (app, pilot):
        await pilot.press("r")
        app.post_message(events.Paste("no,\nnot\x1b[2J so"))
        await pilot.press("enter", "y", "enter")
        assert answer(app) == [RejectHunk(reason="no, not[2J so"), ACCEPT]


async def test_a_reason_is_left_open_while_the_focus_is_elsewhere() -> None:
    async with reviewing(edit_request(two_hunks())) as (app, pilot):
        await pilot.press("r", "n", "o")
        app.query_one("#composer").focus()
        await drawn(pilot)
        assert app.hint == "Ctrl+N to review"
        app.pane.focus()
        await pilot.press("t", "enter", "y", "enter")
        assert answer(app) == [RejectHunk(reason="not"), ACCEPT]


async def test_a_click_on_a_hunk_of_a_settled_request_is_ignored() -> None:
    requests = (edit_request(shop_changes()), edit_request(two_hunks(), "req_2"))
    async with reviewing(*requests) as (app, pilot):
        app.diff.post_message(DiffView.HunkPicked(HunkRef(2, 0)))
        app.pane.settle_request(RequestId("req_1"))
        await drawn(pilot)
        assert current(app) == "1/2"
