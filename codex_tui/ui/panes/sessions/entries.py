"""Which sessions the list shows, in what order and in what words; no widgets here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from codex_tui.protocol.display import one_line
from codex_tui.protocol.figures import plural
from codex_tui.protocol.sessions import SessionSummary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from codex_tui.protocol.ids import SessionId

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
MAX_AGE_DAYS = 28
"""Older sessions show the day instead."""
UNTITLED = "(nothing said)"
_MAX_PATH_CHARS = 400
JOINT = " · "


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One session. `here` is one of this workspace, `current` the one on the screen; `place` is its
    folder as people write it.
    """

    summary: SessionSummary
    place: str
    here: bool
    current: bool

    @property
    def name(self) -> str:
        """What the row is called; a file that tells no title goes by its id."""
        nameless = self.summary.session if self.summary.problem else UNTITLED
        return self.summary.title or nameless

    @property
    def state(self) -> str:
        """One or two words, empty when all is well."""
        summary = self.summary
        if self.current:
            return "this one"
        if summary.problem:
            return "unreadable"
        if summary.busy:
            return "open elsewhere"
        return "" if summary.outcome in {None, "done"} else str(summary.outcome)

    @property
    def turns(self) -> str:
        """How many turns there were, empty when nobody counted."""
        count = self.summary.turns
        return plural(count, "turn") if count else ""

    def matches(self, words: Iterable[str]) -> bool:
        """Say whether title, folder, branch and id together hold each of `words`."""
        summary = self.summary
        text = (
            f"{summary.title} {self.place} {summary.directory} {summary.branch} {summary.session}"
        )
        folded = text.casefold()
        return all(word in folded for word in words)


Row = SessionRow | str
"""A session, or the heading above those of other folders."""


def list_rows(rows: Iterable[SessionRow], query: str, *, everywhere: bool) -> tuple[Row, ...]:
    """Return the sessions of this folder, then (if wanted) those of others below a heading.

    Both keep the order they come in. A heading stands only where both kinds are shown, or only
    others.
    """
    words = query.casefold().split()
    found = [row for row in rows if row.matches(words)]
    here = [row for row in found if row.here]
    others = [row for row in found if not row.here] if everywhere else []
    return (*here, *(["In other folders"] if others else []), *others)


def first_match(rows: Iterable[Row], keep: SessionId | None) -> int | None:
    """Return the place of the row to highlight: that of `keep`, else the first that is no heading
    and not on the screen already.
    """
    places = [(place, row) for place, row in enumerate(rows) if isinstance(row, SessionRow)]
    for place, row in places:
        if row.summary.session == keep:
            return place
    open_rows = [place for place, row in places if not row.current]
    return next(iter([*open_rows, *(place for place, _ in places)]), None)


def why_nothing(*, query: str, loading: bool, elsewhere: int, everywhere: bool) -> tuple[str, str]:
    """Return why the list is empty, and what to do."""
    if loading:
        return "Reading the sessions…", ""
    if query.strip():
        return f"No session matches “{one_line(query, 60)}”.", "Ctrl+U clears the filter."
    if elsewhere and not everywhere:
        return (
            "There is no earlier session in this folder.",
            f"Tab shows {plural(elsewhere, 'session')} of other folders.",
        )
    return (
        "There is no earlier session yet.",
        "What you say from here on is kept, and listed here the next time.",
    )


def describe(row: SessionRow, preview: str) -> tuple[str, str, str]:
    """Return the lines below the list: where and what it is, what is wrong, the last words."""
    summary = row.summary
    place = one_line(row.place or "folder unknown", _MAX_PATH_CHARS)
    branch = f" ({one_line(summary.branch, 80)})" if summary.branch else ""
    facts = f"{place}{branch} · {summary.session} · {size(summary.size_bytes)}"
    problem = one_line(summary.problem, 200)
    if row.current:
        problem = "It is on the screen."
    elif summary.busy and not problem:
        problem = "It is open in another codex-tui; Enter goes on with a copy."
    elif problem:
        problem = f"It cannot be gone on with: {problem}."
    return facts, problem, one_line(preview, 2_000) if preview else ""


def row_keys(row: SessionRow | None, *, elsewhere: bool, everywhere: bool) -> tuple[str, ...]:
    """Return what can be done with the highlighted row (None without one), what matters most first.

    `elsewhere` says that there are sessions of other folders, `everywhere` that they are listed.
    """
    folders = f"Tab {'this folder' if everywhere else 'all folders'}" if elsewhere else ""
    free = row is not None and not row.summary.busy
    offers = {
        "Enter resume": row is not None and not row.current and not row.summary.problem,
        "Esc close": True,
        folders: elsewhere,
        "Ctrl+E rename": row is not None and (row.current or (free and not row.summary.problem)),
        "Ctrl+D delete": row is not None and free and not row.current,
    }
    return tuple(words for words, possible in offers.items() if possible)


def fit_words(words: Iterable[str], cells: int) -> str:
    """Join as many of the words, from the first on, as go into `cells` cells whole."""
    line = ""
    for each in words:
        longer = f"{line}{JOINT}{each}" if line else each
        if cell_len(longer) > cells:
            break
        line = longer
    return line


def age(changed: datetime, now: datetime) -> str:
    """Say how long ago something was, in at most nine characters."""
    seconds = int((now - changed).total_seconds())
    for limit, unit, name in (
        (MINUTE_S, 0, "just now"),
        (HOUR_S, MINUTE_S, "min"),
        (DAY_S, HOUR_S, "h"),
        (MAX_AGE_DAYS * DAY_S, DAY_S, "d"),
    ):
        if seconds < limit:
            return f"{seconds // unit} {name} ago" if unit else name
    local = changed.astimezone(now.tzinfo)
    return local.strftime("%d %b" if local.year == now.year else "%b %Y")


def size(size_bytes: int) -> str:
    """Return a file's size for people."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1_000)) if size_bytes else 0} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"
