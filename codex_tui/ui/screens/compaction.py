"""Compactions on the main screen: made, edited, undone and redone by commands.

Making one is the work of a turn's worker: it can be interrupted like a turn, and what is said
meanwhile waits for its end.
"""

from __future__ import annotations

from textual import work

from codex_tui.protocol.errors import CodexError, CompactionError
from codex_tui.ui.model_choice import is_usable
from codex_tui.ui.screens.models import ModelScreen
from codex_tui.ui.screens.summary import SummaryScreen


class CompactingScreen(ModelScreen):
    """A session's screen on which the conversation can be compacted."""

    def compact(self, focus: str) -> None:
        """Have the model read a summary of the conversation; raises `ConfigError` while a turn
        runs.
        """
        self._session.refuse_while_busy()
        if is_usable(self._session):
            self._compact(focus)
        else:
            self.open_picker()

    @work(group="turn")
    async def _compact(self, focus: str) -> None:
        await self._session.compact(focus)

    def edit_summary(self) -> None:
        """Let the user change the summary in force; raises `CodexError` when there is none."""
        self._session.refuse_while_busy()
        active = self._session.compactor.active
        if active is None:
            raise CompactionError(
                "The conversation is not compacted.", hint="/compact makes a summary of it."
            )
        session = self._session

        def keep(summary: str | None) -> None:
            if summary is None or summary == active.summary or session is not self._session:
                return
            try:
                session.refuse_while_busy()
                session.compactor.edit(summary, session.place)
            except CodexError as error:
                self.chat.add_notice("error", str(error))

        self.application.push_screen(SummaryScreen(active.summary), keep)

    def undo_compaction(self) -> None:
        """Have the model read the whole conversation again; raises `CodexError`."""
        self._session.refuse_while_busy()
        self._session.compactor.undo(self._session.place)

    def redo_compaction(self) -> None:
        """Have the model read the summary again; raises `CodexError`."""
        self._session.refuse_while_busy()
        self._session.compactor.redo(self._session.place)
