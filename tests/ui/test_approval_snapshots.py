from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from approval_cases import (
    LONG_COMMAND,
    SHORT_COMMAND,
    ApprovalApp,
    access_request,
    command_request,
    drawn,
    edit_request,
    hostile_changes,
    shop_changes,
)

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from codex_tui.protocol.approvals import ApprovalRequest

SMALL, LARGE = (80, 24), (120, 40)
SHOP = edit_request(shop_changes())
HOSTILE = edit_request(hostile_changes())
COMMAND = command_request(SHORT_COMMAND, workdir="shop", description="Run what failed before")
LONG = command_request(LONG_COMMAND)


@pytest.mark.parametrize(
    ("request_shown", "size", "theme", "keys"),
    [
        pytest.param(SHOP, SMALL, "codex-dark", ["y", "n"], id="typical-80x24"),
        pytest.param(SHOP, LARGE, "codex-dark", ["y", "n"], id="typical-120x40"),
        pytest.param(SHOP, SMALL, "codex-light", ["y", "n"], id="light-80x24"),
        pytest.param(HOSTILE, SMALL, "codex-dark", [], id="stressed-80x24"),
        pytest.param(HOSTILE, LARGE, "codex-dark", ["w"], id="stressed-120x40"),
        pytest.param(SHOP, LARGE, "codex-dark", ["s", "]"], id="split-120x40"),
        pytest.param(
            SHOP, SMALL, "codex-dark", ["r", *"wrong", "space", *"type"], id="reason-80x24"
        ),
        pytest.param(SHOP, SMALL, "codex-dark", ["a", "enter"], id="undecided-80x24"),
        pytest.param(SHOP, (59, 24), "codex-dark", ["A", "u", "n", "A"], id="decided-59x24"),
        pytest.param(access_request(), SMALL, "codex-dark", ["w"], id="access-80x24"),
        pytest.param(COMMAND, SMALL, "codex-dark", [], id="command-80x24"),
        pytest.param(COMMAND, (50, 30), "codex-light", ["w"], id="command-50x30"),
        pytest.param(LONG, SMALL, "codex-dark", ["y"], id="long-command-80x24"),
    ],
)
def test_approval(
    snap_compare: Any,
    request_shown: ApprovalRequest,
    size: tuple[int, int],
    theme: str,
    keys: list[str],
) -> None:
    app = ApprovalApp(request_shown, theme=theme)

    async def review(pilot: Pilot[None]) -> None:
        app.begin()
        await drawn(pilot)
        await pilot.press(*keys)
        await drawn(pilot)

    assert snap_compare(app, terminal_size=size, run_before=review)
