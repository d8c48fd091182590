"""Brings what is being written to the disk: half a second behind, in a thread, one write at a time.

A program that is killed loses no more than that; the event loop waits for no disk.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

DELAY_S = 0.5
"""Changes that follow each other within it cost one write."""


class DraftKeeper:
    """Follows one draft; `read` gives it, `keep` writes it and may block."""

    def __init__(
        self,
        read: Callable[[], str],
        keep: Callable[[str], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._read = read
        self._keep = keep
        self._sleep = sleep
        self._changed = asyncio.Event()

    def note_change(self) -> None:
        """Have the draft written soon."""
        self._changed.set()

    async def run(self) -> None:
        """Write whenever the draft changed, until cancelled."""
        kept = self._read()
        while await self._changed.wait():
            await self._sleep(DELAY_S)
            self._changed.clear()
            text = self._read()
            if text != kept:
                await asyncio.to_thread(self._keep, text)
                kept = text
