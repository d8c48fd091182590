"""Brings what is being written to the disk: half a second behind, in a thread, one write at a time.

A program that is killed loses no more than that; the event loop waits for no disk. A draft that was
sent or cleared goes at once: the next start is not to offer it again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

DELAY_S = 0.5
"""Changes that follow each other within it cost one write."""


class DraftKeeper:
    """Follows one draft; `read` gives it, `keep` writes it and may block."""

    def __init__(
        self,
        read: Callable[[], str],
        keep: Callable[[str], None],
        sleep: Callable[[float], Coroutine[None, None, None]] = asyncio.sleep,
    ) -> None:
        self._read = read
        self._keep = keep
        self._sleep = sleep
        self._changed = asyncio.Event()
        self._emptied = asyncio.Event()

    def note_change(self, *, emptied: bool = False) -> None:
        """Have the draft written soon, or at once when there is nothing left of it."""
        self._changed.set()
        if emptied:
            self._emptied.set()

    async def run(self) -> None:
        """Write whenever the draft changed, until cancelled."""
        kept = self._read()
        while await self._changed.wait():
            await self._pause()
            self._changed.clear()
            self._emptied.clear()
            text = self._read()
            if text != kept:
                await asyncio.to_thread(self._keep, text)
                kept = text

    async def _pause(self) -> None:
        """Wait for `DELAY_S`, or until the draft is empty."""
        async with asyncio.TaskGroup() as group:
            delay = group.create_task(self._sleep(DELAY_S))
            emptied = group.create_task(self._emptied.wait())
            await asyncio.wait({delay, emptied}, return_when=asyncio.FIRST_COMPLETED)
            delay.cancel()
            emptied.cancel()
