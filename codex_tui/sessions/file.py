"""One open session file: appends records, in order, and keeps what the disk refuses.

The process holds an exclusive lock on the file for as long as it is open. `append` costs some ten
microseconds; forcing to the disk (`sync`) costs milliseconds and belongs in a thread: both may be
called from any. A write that fails leaves no half line behind: the file is cut back, the line waits
in memory and is written before any later one.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from codex_tui.protocol.errors import SessionError
from codex_tui.protocol.ids import BranchId, Place, SessionId, new_id
from codex_tui.sessions.codec import encode
from codex_tui.sessions.records import Record, StoredRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_tui.sessions.reading import LoadedSession


IN_MEMORY_HINT = "The conversation goes on in memory and is saved once the disk takes it."
LOST_HINT = "What is not in the file by now is lost."


def utc_now() -> datetime:
    """Return the time records are stamped with."""
    return datetime.now(UTC)


class SessionFile:
    """A session file open for appending; a context manager that closes it.

    `past` is what the file held when it was opened; nothing is appended to it.
    """

    def __init__(
        self, descriptor: int, path: Path, past: LoadedSession, *, now: Callable[[], datetime]
    ) -> None:
        """Take over `descriptor`: locked, at a line's end, opened with `O_APPEND`."""
        self.path = path
        self.past = past
        self._descriptor: int | None = descriptor
        self._now = now
        self._lock = threading.Lock()
        self._pending: deque[bytes] = deque()
        self._end = os.fstat(descriptor).st_size
        self._ragged = False  # a half line stands behind `_end`
        self._seq = max((each.seq for each in past.records), default=0)
        self._last: dict[BranchId, str] = {
            each.place.branch: each.id for each in past.records if each.id
        }

    @property
    def session(self) -> SessionId:
        """The session's id."""
        return self.past.session

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, record: Record, place: Place, *, sync: bool = False) -> None:
        """Append a record; with `sync` also force it to the disk, which blocks for milliseconds.

        Raises:
            SessionError: the disk refuses. Nothing is lost: the record is written with the next
                one, or by `sync` or `close`, if the disk takes it by then.
        """
        with self._lock:
            descriptor = self._open()
            self._pending.append(encode(self._stamp(record, place)))
            self._write_pending(descriptor)
        if sync:
            self.sync()

    def sync(self) -> None:
        """Return once everything appended is on the disk.

        Raises:
            SessionError: the disk refuses, or the file was deleted.
        """
        with self._lock:
            descriptor = self._open()
            self._write_pending(descriptor)
            # A descriptor of its own, so that appending and closing need not wait for the disk.
            descriptor = os.dup(descriptor)
        try:
            os.fsync(descriptor)
            deleted = os.fstat(descriptor).st_nlink == 0
        except OSError as error:
            raise self._refused(error) from error
        finally:
            os.close(descriptor)
        if deleted:
            raise SessionError(f"The session file {self.path} was deleted; nothing is saved")

    def close(self) -> None:
        """Write what waits and release the file; a second call does nothing.

        Raises:
            SessionError: the disk still refuses; what waited is lost, and it says so. The file is
                released anyway.
        """
        with self._lock:
            if self._descriptor is None:
                return
            try:
                self._write_pending(self._descriptor)
            except SessionError as error:
                raise SessionError(error.message, hint=LOST_HINT) from error
            finally:
                os.close(self._descriptor)
                self._descriptor = None

    def _open(self) -> int:
        if self._descriptor is None:
            raise SessionError(f"The session file {self.path} is closed")
        return self._descriptor

    def _stamp(self, record: Record, place: Place) -> StoredRecord:
        self._seq += 1
        stamp = self._now().astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
        stored = StoredRecord(
            seq=self._seq,
            id=new_id("rec"),
            parent_id=self._last.get(place.branch),
            at=f"{stamp}Z",
            place=place,
            record=record,
        )
        self._last[place.branch] = stored.id
        return stored

    def _write_pending(self, descriptor: int) -> None:
        try:
            self._cut_back(descriptor)
            while self._pending:
                self._write_whole(descriptor, self._pending[0])
                self._pending.popleft()
        except OSError as error:
            # Try at once, lest the half line outlive the process; the next write tries again.
            with suppress(OSError):
                self._cut_back(descriptor)
            raise self._refused(error) from error

    def _write_whole(self, descriptor: int, line: bytes) -> None:
        """Write a line with one call, or with more should the disk take it in parts."""
        rest = memoryview(line)
        self._ragged = True
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        self._ragged = False
        self._end += len(line)

    def _cut_back(self, descriptor: int) -> None:
        if self._ragged:
            os.ftruncate(descriptor, self._end)
            self._ragged = False

    def _refused(self, error: OSError) -> SessionError:
        return SessionError(
            f"The session file {self.path} cannot be written: {error.strerror}.",
            hint=IN_MEMORY_HINT,
        )
