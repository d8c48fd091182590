"""Waiting for the screen to come to rest, without a clock in the test."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

TIMEOUT_S = 10.0


async def settle(pilot: Pilot[Any], condition: Callable[[], object] | None = None) -> None:
    """Wait until all message queues are empty and `condition`, if there is one, holds.

    Raises `AssertionError` when that does not happen in time.
    """
    deadline_s = monotonic() + TIMEOUT_S
    await pilot.pause()
    await pilot.pause()
    while condition is not None and not condition():
        if monotonic() > deadline_s:
            raise AssertionError("the screen did not come to the state the test waits for")
        await pilot.pause()
