"""Pictures of the sessions pane: typical, filtered, empty, with wide titles, being renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matrix import BOTH, SMALL, Scene, Size, matrix
from session_rows import NOW, row
from textual.app import App, ComposeResult
from textual.containers import Vertical

from codex_tui.ui.panes.sessions import SessionsPane
from codex_tui.ui.theme import DARK
from codex_tui.ui.widgets.composer import Composer
from codex_tui.ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from codex_tui.ui.panes.sessions.entries import SessionRow

PREVIEW = (
    "I renamed the function and adjusted its callers. The tests pass; two of them used the old "
    "name in a string, and I left those alone because they check what users see in the error. "
) * 3

TYPICAL = [
    row(1, "make parcels heavier than 30 kg cost more", 0, current=True),
    row(2, "rename foo to bar and fix the tests", 12, outcome="interrupted"),
    row(3, "Release notes", 190, outcome="failed"),
    row(4, "why does the invoice show two prices for the same parcel when it is sent abroad", 1500),
    row(5, "", 2900, outcome=None, turns=0),
    row(6, "port the rates to the new table", 9000, busy=True),
    row(7, "", 40000, turns=None, problem="damaged: no record in it can be read"),
    row(8, "try the new client", 300, directory="/home/ada/src/client", branch=""),
    row(9, "日本語の題名", 800_000, directory="/srv/shared/very/long/path/to/some/repository"),
]
WIDE = [
    row(
        n, "配送料の計算を新しい料金表に移してから古い試験を直す。とても長い題名です。" * n, n * 700
    )
    for n in range(1, 4)
] + [row(5, "Ελληνικά 👩‍👩‍👧 عربى \u202eevil\x1b[31m", 60, directory="/家/プロジェクト/長い名前")]


class SessionsApp(App[None]):
    """The pane above a composer and a status bar, at a fixed time."""

    def __init__(self, rows: list[SessionRow]) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = "codex-dark"
        self._rows = rows

    def compose(self) -> ComposeResult:
        with Vertical():
            yield SessionsPane(now=lambda: NOW)
        yield Composer()
        yield StatusBar()

    def on_mount(self) -> None:
        pane = self.query_one(SessionsPane)
        pane.open()
        pane.add(self._rows)
        pane.finish_loading()

    def on_sessions_pane_highlighted(self, message: SessionsPane.Highlighted) -> None:
        self.query_one(SessionsPane).show_preview(message.session, PREVIEW)


def scene(name: str, rows: list[SessionRow], *keys: str, **facts: Any) -> Scene:
    return Scene(name=name, app=lambda: SessionsApp(rows), keys=keys, **facts)


SCENES = (
    scene("typical", TYPICAL, sizes=(*BOTH, (40, 12))),
    scene("filtered", TYPICAL, *"parcel", sizes=(SMALL,)),
    scene("no-match", TYPICAL, *"zzz", sizes=(SMALL,)),
    scene("empty", []),
    scene("elsewhere-only", TYPICAL[-2:], "tab", sizes=(SMALL,)),
    scene("wide", WIDE),
    scene("renaming", TYPICAL, "down", "ctrl+e", sizes=(SMALL,)),
    scene("deleting", TYPICAL, "down", "ctrl+d", sizes=(SMALL,)),
    scene("unreadable", TYPICAL, *["down"] * 5, sizes=(SMALL,)),
)


@matrix(SCENES)
def test_sessions_matrix(snap_compare: Any, scene: Scene, size: Size) -> None:
    assert snap_compare(scene.app(), terminal_size=size, run_before=scene.run)
