"""What can be done here, and how things stand: command palette, help, footer and `/status`.

All of it is made from the tables of commands and keys; what an entry of the palette does is a slash
command or the action of a key, so that nothing can be done in the palette alone.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from itertools import islice
from typing import TYPE_CHECKING

from textual import work
from textual.actions import SkipAction

from codex_tui.guides import guide as read_guide
from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import CodexError
from codex_tui.ui.key_table import COMPOSER, REVIEW, key_scopes
from codex_tui.ui.palette_entries import (
    MAX_CHARACTERS,
    Entry,
    command_entries,
    guide_entries,
    key_entries,
    mode_entries,
    model_entries,
)
from codex_tui.ui.screens.guide import GuideScreen
from codex_tui.ui.screens.help import HelpScreen
from codex_tui.ui.screens.sessions import SessionScreen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.binding import Binding

    from codex_tui.protocol.sessions import SessionSummary
    from codex_tui.ui.key_table import KeyScope

RECENT_SESSIONS = 10


class GuidedScreen(SessionScreen):
    """A session's screen that explains itself."""

    @abstractmethod
    def run_command(self, text: str, *, typed: bool = False) -> None:
        """Run a slash command, written as it would be typed; what is wrong with it is shown, and
        what really was `typed` goes back into the composer then.
        """

    def show_help(self, guide: str = "") -> None:
        """Cover the screen with keys and commands, or with a guide; raises `ConfigError`."""
        if guide:
            self.application.push_screen(GuideScreen(read_guide(guide)))
        else:
            self.application.push_screen(HelpScreen(key_scopes(self.BINDINGS, self.application)))

    # -- the palette --------------------------------------------------------------------------

    def action_palette(self) -> None:
        """Open the palette, or close it again."""
        if self.palette.display:
            self.palette.close()
        elif self.picker.display or self.sessions.display or self.has_class("-tiny"):
            raise SkipAction
        else:
            places = [each for each in (self.focused, self.composer) if each is not None]
            self.palette.open(list(self._offers()), back_to=places)
            self._offer_sessions()

    def _offers(self) -> Iterator[Entry]:
        here, composer, review = key_scopes(self.BINDINGS, self.application)
        yield from key_entries((here,), self._run_key)
        yield from command_entries(self.run_command, self.composer.propose)
        yield from guide_entries(self.run_command)
        yield from mode_entries(self._session.mode, self.run_command)
        yield Entry(
            label="keys in the last line: hide" if self.footer_shown else "keys in the last line",
            detail="until the program ends",
            run=self._toggle_footer,
        )
        if self.approval.active:
            yield from key_entries((review,), self._run_key)
        yield from key_entries((composer,), self._run_key)
        ready = {each.name for each in self._session.models.statuses() if each.ready}
        models = [each for each in self._session.list_models() if each.ref.provider in ready]
        current = self._session.model
        yield from model_entries(models, current.ref if current else None, self.run_command)

    async def _run_key(self, scope: KeyScope, binding: Binding) -> None:
        """Do what a key does, where it counts."""
        node = {COMPOSER: self.composer, REVIEW: self.approval}.get(scope.title, self)
        if node is not self:
            self.set_focus(node)
        await self.application.run_action(binding.action, node)

    def _toggle_footer(self) -> None:
        self.show_footer(shown=not self.footer_shown)

    @work(group="palette", exclusive=True)
    async def _offer_sessions(self) -> None:
        """Add the sessions changed last in this workspace, once they are read."""
        try:
            recent = await asyncio.to_thread(self._recent_sessions)
        except CodexError:  # /resume says what is wrong with the folder
            return
        entries = [
            Entry(
                label=one_line(f"resume: {each.title or each.session}", MAX_CHARACTERS),
                run=lambda name=each.session: self.run_command(f"/resume {name}"),
            )
            for each in recent
            if each.session != self._session.place.session
        ]
        self.palette.extend(entries)

    def _recent_sessions(self) -> list[SessionSummary]:
        kept = self._workbench.kept
        return list(islice(filter(kept.is_here, kept.summaries()), RECENT_SESSIONS))
