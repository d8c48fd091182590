"""Writes a session's finished facts as they happen; the bus has no part in it.

The file is made with the first message, so that a session in which nothing was said leaves nothing
behind; what was chosen before is written then. Facts that must survive a power cut are also forced
to the disk, in a thread, since that takes milliseconds. When the disk refuses, the user is warned
once, the conversation goes on in memory, and what waits is written when the disk takes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import SessionError
from codex_tui.sessions.records import ModeChosen, ModelChosen, Record, Resumed, SessionOpened

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.protocol.ids import Place
    from codex_tui.sessions.store import SessionFile

log = logging.getLogger(__name__)

PREAMBLE = SessionOpened | Resumed | ModelChosen | ModeChosen


class Journal:
    """The session file as the agent sees it. `open_file` is called when there is something to keep;
    it raises `SessionError`, and is tried again with the next record.
    """

    def __init__(
        self, open_file: Callable[[], SessionFile], warn: Callable[[SessionError], None]
    ) -> None:
        self._open_file = open_file
        self._warn = warn
        self._file: SessionFile | None = None
        self._waiting: deque[tuple[Record, Place]] = deque()
        self._failing = False

    def add(self, record: Record, place: Place) -> None:
        """Append a record (microseconds); never raises."""
        self._waiting.append((record, place))
        if self._file is None and isinstance(record, PREAMBLE):
            return
        try:
            self._write()
        except SessionError as error:
            self._report(error)
        else:
            self._failing = False

    def _write(self) -> None:
        if self._file is None:
            self._file = self._open_file()
        while self._waiting:
            # The file keeps what the disk refuses, so a record is handed over once.
            self._file.append(*self._waiting.popleft())

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
        file, self._file = self._file, None
        if file is None:
            return
        for step in (file.sync, file.close):  # released even when the disk refuses
            try:
                step()
            except SessionError as error:
                self._report(error)

    def _report(self, error: SessionError) -> None:
        log.warning("session file: %s", error)
        if not self._failing:
            self._failing = True
            self._warn(error)
