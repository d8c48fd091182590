from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from picker_entries import first_run, many, typical
from widget_host import STATUS, WidgetHost

from codex_tui.ui.panes.providers import PickerEntries, ProviderPicker
from codex_tui.ui.widgets.composer import Composer
from codex_tui.ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from textual.pilot import Pilot


def picker_app(entries: PickerEntries) -> WidgetHost:
    picker, composer, bar = ProviderPicker(), Composer(), StatusBar()

    def prepare() -> None:
        bar.update_status(STATUS)
        picker.open(entries)

    return WidgetHost(picker, composer, bar, prepare=prepare)


@pytest.mark.parametrize(
    ("entries", "keys", "size"),
    [
        pytest.param(first_run(), "", (80, 24), id="first-run-80x24"),
        pytest.param(first_run(), "", (120, 40), id="first-run-120x40"),
        pytest.param(typical(), "", (80, 24), id="typical-80x24"),
        pytest.param(typical(), "", (120, 40), id="typical-120x40"),
        pytest.param(typical(), "gpt", (80, 24), id="filtered"),
        pytest.param(typical(), "zzzz", (80, 24), id="nothing"),
        pytest.param(typical(), "opus\r", (80, 24), id="missing-key"),
        pytest.param(many(), "sonnet", (80, 24), id="many-80x24"),
        pytest.param(many(), "", (120, 40), id="many-120x40"),
    ],
)
def test_picker(snap_compare: Any, entries: PickerEntries, keys: str, size: tuple[int, int]):
    async def type_keys(pilot: Pilot[None]) -> None:
        await pilot.press(*("enter" if key == "\r" else key for key in keys))

    assert snap_compare(picker_app(entries), terminal_size=size, run_before=type_keys)
