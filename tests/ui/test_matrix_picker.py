"""Pictures of the picker: the list, what it says when there is little, and the form for a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matrix import BOTH, SMALL, Scene, Size, matrix
from picker_entries import UNLISTED, first_run, many, typical
from widget_host import STATUS, WidgetHost, paste

from codex_tui.ui.panes.providers import PickerEntries, ProviderPicker
from codex_tui.ui.widgets.composer import Composer
from codex_tui.ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from textual.pilot import Pilot

NARROW = (40, 24)
KEY = "sk-test-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789"
AGES_S = {"openai": 3 * 3600.0, "local": 20.0, "anthropic": None}
WHOLE = typical(unlisted=UNLISTED, list_ages_s=AGES_S)
FIRST, MANY = first_run(), many()


def picker_app(entries: PickerEntries) -> WidgetHost:
    picker, composer, bar = ProviderPicker(clock=lambda: 0.0), Composer(), StatusBar()

    def prepare() -> None:
        bar.update_status(STATUS)
        picker.open(entries)

    return WidgetHost(picker, composer, bar, prepare=prepare)


async def ask_for_key(pilot: Pilot[None]) -> None:
    await pilot.press(*"opus", "enter")


async def paste_key(pilot: Pilot[None]) -> None:
    await ask_for_key(pilot)
    await paste(pilot, KEY)


async def refuse_key(pilot: Pilot[None]) -> None:
    await paste_key(pilot)
    await pilot.press("enter")
    pilot.app.query_one(ProviderPicker).refuse_key(
        "Anthropic does not accept the key: invalid x-api-key (401).",
        "Copy the key again, alone, or make a new one on the vendor's page.",
    )


async def find_nobody(pilot: Pilot[None]) -> None:
    await pilot.press(*"ollama", "enter")
    pilot.app.query_one(ProviderPicker).say(
        "Nothing answers at http://127.0.0.1:11434/v1 (Ollama)",
        "Start it and press Enter again.",
    )


def scene(name: str, entries: PickerEntries, *keys: str, **facts: Any) -> Scene:
    return Scene(name=name, app=lambda: picker_app(entries), keys=keys, **facts)


SCENES = (
    scene("first-run", FIRST),
    scene("typical", WHOLE, sizes=(*BOTH, NARROW)),
    scene("many", MANY),
    scene("many-filtered", MANY, *"sonnet", sizes=(SMALL,)),
    scene("effort", WHOLE, "right", sizes=(SMALL,)),
    scene("filtered", WHOLE, *"gpt", sizes=(SMALL,)),
    scene("nothing", WHOLE, *"zzzz", sizes=(SMALL,)),
    scene("missing-key", WHOLE, *"opus", sizes=(SMALL,)),
    scene("unlisted-without-key", WHOLE, *"deepseek", sizes=(SMALL, NARROW)),
    scene("unlisted-server", WHOLE, *"ollama", sizes=(SMALL, NARROW)),
    scene("asking-a-server", WHOLE, *"ollama", "enter", sizes=(SMALL,)),
    scene("server-away", WHOLE, act=find_nobody, sizes=(SMALL,)),
    scene("key", WHOLE, act=ask_for_key, sizes=(*BOTH, NARROW)),
    scene("key-pasted", WHOLE, act=paste_key, sizes=(SMALL, NARROW)),
    scene("key-checked", WHOLE, "enter", act=paste_key, sizes=(SMALL, NARROW)),
    scene("key-refused", WHOLE, act=refuse_key, sizes=(SMALL, NARROW)),
)


@matrix(SCENES)
def test_picker_matrix(snap_compare: Any, scene: Scene, size: Size) -> None:
    assert snap_compare(scene.app(), terminal_size=size, run_before=scene.run)
