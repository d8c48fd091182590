"""The sessions list names the keys that do something, whole words of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from codex_tui.protocol.ids import SessionId
from codex_tui.protocol.sessions import SessionSummary
from codex_tui.ui.panes.sessions.entries import SessionRow, fit_words, row_keys
from tests.ui.support import Desk, says

ALL = ("Enter resume", "Esc close", "Tab this folder", "Ctrl+E rename", "Ctrl+D delete")


def row(*, current: bool = False, busy: bool = False, problem: str = "") -> SessionRow:
    summary = SessionSummary(
        session=SessionId("s"),
        directory="/w",
        title="",
        changed=datetime(2026, 1, 1, tzinfo=UTC),
        size_bytes=1,
        busy=busy,
        problem=problem,
    )
    return SessionRow(summary=summary, place="~/w", here=True, current=current)


@pytest.mark.parametrize(
    ("highlighted", "offered"),
    [
        (row(), ("Enter resume", "Esc close", "Ctrl+E rename", "Ctrl+D delete")),
        (row(current=True), ("Esc close", "Ctrl+E rename")),
        (row(current=True, busy=True), ("Esc close", "Ctrl+E rename")),
        (row(busy=True), ("Enter resume", "Esc close")),
        (row(problem="no header"), ("Esc close", "Ctrl+D delete")),
        (None, ("Esc close",)),
    ],
)
def test_only_what_can_be_done_is_offered(highlighted, offered):
    assert row_keys(highlighted, elsewhere=False, everywhere=True) == offered


def test_folders_are_offered_where_there_are_others():
    assert row_keys(row(), elsewhere=True, everywhere=True) == ALL
    assert row_keys(None, elsewhere=True, everywhere=False) == ("Esc close", "Tab all folders")


@pytest.mark.parametrize("cells", range(120))
def test_hints_are_named_whole_or_not_at_all(cells):
    line = fit_words(ALL, cells)
    assert cell_len(line) <= cells
    assert " · ".join(ALL).startswith(line)
    assert set(line.split(" · ")) <= {*ALL, ""}


async def test_in_a_narrow_window_no_hint_is_cut(tmp_path):
    desk = Desk(tmp_path, [says("Hi.")])
    async with desk.running((50, 20)) as pilot:
        await desk.ask(pilot, "hello")
    desk = Desk(tmp_path)
    async with desk.running((50, 20)) as pilot:
        await desk.send(pilot, "/resume")
        await desk.settle(pilot, lambda: "Enter resume" in desk.text)
        assert any(line.strip() == "Enter resume  Esc close  Ctrl+E rename" for line in desk.lines)
        await pilot.press("ctrl+d")
        await desk.settle(pilot, lambda: "y deletes it for good" in desk.text)
        assert any(line.strip() == "Delete “hello”? y deletes it for good" for line in desk.lines)
