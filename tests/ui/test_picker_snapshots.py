from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from picker_entries import UNLISTED, first_run, many, typical
from settle import settle
from widget_host import STATUS, WidgetHost, paste

from codex_tui.ui.panes.providers import PickerEntries, ProviderPicker
from codex_tui.ui.widgets.composer import Composer
from codex_tui.ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from textual.pilot import Pilot


def picker_app(entries: PickerEntries) -> WidgetHost:
    picker, composer, bar = ProviderPicker(clock=lambda: 0.0), Composer(), StatusBar()

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
        pytest.param(typical(), "opus", (80, 24), id="missing-key"),
        pytest.param(many(), "sonnet", (80, 24), id="many-80x24"),
        pytest.param(many(), "", (120, 40), id="many-120x40"),
    ],
)
def test_picker(snap_compare: Any, entries: PickerEntries, keys: str, size: tuple[int, int]):
    async def type_keys(pilot: Pilot[None]) -> None:
        await pilot.press(*("enter" if key == "\r" else key for key in keys))

    assert snap_compare(picker_app(entries), terminal_size=size, run_before=type_keys)


AGES_S = {"openai": 3 * 3600.0, "local": 20.0, "anthropic": None}
KEY = "sk-test-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789"
SIZES = [(80, 24), (120, 40), (40, 24)]
NAMES = ["80x24", "120x40", "40x24"]
WHOLE = typical(unlisted=UNLISTED, list_ages_s=AGES_S)


@pytest.mark.parametrize("size", SIZES[:2], ids=NAMES[:2])
def test_picker_with_the_age_of_its_lists(snap_compare: Any, size: tuple[int, int]):
    assert snap_compare(picker_app(WHOLE), terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
@pytest.mark.parametrize("state", ["empty", "pasted", "checking", "refused"])
def test_key_form(snap_compare: Any, state: str, size: tuple[int, int]):
    async def give_key(pilot: Pilot[None]) -> None:
        await pilot.press(*"opus", "enter")
        if state == "empty":
            return
        await paste(pilot, KEY)
        if state == "pasted":
            return
        await pilot.press("enter")
        if state == "refused":
            pilot.app.query_one(ProviderPicker).refuse_key(
                "Anthropic does not accept the key: invalid x-api-key (401).",
                "Copy the key again, alone, or make a new one on the vendor's page.",
            )
        await settle(pilot)

    assert snap_compare(picker_app(WHOLE), terminal_size=size, run_before=give_key)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
@pytest.mark.parametrize("name", ["deepseek", "ollama"])
def test_unlisted(snap_compare: Any, name: str, size: tuple[int, int]):
    async def find(pilot: Pilot[None]) -> None:
        await pilot.press(*name)

    assert snap_compare(picker_app(WHOLE), terminal_size=size, run_before=find)


@pytest.mark.parametrize("answered", [False, True], ids=["asking", "away"])
def test_asking_a_local_server(snap_compare: Any, answered: bool):
    async def ask(pilot: Pilot[None]) -> None:
        await pilot.press(*"ollama", "enter")
        if answered:
            pilot.app.query_one(ProviderPicker).say(
                "Nothing answers at http://127.0.0.1:11434/v1 (Ollama)",
                "Start it and press Enter again.",
            )
        await settle(pilot)

    assert snap_compare(picker_app(WHOLE), terminal_size=(80, 24), run_before=ask)
