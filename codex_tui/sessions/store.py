"""The folder of sessions: creates, opens, finds and lists their files.

Files are `<session id>.jsonl`, for the user alone (0600 in a 0700 folder). Whoever opens one for
appending holds it exclusively; reading needs no lock and disturbs nobody. The lock is the kernel's
and vanishes with its process.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import SessionError
from codex_tui.protocol.ids import Place, SessionId
from codex_tui.protocol.sessions import title_of
from codex_tui.sessions.ends import move_torn, read_tail, sync_directory, torn_of
from codex_tui.sessions.faults import (
    LIST_HINT,
    SessionBusyError,
    busy,
    missing,
    refuse_newer,
    refused,
    undeletable,
    unreadable,
)
from codex_tui.sessions.file import IN_MEMORY_HINT, SessionFile, utc_now
from codex_tui.sessions.preview import preview
from codex_tui.sessions.reading import LoadedSession, open_regular, parse, read_all
from codex_tui.sessions.records import Record, SessionRenamed, StepClosed, StoredRecord
from codex_tui.sessions.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from codex_tui.protocol.sessions import SessionSummary

__all__ = ["LoadedSession", "SessionBusyError", "SessionFile", "SessionStore"]

_SUFFIX = ".jsonl"
_ID = re.compile(r"[A-Za-z0-9_-]+")
_OTHERS = 0o077
_MAX_NAMED = 5
_MAX_SHOWN = 60
_LOCK_TRIES, _LOCK_PAUSE_S = 5, 0.005
"""Somebody who only looks whether a file is free holds it for some microseconds."""


class SessionStore:
    """All sessions of one user. Every method raises `SessionError` for what it cannot do."""

    def __init__(self, directory: Path, *, now: Callable[[], datetime] = utc_now) -> None:
        """Nothing is touched before the first call; `now` stamps the records."""
        self._directory = directory
        self._now = now

    def create(self, session: SessionId) -> SessionFile:
        """Begin a new, empty file; its name survives a power cut from here on."""
        path = self.path(session)
        try:
            self._make_directory()
        except OSError as error:
            raise refused(path, error, hint=IN_MEMORY_HINT) from error
        try:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
        except FileExistsError:
            raise SessionError(f"Session {session} exists already") from None
        except OSError as error:
            raise refused(path, error, hint=IN_MEMORY_HINT) from error
        self._lock(descriptor, session)
        try:
            sync_directory(self._directory)
        except OSError as error:
            os.close(descriptor)
            path.unlink(missing_ok=True)  # else it would stand in the next try's way
            raise refused(path, error, hint=IN_MEMORY_HINT) from error
        return SessionFile(descriptor, path, LoadedSession(session=session), now=self._now)

    def open(self, session: SessionId, *, at_end: bool = False) -> SessionFile:
        """Open a file to go on with it; `past` of the result is what it holds, with `at_end` only
        its last record.

        A record whose writing was cut off is moved to `<file>.torn`.
        """
        path = self.path(session)
        descriptor = self._descriptor(session, os.O_RDWR | os.O_APPEND, refused)
        self._lock(descriptor, session)
        try:
            os.fchmod(descriptor, 0o600)
            past = read_tail(session, descriptor) if at_end else None
            past = past or parse(session, read_all(descriptor))
            refuse_newer(past)
            move_torn(descriptor, path, past.torn)
        except OSError as error:
            os.close(descriptor)
            raise refused(path, error) from error
        except SessionError:
            os.close(descriptor)
            raise
        return SessionFile(descriptor, path, past, now=self._now)

    def fork(self, session: SessionId, copy: SessionId) -> SessionFile:
        """Begin the file `copy` with everything `session` holds, which another may have open."""
        past = self.load(session)
        refuse_newer(past)
        file = self.create(copy)
        try:
            for stored in past.records:
                file.append(_copied(stored), replace(stored.place, session=copy))
        except SessionError:  # half a copy helps nobody
            file.path.unlink(missing_ok=True)
            with suppress(SessionError):
                file.close()
            raise
        file.past = replace(past, session=copy)
        return file

    def load(self, session: SessionId) -> LoadedSession:
        """Read a session, also while another process has it open."""
        descriptor = self._descriptor(session, os.O_RDONLY, unreadable)
        try:
            return parse(session, read_all(descriptor))
        except OSError as error:
            raise unreadable(self.path(session), error) from error
        finally:
            os.close(descriptor)

    def find(self, prefix: str) -> SessionId:
        """Return the session whose id is `prefix` or alone begins with it."""
        found = sorted(each for each in self._ids() if each.startswith(prefix))
        if prefix in found or len(found) == 1:
            return SessionId(prefix if prefix in found else found[0])
        shown = one_line(prefix, _MAX_SHOWN)
        if not found or not prefix:
            raise SessionError(f"No session begins with {shown!r}", hint=LIST_HINT)
        named = ", ".join(found[-_MAX_NAMED:])
        more = f" and {len(found) - _MAX_NAMED} more" if len(found) > _MAX_NAMED else ""
        raise SessionError(f"Several sessions begin with {shown!r}: {named}{more}")

    def latest(self, directory: str) -> SessionId | None:
        """Return the session of this workspace that was changed last and in which something was
        said; None when there is none.
        """
        for summary in self.summaries():
            if summary.directory == directory and summary.title and not summary.problem:
                return summary.session
        return None

    def summaries(self) -> Iterator[SessionSummary]:
        """Return all sessions, the one changed last first; what cannot be read says why.

        It is lazy: of sessions nobody asks for, only names and times are read.
        """
        dated: list[tuple[int, SessionId]] = []
        for session in self._ids():
            try:
                dated.append((self.path(session).lstat().st_mtime_ns, session))
            except OSError:
                continue  # deleted meanwhile
        for _, session in sorted(dated, reverse=True):
            try:
                yield summarise(session, self.path(session))
            except OSError:
                continue

    def preview(self, session: SessionId) -> str:
        """Return the last words said in a session, as far as they stand near the file's end."""
        path = self.path(session)
        try:
            return preview(session, path)
        except FileNotFoundError:
            raise missing(session) from None
        except OSError as error:
            raise unreadable(path, error) from error

    # -- changing what is kept ----------------------------------------------------------------

    def rename(self, session: SessionId, title: str) -> str:
        """Give a session that is not open a title, and return what it is called from here on; an
        empty title gives its first words back. Its place among the others stays: nothing was said.
        """
        path, title = self.path(session), title_of(title)
        try:
            with self.open(session, at_end=True) as file:
                facts = path.stat()
                file.append(SessionRenamed(title=title), Place(session=session), sync=True)
                os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
            return summarise(session, path).title
        except SessionBusyError:
            raise busy(session, "Rename it there with /rename.") from None
        except OSError as error:
            raise refused(path, error) from error

    def delete(self, session: SessionId) -> None:
        """Remove a session that is not open, for good."""
        path = self.path(session)
        descriptor = self._descriptor(session, os.O_RDONLY, undeletable)
        try:
            self._lock(descriptor, session)
        except SessionBusyError:
            raise busy(session, "Close it there first.") from None
        try:
            path.unlink()
            torn_of(path).unlink(missing_ok=True)
        except OSError as error:
            raise undeletable(path, error) from error
        finally:
            os.close(descriptor)

    # -- inside -------------------------------------------------------------------------------

    def _ids(self) -> Iterator[SessionId]:
        try:
            names = [each.name for each in self._directory.iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise unreadable(self._directory, error) from error
        for name in names:
            if name.endswith(_SUFFIX) and _ID.fullmatch(name.removesuffix(_SUFFIX)):
                yield SessionId(name.removesuffix(_SUFFIX))

    def path(self, session: SessionId) -> Path:
        """Return the session's file; ids are names, never ways out of the folder."""
        if not _ID.fullmatch(session):
            shown = one_line(session, _MAX_SHOWN)
            raise SessionError(f"{shown!r} is not a session's id", hint=LIST_HINT)
        return self._directory / f"{session}{_SUFFIX}"

    def _descriptor(
        self, session: SessionId, flags: int, fault: Callable[[Path, OSError], SessionError]
    ) -> int:
        path = self.path(session)
        try:
            return open_regular(path, flags)
        except FileNotFoundError:
            raise missing(session) from None
        except OSError as error:
            raise fault(path, error) from error

    def _make_directory(self) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = self._directory.stat().st_mode
        if mode & _OTHERS:
            self._directory.chmod(mode & 0o700)

    def _lock(self, descriptor: int, session: SessionId) -> None:
        """Lock the file for this process, or close it and raise."""
        for left in reversed(range(_LOCK_TRIES)):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not left:
                    os.close(descriptor)
                    hint = "Close it there, or start a new session here."
                    raise busy(session, hint) from None
                time.sleep(_LOCK_PAUSE_S)
            except OSError as error:
                os.close(descriptor)
                raise refused(self.path(session), error) from error
            else:
                return


def _copied(stored: StoredRecord) -> Record:
    """Return a record for a copy of its session: a model call was made, and paid, once."""
    record = stored.record
    if isinstance(record, StepClosed) and not record.copied_from:
        return replace(record, copied_from=stored.place.session)
    return record
