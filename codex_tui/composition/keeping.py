"""The sessions kept on this machine, as the program's commands and its screen use them.

It knows the store and how a conversation is made of its records; whoever goes on with one gets the
open file and its past. Nothing here shows anything or asks anybody. All methods read files: in a
screen they belong in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.agent.branches.pasts import past_of_session
from codex_tui.agent.past import Past
from codex_tui.protocol.errors import SessionError
from codex_tui.protocol.ids import new_session_id
from codex_tui.sessions.file import SessionFile
from codex_tui.sessions.store import SessionBusyError, SessionStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_tui.protocol.ids import SessionId
    from codex_tui.protocol.sessions import SessionSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """A session to go on with; `notices` are worth showing once."""

    file: SessionFile
    past: Past
    notices: tuple[str, ...] = ()


class KeptSessions:
    """All sessions of the user, seen from one workspace. Methods raise `SessionError`."""

    def __init__(self, directory: Path, root: Path) -> None:
        """`directory` is where the files are; nothing is read before the first call."""
        self._store = SessionStore(directory)
        self._root = root

    def path(self, session: SessionId) -> Path:
        """Return where a session is kept, whether there is a file yet or not."""
        return self._store.path(session)

    def create(self, session: SessionId) -> SessionFile:
        """Begin the file of a new session."""
        return self._store.create(session)

    def summaries(self) -> Iterator[SessionSummary]:
        """Return all sessions, the one changed last first, lazily."""
        return self._store.summaries()

    def is_here(self, summary: SessionSummary) -> bool:
        """Say whether a session began in this workspace."""
        return summary.directory == str(self._root)

    def preview(self, session: SessionId) -> str:
        """Return the last words said in a session."""
        return self._store.preview(session)

    def rename(self, session: SessionId, title: str) -> str:
        """Give a session that is not open a title; returns what it is called from here on."""
        return self._store.rename(session, title)

    def delete(self, session: SessionId) -> None:
        """Remove a session that is not open, for good."""
        self._store.delete(session)

    def find(self, prefix: str) -> SessionId:
        """Return the session whose id is `prefix` or alone begins with it."""
        return self._store.find(prefix)

    def latest(self) -> SessionId:
        """Return the last session of this workspace in which something was said."""
        found = self._store.latest(str(self._root))
        if found is None:
            raise SessionError(
                f"There is no earlier session in {self._root}.",
                hint="Start one with codex-tui; it is kept as it goes.",
            )
        return found

    def open(self, session: SessionId) -> OpenedSession:
        """Open a session to go on with it; one that is open elsewhere is copied."""
        notices: list[str] = []
        try:
            file = self._store.open(session)
        except SessionBusyError:
            file = self._store.fork(session, new_session_id())
            notices.append(f"Session {session} is open elsewhere; this is a copy of it.")
        if not file.past.records:
            file.close()
            raise SessionError(
                f"Nothing in the session file {file.path} can be read; there is nothing to go on "
                "with."
            )
        if file.past.skipped:
            lines = "line" if file.past.skipped == 1 else "lines"
            notices.append(f"Left out: {file.past.skipped} damaged {lines} of {file.path}.")
        return OpenedSession(
            file=file,
            past=past_of_session(file.past.records),
            notices=tuple(notices),
        )
