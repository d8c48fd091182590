"""Writes a session's finished facts as they happen; the bus has no part in it.

Records are appended at once and in order. Facts that must survive a power cut are also forced to
the disk, in a thread, since that takes milliseconds. When the disk refuses, the user is warned once
and the conversation goes on in memory; the store keeps what is pending and writes it when it can.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import SessionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.protocol.ids import Place
    from codex_tui.sessions.records import Record
    from codex_tui.sessions.store import SessionFile

log = logging.getLogger(__name__)


class Journal:
    """The session file as the agent sees it; without a file it keeps nothing and says nothing."""

    def __init__(self, file: SessionFile | None, warn: Callable[[SessionError], None]) -> None:
        self._file = file
        self._warn = warn
        self._failing = False

    def add(self, record: Record, place: Place) -> None:
        """Append a record (microseconds); never raises."""
        if self._file is None:
            return
        try:
            self._file.append(record, place)
        except SessionError as error:
            self._report(error)
        else:
            self._failing = False

    async def settle(self) -> None:
        """Return once everything added is on the disk, or the disk has refused."""
        if self._file is None:
            return
        try:
            await asyncio.to_thread(self._file.sync)
        except SessionError as error:
            self._report(error)

    def close(self) -> None:
        """Force what is there to the disk and release the file."""
        if self._file is None:
            return
        try:
            self._file.sync()
            self._file.close()
        except SessionError as error:
            self._report(error)
        self._file = None

    def _report(self, error: SessionError) -> None:
        log.warning("session file: %s", error)
        if not self._failing:
            self._failing = True
            self._warn(error)
