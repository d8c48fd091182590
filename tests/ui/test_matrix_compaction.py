"""Pictures of a compacted conversation, folded, unfolded and at work, and of the editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_app import ChatApp
from matrix import Scene, Size, matrix

from codex_tui.protocol.compaction import Compaction
from codex_tui.ui.screens.summary import SummaryScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from codex_tui.ui.panes.chat import ChatPane

SUMMARY = """\
## Goal
Rename `heaviest` to `largest_weight` everywhere, **without** touching the public API.

## State
- `parcels/rates.py:12` and its callers are renamed
- the tests pass, except `test_rates.py::test_tie`, which fails as it did before

## Commands
- `make test ARGS="-k rates"`

## Facts
運賃は重量で決まる。A line that is a good deal longer than the window is wide at eighty columns, \
so that it wraps.
"""
MADE = Compaction(
    id="c", summary=SUMMARY, kept=2, max_word_chars=9, before_tokens=182_300, after_tokens=8_940
)


def compacted(chat: ChatPane) -> None:
    chat.add_user("rename heaviest to largest_weight")
    chat.begin_step()
    chat.append_text(0, "I renamed it and its callers.")
    chat.finish_step()
    chat.finish_turn("done", "", "")
    chat.show_compaction(MADE)
    chat.add_user("and now the docs")
    chat.begin_step()
    chat.append_text(0, "I look for the places.")
    chat.finish_step()
    chat.finish_turn("done", "", "")


def undone(chat: ChatPane) -> None:
    compacted(chat)
    chat.show_compaction(MADE, "undone")
    chat.add_notice("info", "The model reads the whole conversation again.")


def at_work(chat: ChatPane) -> None:
    chat.add_user("rename heaviest to largest_weight")
    chat.busy = True
    chat.start_compacting()


async def unfold(pilot: Pilot[None]) -> None:
    pilot.app.query_one("ChatPane").toggle_details()


async def edit(pilot: Pilot[None]) -> None:
    await pilot.app.push_screen(SummaryScreen(SUMMARY))


SCENES = (
    Scene(name="folded", app=lambda: ChatApp(compacted)),
    Scene(name="unfolded", app=lambda: ChatApp(compacted), act=unfold),
    Scene(name="undone", app=lambda: ChatApp(undone), sizes=((80, 24),)),
    Scene(name="at-work", app=lambda: ChatApp(at_work), sizes=((80, 24),)),
    Scene(name="editor", app=ChatApp, act=edit),
)


@matrix(SCENES)
def test_compaction_matrix(snap_compare: Any, scene: Scene, size: Size) -> None:
    assert snap_compare(scene.app(), terminal_size=size, run_before=scene.run)
