"""The kept sessions on the main screen: the list is read, one is gone on with, renamed, deleted.

Everything that touches files runs in a thread; the screen stays alive meanwhile. The session on the
screen is left only when the other one is open.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from codex_tui.protocol.errors import CodexError, ConfigError
from codex_tui.ui.screens.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_tui.agent.session import AgentSession
    from codex_tui.protocol.ids import SessionId
    from codex_tui.protocol.sessions import SessionSummary
    from codex_tui.ui.panes.sessions import SessionsPane
    from codex_tui.ui.panes.sessions.entries import SessionRow
    from codex_tui.ui.workbench import Workbench

BATCH_S = 0.05
"""So often the list grows while it is read."""
TURN_RUNS = "A turn is running; wait for its end, or stop it with Esc."
CLOSING = "closing"
"""The group of the workers that settle sessions that were left."""


class SessionScreen(Frame):
    """A frame around one session at a time, which can be changed for a kept one."""

    def __init__(self, workbench: Workbench, session: AgentSession) -> None:
        super().__init__()
        self._workbench = workbench
        self._session = session
        self._resuming = asyncio.Lock()
        self._finding = False

    def _replace_session(self, session: AgentSession) -> None:
        self._close(self._session)
        self._session = session
        self._workbench.start(session)

    @work(group=CLOSING)
    async def _close(self, session: AgentSession) -> None:
        await session.close()

    # -- commands (Host) ----------------------------------------------------------------------

    def rename_session(self, title: str) -> None:
        """Give the session a title; without one, let the user write it in the composer."""
        if title:
            self._session.rename(title)
        elif not self.composer.draft:
            self.composer.draft = f"/rename {self._session.title}"
        else:
            raise ConfigError("Which title?", hint="/rename takes the title behind it.")

    def choose_session(self, words: str) -> None:
        """Show the kept sessions that match `words`; an id goes on with it at once. Raises
        `ConfigError` while a turn runs.
        """
        if self._session.busy:
            raise ConfigError(
                "A turn is running, and leaving the session would end it.",
                hint="Wait for its end, or stop it with Esc.",
            )
        if words:
            self._finding = True
            self.composer.hold_keys()
            self._find(words)
        else:
            self.open_sessions()

    @work(group="session-search", exclusive=True)
    async def _find(self, words: str) -> None:
        try:
            found = await asyncio.to_thread(self._workbench.kept.find, words)
        except CodexError:  # no id: words to look for
            self.open_sessions(words)
            self._read_on()
        else:
            self._resume(found)

    def _read_on(self) -> None:
        """Let whoever has the keys read what was typed while a session was looked for."""
        self._finding = False
        self.composer.hand_on_keys(self.reader)

    # -- the list -----------------------------------------------------------------------------

    def open_sessions(self, query: str = "") -> None:
        """Put the list in the chat's place, and read it."""
        self.remember_focus()
        self.set_class(True, "-choosing")
        self.sessions.open(query)
        self._list_sessions()

    @work(group="session-list", exclusive=True)
    async def _list_sessions(self) -> None:
        problem = ""
        summaries = self._workbench.kept.summaries()
        try:
            while self.sessions.display:
                rows = await asyncio.to_thread(self._next_rows, summaries)
                if not rows:
                    break
                self.sessions.add(rows)
        except CodexError as error:
            problem = str(error)
        self.sessions.finish_loading(problem)

    def _next_rows(self, summaries: Iterator[SessionSummary]) -> list[SessionRow]:
        """Read on for a moment; nothing is left when nothing comes."""
        until = time.monotonic() + BATCH_S
        rows: list[SessionRow] = []
        for summary in summaries:
            rows.append(self._row(summary))
            if time.monotonic() > until:
                break
        return rows

    def _row(self, summary: SessionSummary) -> SessionRow:
        from codex_tui.ui.panes.sessions.entries import SessionRow

        directory = summary.directory
        return SessionRow(
            summary=summary,
            place=self._workbench.place_name(Path(directory)) if directory else "",
            here=self._workbench.kept.is_here(summary),
            current=summary.session == self._session.place.session,
        )

    def on_sessions_pane_highlighted(self, message: SessionsPane.Highlighted) -> None:
        """Read the last words of it."""
        self._preview(message.session)

    @work(group="session-preview", exclusive=True)
    async def _preview(self, session: SessionId) -> None:
        try:
            words = await asyncio.to_thread(self._workbench.kept.preview, session)
        except CodexError:  # the row says what is wrong with it
            words = ""
        self.sessions.show_preview(session, words)

    def on_sessions_pane_chosen(self, message: SessionsPane.Chosen) -> None:
        """Go on with it, unless a turn runs."""
        if self._session.busy:
            self.sessions.refuse(TURN_RUNS)
        else:
            self._resume(message.session)

    @work(group="sessions")
    async def _resume(self, session: SessionId) -> None:
        async with self._resuming:  # a file that is being opened is not to be opened twice
            await self._go_on_with(session)
        self._read_on()

    async def _go_on_with(self, session: SessionId) -> None:
        if session == self._session.place.session:
            self.sessions.close()
            self._session.notify("This session is on the screen already.")
            return
        # One that was left a moment ago must have let go of its file.
        await asyncio.gather(*(each.wait() for each in self.workers if each.group == CLOSING))
        try:
            other = await self._workbench.resume_session(session)
        except CodexError as error:
            self._refuse_session(str(error))
            return
        if self._session.busy:
            await other.close()
            self._refuse_session(TURN_RUNS)
            return
        self._replace_session(other)
        self.sessions.close()

    def _refuse_session(self, reason: str) -> None:
        if self.sessions.display:
            self.sessions.refuse(reason)
        else:
            self.chat.add_notice("error", reason)

    def on_sessions_pane_renamed(self, message: SessionsPane.Renamed) -> None:
        """Give it the title."""
        if message.session != self._session.place.session:
            self._rename_kept(message.session, message.title)
            return
        self._session.rename(message.title)
        if self._session.title:
            self.sessions.show_title(message.session, self._session.title)
        else:  # the first words are its title again
            self.open_sessions()

    def on_sessions_pane_deleted(self, message: SessionsPane.Deleted) -> None:
        """Delete it."""
        self._delete_kept(message.session)

    @work(group="session-change")
    async def _rename_kept(self, session: SessionId, title: str) -> None:
        try:
            shown = await asyncio.to_thread(self._workbench.kept.rename, session, title)
        except CodexError as error:
            self.sessions.refuse(str(error))
        else:
            self.sessions.show_title(session, shown)

    @work(group="session-change")
    async def _delete_kept(self, session: SessionId) -> None:
        try:
            await asyncio.to_thread(self._workbench.kept.delete, session)
        except CodexError as error:
            self.sessions.refuse(str(error))
        else:
            self.sessions.drop(session)

    def on_sessions_pane_closed(self) -> None:
        """Show the chat again, and give the focus back."""
        if self.sessions.display:  # it was opened again meanwhile
            return
        self.set_class(False, "-choosing")
        self.give_focus_back()
        self.sessions.hand_on_keys(self.focused or self.composer)
