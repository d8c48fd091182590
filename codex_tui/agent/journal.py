"""Writes a session's finished facts as they happen; the bus has no part in it.

The file is made with the first message, so that a session in which nothing was said leaves nothing
behind; what was chosen before is written then. Facts that must survive a power cut are also forced
to the disk, in a thread, since that takes milliseconds. When the disk refuses, the user is warned
once, the conversation goes on in memory, and what waits is written when the disk takes it.

A message with pictures is megabytes, which take longer to write than a frame of the screen: it and
what follows it wait for the next `settle`, which writes in a thread. One thread writes at a time.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import SessionError
from codex_tui.protocol.messages import ToolResultMessage, UserMessage
from codex_tui.sessions.file import SessionFile
from codex_tui.sessions.records import (
    MessageAdded,
    ModeChosen,
    ModelChosen,
    Record,
    Resumed,
    SessionOpened,
    SessionRenamed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.protocol.ids import Place

log = logging.getLogger(__name__)

PREAMBLE = SessionOpened | Resumed | ModelChosen | ModeChosen


class Journal:
    """The session file as the agent sees it: one that is open already, or what makes one when there
    is something to keep. That raises `SessionError`, and is tried again with the next record.
    """

    def __init__(
        self,
        file: SessionFile | Callable[[], SessionFile],
        warn: Callable[[SessionError], None],
    ) -> None:
        self._make_file = None if isinstance(file, SessionFile) else file
        self._warn = warn
        self._file = file if isinstance(file, SessionFile) else None
        self._waiting: deque[tuple[Record, Place]] = deque()
        self._writing = threading.Lock()
        self._begun = False
        self._failing = False

    def add(self, record: Record, place: Place) -> None:
        """Append a record (microseconds); never raises."""
        self._waiting.append((record, place))
        if not self._begun and self._may_wait(record):
            return
        if self._file is not None and self._is_for_thread():
            return
        try:
            self._write()
        except SessionError as error:
            self._report(error)

    def _may_wait(self, record: Record) -> bool:
        """Say whether a record is worth keeping only with something said after it."""
        new = self._file is None
        return isinstance(record, PREAMBLE) or (new and isinstance(record, SessionRenamed))

    def _write(self) -> None:
        self._begun = True
        if self._file is None:
            if self._make_file is None:
                raise SessionError("The session is closed")
            self._file = self._make_file()
        self._hand_over(self._file)

    def _hand_over(self, file: SessionFile) -> None:
        with self._writing:
            while self._waiting:
                # The file keeps what the disk refuses, so a record is handed over once.
                file.append(*self._waiting.popleft())

    def _is_for_thread(self) -> bool:
        return self._writing.locked() or any(_is_large(record) for record, _ in self._waiting)

    def _write_and_sync(self, file: SessionFile) -> None:
        self._hand_over(file)
        file.sync()

    async def settle(self) -> None:
        """Return once everything added is on the disk, or the disk has refused."""
        if self._file is None:
            return
        try:
            await asyncio.to_thread(self._write_and_sync, self._file)
        except SessionError as error:
            self._report(error)
        else:
            self._failing = False

    def close(self) -> None:
        """Force what is there to the disk and release the file."""
        file, self._file = self._file, None
        if file is None:
            return
        for step in (self._hand_over, SessionFile.sync, SessionFile.close):
            try:  # released even when the disk refuses
                step(file)
            except SessionError as error:
                self._report(error)

    def _report(self, error: SessionError) -> None:
        log.warning("session file: %s", error)
        if not self._failing:
            self._failing = True
            self._warn(error)


def _is_large(record: Record) -> bool:
    if not isinstance(record, MessageAdded):
        return False
    message = record.message
    return isinstance(message, UserMessage | ToolResultMessage) and bool(message.images)
