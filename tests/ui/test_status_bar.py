from __future__ import annotations

import pytest
from settle import settle
from widget_host import WidgetHost, screen_lines

from codex_tui.ui.widgets.status_bar import Status, StatusBar, fit_items

FULL = Status(
    model="anthropic/claude-opus-4-5",
    effort="effort high",
    mode="suggest",
    context="ctx 23 %",
    cost="$0.41",
    sandbox="sandbox off",
    cache="cache 81 %",
    activity="2 queued",
)
HEARS = (StatusBar.ModelClicked, StatusBar.ModeClicked)


def texts(status: Status, width: int) -> list[str]:
    return [item.text for item in fit_items(status, width)]


def test_everything_shows_where_there_is_room():
    assert texts(FULL, 120) == [
        "anthropic/claude-opus-4-5 ▾",
        "effort high",
        "suggest",
        "2 queued",
        "ctx 23 %",
        "$0.41",
        "cache 81 %",
        "sandbox off",
    ]


def test_items_leave_by_importance():
    gone: list[str] = []
    for width in range(120, 0, -1):
        shown = {item.name for item in fit_items(FULL, width)}
        gone += [name for name in FULL.__slots__ if name not in shown and name not in gone]
    assert gone == ["cache", "effort", "sandbox", "cost", "context", "activity", "mode"]


def test_provider_goes_before_activity_and_mode():
    assert texts(FULL, 40) == ["claude-opus-4-5 ▾", "suggest", "2 queued"]


@pytest.mark.parametrize("width", range(1, 121))
def test_line_never_exceeds_the_width(width: int):
    assert fit_items(FULL, width)[-1].end <= width
    wide = Status(model="服务/模型模型模型模型模型模型", mode="full-auto", cost="$1")
    assert fit_items(wide, width)[-1].end <= width


def test_empty_items_are_left_out():
    assert texts(Status(model="a/b", cost="$0.00"), 80) == ["a/b ▾", "$0.00"]


def test_hostile_text_stays_on_the_line():
    line = texts(Status(model="a/b\x1b[31m\nc", activity="x\u202ey"), 80)
    assert line == ["a/b␛[31m c ▾", "x\\u202ey"]


@pytest.mark.parametrize("width", [20, 40, 80, 120])
async def test_bar_is_one_line_at_any_width(width: int):
    bar = StatusBar()
    app = WidgetHost(bar, prepare=lambda: bar.update_status(FULL))
    async with app.run_test(size=(width, 10)) as pilot:
        await settle(pilot)
        assert bar.region.height == 1
        line = screen_lines(app)[-1]
        assert "claude-opus-4-5 ▾" in line
        assert len(line) <= width


async def test_clicks_on_model_effort_and_mode_are_told_apart():
    bar = StatusBar()
    app = WidgetHost(bar, hears=HEARS, prepare=lambda: bar.update_status(FULL))
    async with app.run_test(size=(120, 10)) as pilot:
        await settle(pilot)
        line = screen_lines(app)[-1]
        for word in ("claude", "effort", "suggest", "$0.41", "│"):
            await pilot.click(StatusBar, offset=(line.index(word), 0))
        await settle(pilot)
        assert app.heard == [
            StatusBar.ModelClicked(),
            StatusBar.ModelClicked(),
            StatusBar.ModeClicked(),
        ]


async def test_new_status_is_shown():
    bar = StatusBar()
    app = WidgetHost(bar, prepare=lambda: bar.update_status(FULL))
    async with app.run_test(size=(80, 10)) as pilot:
        bar.update_status(Status(model="openai/gpt-5.1", mode="full-auto"))
        await settle(pilot)
        assert screen_lines(app)[-1].strip() == "openai/gpt-5.1 ▾ │ full-auto"
