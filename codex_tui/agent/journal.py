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
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from codex_tui.agent.noted import Noted
from codex_tui.protocol.errors import SessionError
from codex_tui.protocol.messages import ToolResultMessage, UserMessage
from codex_tui.sessions.file import LOST_HINT, SessionFile
from codex_tui.sessions.records import (
    BudgetSet,
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

PREAMBLE = SessionOpened | Resumed | ModelChosen | ModeChosen | BudgetSet


class Journal:
    """The session file as the agent sees it: one that is open already, or what makes one when there
    is something to keep. That raises `SessionError`, and is tried again with the next record.
    `log` is all that was added, after what the file held before.
    """

    def __init__(
        self,
        file: SessionFile | Callable[[], SessionFile],
        warn: Callable[[SessionError], None],
    ) -> None:
        self.log: list[Noted] = []
        self._make_file = None if isinstance(file, SessionFile) else file
        self._warn = warn
        self._file = file if isinstance(file, SessionFile) else None
        self._waiting: deque[tuple[Record, Place]] = deque()
        self._writing = threading.Lock()
        self._begun = False
        self._failing = False
        self._settling: asyncio.Future[None] | None = None

    def add(self, record: Record, place: Place) -> None:
        """Append a record (microseconds); never raises."""
        self.log.append(Noted(place=place, record=record, at=datetime.now(UTC).isoformat()))
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

    def begin_settling(self) -> None:
        """Have what was added forced to the disk, and return at once. Whoever is about to change
        something outside waits for `settle`, asking a model need not.
        """
        if self._file is None:
            return
        loop = asyncio.get_running_loop()
        self._settling = loop.run_in_executor(None, self._write_and_sync, self._file)
        self._settling.add_done_callback(self._settled)

    def _settled(self, settling: asyncio.Future[None]) -> None:
        """Tell of a disk that refuses; a file that was closed meanwhile was settled by that."""
        try:
            settling.result()
        except SessionError as error:
            if self._file is not None:
                self._report(error)
        else:
            self._failing = False

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
        """Force what is there to the disk and release the file, once; tells what is lost by that,
        also when the user was told before that it waits.
        """
        refusal: SessionError | None = None
        try:
            if self._begun and self._waiting:
                self._write()
        except SessionError as error:
            refusal = error
        file, self._file, self._make_file = self._file, None, None
        self._waiting.clear()
        for step in (file.sync, file.close) if file is not None else ():
            try:  # released even when the disk refuses
                step()
            except SessionError as error:
                refusal = error
        if refusal is not None:
            self._failing = False
            self._report(SessionError(refusal.message, hint=LOST_HINT))

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
