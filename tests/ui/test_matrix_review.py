"""Pictures of the review: edits of every kind, commands, access to files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from approval_cases import (
    CHECKS,
    LONG_COMMAND,
    NOTES,
    PRICES,
    PRICES_AFTER,
    SHORT_COMMAND,
    ApprovalApp,
    access_request,
    command_request,
    drawn,
    edit_request,
    hostile_changes,
    shop_changes,
)
from matrix import LARGE, SMALL, Scene, Size, matrix

from codex_tui.edits.diff import file_change

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from codex_tui.protocol.approvals import ApprovalRequest

SHOP = edit_request(shop_changes())
HOSTILE = edit_request(hostile_changes())
NEW = edit_request((file_change("docs/notes.md", None, NOTES * 3),))
GONE = edit_request((file_change("tests/test_prices.py", CHECKS, None),))
MOVED = edit_request(
    (file_change("src/shop/prices.py", PRICES, PRICES_AFTER, move_to="src/shop/money/prices.py"),)
)
MANY = edit_request(
    tuple(
        file_change(f"src/shop/module_{number}/prices.py", PRICES, PRICES_AFTER)
        for number in range(1, 15)
    )
)
COMMAND = command_request(SHORT_COMMAND, workdir="shop", description="Run what failed before")
LONG = command_request(LONG_COMMAND)
REASON = ("r", *"wrong", "space", *"type")


async def begin(pilot: Pilot[None]) -> None:
    pilot.app.begin()
    await drawn(pilot)


def scene(
    name: str, request: ApprovalRequest, *keys: str, theme: str = "codex-dark", **facts: Any
) -> Scene:
    def app() -> ApprovalApp:
        return ApprovalApp(request, theme=theme)

    return Scene(name=name, app=app, act=begin, keys=keys, **facts)


SCENES = (
    scene("typical", SHOP, "y", "n"),
    scene("light", SHOP, "y", "n", theme="codex-light", sizes=(SMALL,)),
    scene("stressed", HOSTILE),
    scene("stressed-why", HOSTILE, "w", sizes=(LARGE,)),
    scene("split", SHOP, "s", "]", sizes=(LARGE, (160, 40))),
    scene("reason", SHOP, *REASON),
    scene("undecided", SHOP, "a", "enter"),
    scene("decided", SHOP, "A", "u", "n", "A", sizes=(SMALL, (59, 24))),
    scene("many-files", MANY, "}", "}", "}", "}", "a"),
    scene("new-file", NEW),
    scene("deleted-file", GONE),
    scene("moved-file", MOVED),
    scene("access", access_request(), "w"),
    scene("command", COMMAND),
    scene("command-why", COMMAND, "w", theme="codex-light", sizes=((50, 30),)),
    scene("long-command", LONG, "y"),
)


@matrix(SCENES)
def test_review_matrix(snap_compare: Any, scene: Scene, size: Size) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await scene.run(pilot)
        await drawn(pilot)

    assert snap_compare(scene.app(), terminal_size=size, run_before=run)
