from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from widget_host import STATUS, WidgetHost

from codex_tui.ui.widgets.completion import CommandItem
from codex_tui.ui.widgets.composer import Composer
from codex_tui.ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = (
    CommandItem(name="model", summary="choose the model and its effort"),
    CommandItem(name="mode", summary="set the approval mode"),
    CommandItem(name="new", summary="start a new conversation"),
    CommandItem(name="help", summary="keys and commands"),
    CommandItem(name="quit", summary="leave; an unsent draft is kept"),
)


def desk(change: Callable[[Composer], None]) -> WidgetHost:
    composer, bar = Composer(), StatusBar()

    def prepare() -> None:
        bar.update_status(STATUS)
        composer.commands = COMMANDS
        change(composer)

    return WidgetHost(composer, bar, prepare=prepare)


def write_stress(composer: Composer) -> None:
    composer.draft = (
        "a long line that has to wrap somewhere before the edge of the screen " * 2
        + "\n日本語の長い行、絵文字 👩\u200d👧 と\tタブ\n\x1b[31mhostile\x07\u202e text\n"
        + "\n".join(f"line {number}" for number in range(2))
    )


def write_chips(composer: Composer) -> None:
    composer.insert_draft("compare ")
    composer.insert_draft("a\n" * 12_195)
    composer.insert_draft(" with ")
    composer.insert_draft("b\n" * 12_195)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_empty_composer(snap_compare: Any, size: tuple[int, int]):
    assert snap_compare(desk(lambda composer: None), terminal_size=size)


def test_composer_with_several_lines(snap_compare: Any):
    def write(composer: Composer) -> None:
        composer.draft = "rename foo to bar\n\nand fix the tests"

    assert snap_compare(desk(write), terminal_size=(80, 24))


def test_stressed_composer(snap_compare: Any):
    assert snap_compare(desk(write_stress), terminal_size=(80, 24))


def test_composer_with_popup(snap_compare: Any):
    assert snap_compare(desk(lambda composer: None), terminal_size=(80, 24), press=["/", "down"])


def test_composer_with_chips(snap_compare: Any):
    assert snap_compare(desk(write_chips), terminal_size=(80, 24))


@pytest.mark.parametrize("width", [20, 40, 120])
def test_status_bar(snap_compare: Any, width: int):
    bar = StatusBar()
    app = WidgetHost(bar, prepare=lambda: bar.update_status(STATUS))
    assert snap_compare(app, terminal_size=(width, 4))
