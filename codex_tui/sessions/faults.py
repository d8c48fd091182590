"""What can go wrong with a session's file, in the user's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.protocol.errors import SessionError
from codex_tui.sessions.records import FORMAT_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.protocol.ids import SessionId
    from codex_tui.sessions.reading import LoadedSession

LIST_HINT = "`codex-tui sessions` lists them."


class SessionBusyError(SessionError):
    """Another process has the session open."""


def busy(session: SessionId, hint: str) -> SessionBusyError:
    """Return the error of a session that another process has open."""
    return SessionBusyError(f"Session {session} is open in another codex-tui", hint=hint)


def missing(session: SessionId) -> SessionError:
    """Return the error of a session that is not kept."""
    return SessionError(f"There is no session {session}", hint=LIST_HINT)


def refused(path: Path, error: OSError, *, hint: str | None = None) -> SessionError:
    """Return the error of a file that the system does not let us write."""
    return SessionError(f"The session file {path} cannot be written: {error.strerror}.", hint=hint)


def undeletable(path: Path, error: OSError) -> SessionError:
    """Return the error of a file that the system does not let us delete."""
    return SessionError(f"The session file {path} cannot be deleted: {error.strerror}.")


def unreadable(path: Path, error: OSError) -> SessionError:
    """Return the error of a file or folder that the system does not let us read."""
    return SessionError(f"{path} cannot be read: {error.strerror}.")


def refuse_newer(past: LoadedSession) -> None:
    """Raise for a session in a format that only later versions of the program know."""
    if past.newer is not None:
        raise SessionError(
            f"Session {past.session} was written by a newer codex-tui (format {past.newer}, this "
            f"one knows {FORMAT_VERSION}); it is left as it is",
            hint="Update codex-tui to go on with it.",
        )
