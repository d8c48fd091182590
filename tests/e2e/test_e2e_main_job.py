"""A person asks for a change and decides on it hunk by hunk, in a real terminal."""

from __future__ import annotations

import re

import pytest

from tests.e2e import work
from tests.e2e.conftest import World
from tests.e2e.endings import assert_restored
from tests.e2e.wires import Vendor

pytestmark = pytest.mark.e2e

REASON = "the old words are better"


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_exactly_the_accepted_hunk_is_written_and_the_model_is_told(
    world: World, vendor: Vendor, columns: int, rows: int
) -> None:
    before = work.read(world.repo)
    with vendor.serve(work.SCRIPT) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env, columns=columns, rows=rows)
        terminal.wait_for("Ask for a change")
        terminal.paste(work.PROMPT)
        terminal.wait_for(work.PROMPT[:30])
        terminal.press("enter")

        terminal.wait_for("hunk 1/2")
        assert work.read(world.repo) == before
        work.press_in_review(terminal, "y", re.compile("✓ accepted"))
        terminal.press("r")
        terminal.wait_for("Enter rejects for this reason")
        terminal.paste(REASON)
        terminal.wait_for(REASON)
        terminal.press("enter")
        terminal.wait_for("Enter applies 1 of 2 hunks")
        terminal.press("enter")
        terminal.wait_for(work.CLOSING)

        assert work.read(world.repo) == work.edited(before, first=True, second=False)
        assert wire.refusals() == []
        told = wire.tool_results()[-1]
        assert "1 of 2 hunks written" in told
        assert f"REFUSED, because: {REASON}" in told
        assert work.SECOND_NEW.strip() in told
        assert len(wire.requests) == 3

        terminal.paste("/quit")
        terminal.wait_for("/quit")
        terminal.press("enter")
        assert terminal.exit_code() == 0
        assert_restored(terminal)
