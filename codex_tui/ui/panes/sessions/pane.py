"""The sessions pane: lists what is kept, filters as one types, and chooses one to go on with.

It stands in the chat's place while it is open and knows neither files nor the session on the
screen: rows are brought by `add` as they are read, what is wanted goes up as messages. All its keys
are acted upon in the order they were typed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from codex_tui.protocol.display import display_safe
from codex_tui.protocol.ids import SessionId
from codex_tui.ui.panes.sessions.detail import detail_lines, key_line
from codex_tui.ui.panes.sessions.entries import (
    SessionRow,
    first_match,
    list_rows,
    row_keys,
    why_nothing,
)
from codex_tui.ui.panes.sessions.line import Command, SessionsLine
from codex_tui.ui.panes.sessions.session_list import SessionList

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.widget import Widget


def _now() -> datetime:
    return datetime.now(UTC).astimezone()


class SessionsPane(Vertical):
    """The list. `open`, then `add` until `finish_loading`. A choice posts `Chosen`, to be answered
    by `close` or `refuse`, and any way out `Closed`, to be answered by `hand_on_keys`.
    """

    DEFAULT_CSS = """
    SessionsPane {
        display: none;
        height: 100%;
        width: 1fr;
        padding: 0 1;
        background: $background;
        & > #sessions-nothing { height: 1fr; padding: 1 2; color: $muted; }
        & > #sessions-detail { height: auto; max-height: 7; border-top: solid $rule; }
    }
    """

    @dataclass
    class Chosen(Message):
        """Go on with this session."""

        session: SessionId

    @dataclass
    class Highlighted(Message):
        """A row came under the highlight; its last words would be nice to have."""

        session: SessionId

    @dataclass
    class Renamed(Message):
        """Give this session a title."""

        session: SessionId
        title: str

    @dataclass
    class Deleted(Message):
        """Delete this session; the user was asked."""

        session: SessionId

    @dataclass
    class Closed(Message):
        """The pane is gone from the screen."""

    def __init__(self, *, now: Callable[[], datetime] = _now, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._sessions: list[SessionRow] = []
        self._previews: dict[SessionId, str] = {}
        self._loading = False
        self._choice_waits = False
        self._everywhere = True
        self._query = ""
        self._problem = ""
        self._line = SessionsLine(self._obey)
        self._list = SessionList(now)
        self._nothing = Static(id="sessions-nothing", markup=False)
        self._detail = Static(id="sessions-detail", markup=False)

    def compose(self) -> ComposeResult:
        """Line, list, detail."""
        yield self._line
        yield self._list
        yield self._nothing
        yield self._detail

    # What the screen calls

    def open(self, query: str = "") -> None:
        """Show an empty list that is being read, filtered by `query`, and take the focus."""
        self._sessions.clear()
        self._previews.clear()
        self._loading, self._choice_waits = True, False
        self._query = query
        self._problem = ""
        self._line.filter_by(query)
        self.display = True
        self._show_rows()
        self.screen.set_focus(self._line)
        self._line.typed.read_on(self._line)  # where it was closed a moment before

    def add(self, rows: Sequence[SessionRow]) -> None:
        """Show more sessions, in the order of the list."""
        self._sessions.extend(rows)
        self._show_rows()
        self._choose_at_last()

    def finish_loading(self, problem: str = "") -> None:
        """Say that there is no more to come; `problem` is why, when it is not that all is read."""
        self._loading = False
        self._problem = problem
        self._show_rows()
        self._choose_at_last()

    def show_preview(self, session: SessionId, words: str) -> None:
        """Show the last words of a session that is highlighted."""
        self._previews[session] = words
        self._show_detail()

    def show_title(self, session: SessionId, title: str) -> None:
        """A session has another title."""
        self._sessions = [
            replace(row, summary=replace(row.summary, title=title))
            if row.summary.session == session
            else row
            for row in self._sessions
        ]
        self._show_rows()

    def drop(self, session: SessionId) -> None:
        """A session is gone; the one below it is highlighted."""
        self._list.move(1)
        if self._highlighted_id == session:
            self._list.move(-1)
        self._sessions = [row for row in self._sessions if row.summary.session != session]
        self._show_rows()

    def refuse(self, reason: str) -> None:
        """Say why something could not be done; the list stays as it was."""
        self._problem = reason
        self._show_detail()
        self._line.typed.read_on(self._line)

    def hand_on_keys(self, reader: Widget) -> None:
        """Let `reader`, which has the focus, read what was typed behind the last key here."""
        self._line.typed.read_on(reader)

    def close(self) -> None:
        """Disappear and say so; nothing happens when it is closed already."""
        if self.display:
            self._line.typed.on_hold = True
            self._choice_waits = self.display = False
            self.post_message(self.Closed())

    # Showing

    @property
    def _highlighted_id(self) -> SessionId | None:
        row = self._list.session
        return None if row is None else row.summary.session

    def _show_rows(self, *, keep: bool = True) -> None:
        rows = list_rows(self._sessions, self._query, everywhere=self._everywhere)
        self._list.show_rows(rows, first_match(rows, self._highlighted_id if keep else None))
        self._list.display = bool(rows)
        self._nothing.display = not rows
        if not rows:
            why, remedy = why_nothing(
                query=self._query,
                loading=self._loading,
                elsewhere=sum(not row.here for row in self._sessions),
                everywhere=self._everywhere,
            )
            text = Content.assemble((display_safe(why), "$foreground"), "\n", display_safe(remedy))
            self._nothing.update(text)
        self._highlight_changed()

    def _highlight_changed(self) -> None:
        session = self._highlighted_id
        if session is not None and session not in self._previews:
            self.post_message(self.Highlighted(session))
        self._show_detail()

    def _show_detail(self) -> None:
        row = self._list.session
        preview = "" if row is None else self._previews.get(row.summary.session, "")
        lines = detail_lines(row, preview, self._problem, self.size)
        keys = key_line(self._line.mode, row, self._offers(row), self.size)
        self._detail.update(Content("\n").join([*lines, keys]))

    def _offers(self, row: SessionRow | None) -> tuple[str, ...]:
        elsewhere = any(not each.here for each in self._sessions)
        reading = (f"reading… {len(self._sessions)}",) if self._loading else ()
        return (*row_keys(row, elsewhere=elsewhere, everywhere=self._everywhere), *reading)

    def on_resize(self) -> None:
        """Fit the detail to the room there is."""
        self._show_detail()

    # Keys and clicks

    @on(Input.Changed)
    def _on_line_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._take_filter()

    def _take_filter(self) -> None:
        """Filter by what stands in the line, before a key acts on what it leaves."""
        if self._line.filter != self._query:
            self._query = self._line.filter
            self._problem = ""
            self._show_rows(keep=False)

    @on(SessionList.Clicked)
    def _on_row_clicked(self, event: SessionList.Clicked) -> None:
        event.stop()
        self._obey("choose")

    def _obey(self, command: Command) -> None:
        self._take_filter()
        match command:
            case "up" | "down":
                self._list.move(-1 if command == "up" else 1)
            case "page_up" | "page_down":
                self._list.move_page(-1 if command == "page_up" else 1)
            case "toggle":
                self._everywhere = not self._everywhere
                self._show_rows()
            case "rename" | "delete":
                self._begin(command)
            case "choose":
                self._choose()
            case "keep_title":
                self._keep_title()
            case "yes":
                self._delete()
            case "no" | "drop_title":
                self._line.filter_by(self._line.filter)
            case "close":
                self.close()
        self._highlight_changed()

    def _begin(self, command: Command) -> None:
        row = self._list.session
        self._problem = ""
        if row is None:
            return
        if command == "rename":
            self._line.write_title(row.summary.title)
        elif row.current:
            self._problem = "The session on the screen cannot be deleted; /clear begins another."
        else:
            self._line.ask()

    def _choose(self) -> None:
        row = self._list.session
        self._problem = ""
        self._choice_waits = row is None and self._loading
        if self._choice_waits:  # for one that may be the next that is read
            self._line.typed.on_hold = True
        elif row is not None and row.current:
            self.close()
        elif row is not None and not row.summary.problem:  # else the detail says what it is
            self._line.typed.on_hold = True
            self.post_message(self.Chosen(row.summary.session))

    def _choose_at_last(self) -> None:
        """Choose as was wanted while there was nothing to choose from, and read on."""
        if not self._choice_waits or (self._loading and self._list.session is None):
            return
        self._choice_waits = self._line.typed.on_hold = False
        if self._list.session is not None:
            self._obey("choose")
        if not self._line.typed.on_hold:
            self._line.typed.read_on(self._line)

    def _keep_title(self) -> None:
        row, title = self._list.session, self._line.value
        self._line.filter_by(self._line.filter)
        if row is not None:
            self.post_message(self.Renamed(row.summary.session, title))

    def _delete(self) -> None:
        row = self._list.session
        self._line.filter_by(self._line.filter)
        if row is not None:
            self.post_message(self.Deleted(row.summary.session))
