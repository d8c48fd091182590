"""A line of input: clean, on one line, at rest."""

from __future__ import annotations

import pytest
from settle import settle
from widget_host import WidgetHost, deliver, paste

from codex_tui.ui.widgets.line_input import LineInput


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("a\u202eb\u2066c", "abc"),
        ("x\x9b31my", "x31my"),
        ("p\u200bq\ufeff", "pq"),
        ("first\nsecond\tthird", "first second third"),
        ("\n", ""),
    ],
)
async def test_what_is_pasted_is_whole_and_clean(pasted: str, kept: str) -> None:
    line = LineInput(placeholder="why?")
    async with WidgetHost(line).run_test(size=(60, 10)) as pilot:
        await paste(pilot, pasted)
        assert line.value == kept


async def test_a_paste_takes_the_place_of_what_is_selected() -> None:
    line = LineInput(placeholder="why?")
    async with WidgetHost(line).run_test(size=(60, 10)) as pilot:
        await deliver(pilot, "one")
        await pilot.press("shift+home")
        await paste(pilot, "two")
        await settle(pilot)
        assert line.value == "two"


async def test_the_cursor_of_a_line_does_not_blink() -> None:
    line = LineInput(placeholder="why?")
    async with WidgetHost(line).run_test(size=(60, 10)) as pilot:
        await settle(pilot)
        assert line.has_focus
        assert not line.cursor_blink
