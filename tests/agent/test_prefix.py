"""What a request has in common with the one before it, and what a server's cache makes of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.providers.contract.support import over_wires
from tests.support.working_day import STEPS, work

if TYPE_CHECKING:
    from pathlib import Path

    from tests.providers.contract.wire import Wire


@over_wires
async def test_every_request_begins_with_the_one_before_it(wire: Wire, tmp_path: Path) -> None:
    day = await work(wire, tmp_path)
    assert len(day.bodies) == STEPS
    assert day.refused == []
    assert day.dropped == []
    assert [share for share in day.repeated if share < 1] == []
    # Tokens are rounded, and what a request ends with is counted with its frame.
    assert min(day.cached_of_before) > 0.999
    assert day.cached_share > 0.95
    told = [step.usage.cache_read_tokens for step in day.stepped if step.usage is not None]
    counted = [usage.cache_read_tokens for usage in day.cache.usages]
    assert [each for each in told if each not in counted] == []
    assert len(told) >= STEPS - 2, "the interrupted answer told no figures"
