from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from approval_cases import (
    ApprovalApp,
    drawn,
    edit_request,
    hostile_changes,
    shop_changes,
    two_hunks,
)
from rich.cells import cell_len
from settle import settle
from textual.pilot import Pilot

from codex_tui.edits.diff import file_change
from codex_tui.protocol.changes import FileChange
from codex_tui.ui.widgets import diff_view


@asynccontextmanager
async def viewing(
    changes: tuple[FileChange, ...], size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[ApprovalApp, Pilot[None]]]:
    app = ApprovalApp(edit_request(changes))
    async with app.run_test(size=size) as pilot:
        app.begin()
        await drawn(pilot)
        yield app, pilot


def backgrounds(app: ApprovalApp, y: int) -> dict[str, str]:
    """Return the colour behind each stretch of a row that is not blank."""
    return {
        segment.text.strip(): segment.style.bgcolor.name
        for segment in app.diff.render_line(y)
        if segment.text.strip() and segment.style and segment.style.bgcolor
    }


async def test_lines_are_shown_with_numbers_and_signs() -> None:
    async with viewing(two_hunks()) as (app, _):
        assert app.diff_text()[:9] == [
            " text.txt" + " " * 64 + "+2 −2",
            "▌@@ line 3" + " " * 53 + "+1 −1  hunk 1/2",
            "▌  1   line 1",
            "▌  2   line 2",
            "▌  3 - line 3",
            "▌  3 + third line",
            "▌  4   line 4",
            "▌  5   line 5",
            "▌  6   line 6",
        ]


async def test_changed_words_stand_out_of_the_line() -> None:
    async with viewing(shop_changes()) as (app, _):
        row = next(y for y, text in enumerate(app.diff_text()) if "8 + def" in text)
        found = backgrounds(app, row)
        assert found["-> Decimal"] == found["list"] != found["(items"]
        variables = app.theme_variables
        assert found["-> Decimal"] == variables["diff-added-word"].lower()
        assert found["(items"] == variables["diff-added"].lower()


async def test_a_theme_change_repaints() -> None:
    async with viewing(shop_changes()) as (app, pilot):
        app.theme = "codex-light"
        await drawn(pilot)
        row = next(y for y, text in enumerate(app.diff_text()) if "8 + def" in text)
        assert backgrounds(app, row)["(items"] == app.theme_variables["diff-added"].lower()


async def test_every_row_is_exactly_as_wide_as_the_view() -> None:
    async with viewing(hostile_changes(), (100, 40)) as (app, pilot):
        for _ in range(2):
            for y in range(app.diff.size.height):
                strip = app.diff.render_line(y)
                assert strip.cell_length == sum(cell_len(segment.text) for segment in strip)
                assert strip.cell_length in {
                    app.diff.size.width,
                    app.diff.scrollable_content_region.width,
                }
            await pilot.press("s")
            await drawn(pilot)


async def test_nothing_hostile_reaches_the_screen() -> None:
    async with viewing(hostile_changes(), (120, 60)) as (app, _):
        shown = "\n".join(app.diff_text())
        assert not set(shown) & set("\x1b\x07\u202e\u202c\u200b\ufeff\r\t")
        assert "wild/\\u202epath␛.py" in shown
        assert "a␛[31mred␇ = 1 \\u202eevil\\u202c zero\\u200bwidth" in shown
        assert "[bold]markup[/] [link=x]y" in shown


async def test_moving_to_a_hunk_out_of_sight_scrolls_to_it() -> None:
    async with viewing(shop_changes()) as (app, pilot):
        assert app.diff.scroll_offset.y == 0
        await pilot.press("[")
        assert app.diff.scroll_offset.y == 0
        await pilot.press("}", "}")
        await drawn(pilot)
        assert any("docs/notes.md" in text for text in app.diff_text())
        assert any(text.startswith("▌@@ line 1") for text in app.diff_text())


async def test_a_hunk_higher_than_the_view_shows_its_head() -> None:
    changes = (
        file_change("a.txt", None, "".join(f"{number}\n" for number in range(100))),
        file_change("b.txt", None, "".join(f"{number}\n" for number in range(100))),
    )
    async with viewing(changes) as (app, pilot):
        await pilot.press("]")
        await drawn(pilot)
        assert app.diff_text()[0].startswith(" b.txt  new file")


async def test_a_narrower_window_wraps_anew() -> None:
    async with viewing(shop_changes(), (120, 30)) as (app, pilot):
        wide = len(app.diff_text())
        height = app.diff.virtual_size.height
        await pilot.resize_terminal(50, 30)
        await drawn(pilot)
        assert app.diff.virtual_size.height > height
        assert any("↳" in text for text in app.diff_text())
        assert wide == app.diff.size.height


async def test_side_by_side_falls_back_where_it_gets_too_narrow() -> None:
    async with viewing(shop_changes(), (120, 30)) as (app, pilot):
        await pilot.press("s")
        assert app.diff.split
        await pilot.resize_terminal(80, 30)
        await drawn(pilot)
        assert not app.diff.split
        assert not any("│" in text for text in app.diff_text())


async def test_a_click_on_a_hunk_picks_it() -> None:
    async with viewing(two_hunks()) as (app, pilot):
        row = next(y for y, text in enumerate(app.diff_text()) if "31 +" in text)
        await pilot.click("#review-diff", offset=(10, row))
        await drawn(pilot)
        marked = [text for text in app.diff_text() if text.startswith("▌")]
        assert any("31 +" in text for text in marked)
        assert not any("3 + third" in text for text in marked)


async def test_a_click_on_a_file_picks_its_first_hunk() -> None:
    async with viewing(shop_changes(), (80, 60)) as (app, pilot):
        row = next(y for y, text in enumerate(app.diff_text()) if "tests/test_prices.py" in text)
        await pilot.click("#review-diff", offset=(10, row))
        await drawn(pilot)
        head = next(text for text in app.diff_text() if text.startswith("▌@@"))
        assert f"hunk {len(shop_changes()[0].hunks) + 1}/" in head


async def test_five_thousand_changed_lines_scroll_to_the_end() -> None:
    before = "".join(f"value_{number} = {number}\n" for number in range(2500))
    after = "".join(f"value_{number} = {number + 1}\n" for number in range(2500))
    async with viewing((file_change("big.py", before, after),)) as (app, pilot):
        app.diff.scroll_end(animate=False)
        await drawn(pilot)
        assert app.diff_text()[-1].endswith("2500 + value_2499 = 2500")


async def test_a_shorter_review_leaves_no_old_rows() -> None:
    async with viewing(shop_changes()) as (app, pilot):
        app.pane.show(edit_request((file_change("b.txt", "x\n", "y\n"),), "req_2"))
        await pilot.press("A", "enter")
        await drawn(pilot)
        assert app.diff_text()[4:] == [""] * (app.diff.size.height - 4)


async def test_a_lexer_that_fails_costs_colours_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(diff_view, "hunk_detail", fail)
    app = ApprovalApp(edit_request(two_hunks()))
    async with app.run_test() as pilot:
        app.begin()
        await settle(pilot, lambda: app.pane.display and not app.diff.working)
        await pilot.press("y", "n", "enter")
        assert len(app.decided) == 1
