"""What a list of kept sessions tells of each: facts, no files and no screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from codex_tui.protocol.display import one_line
from codex_tui.protocol.events import TurnOutcome
from codex_tui.protocol.ids import SessionId

MAX_TITLE_CHARS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """One kept session.

    `title` is what the user named it, else the beginning of the first words, empty when nothing was
    said yet. `changed` is UTC. `turns` is None where counting them would take too long, `outcome`
    how the last turn ended, None before the first. A session that is `busy` is open somewhere. A
    `problem` says in words why the file cannot be gone on with; the rest may be missing then.
    """

    session: SessionId
    directory: str
    title: str
    changed: datetime
    size_bytes: int
    branch: str = ""
    turns: int | None = 0
    outcome: TurnOutcome | None = None
    busy: bool = False
    problem: str = ""


def title_of(words: str) -> str:
    """Return `words` as a title: clean, on one line, in at most `MAX_TITLE_CHARS` characters."""
    return one_line(words, MAX_TITLE_CHARS)
