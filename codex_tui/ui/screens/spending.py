"""Tokens and money on the main screen: `/cost` and `/budget`."""

from __future__ import annotations

from codex_tui.ui.screens.guidance import GuidedScreen
from codex_tui.ui.spending_words import budget_fact, cost_report


class SpendingScreen(GuidedScreen):
    """A session's screen that tells what it used and keeps it within a budget."""

    def report_cost(self) -> None:
        """Show what the session's model calls used, in the chat."""
        self.chat.add_facts(cost_report(self._session.models.ledger, self._session.budget))

    def set_budget(self, words: str) -> None:
        """Set the cap that `words` name, or show the one in force; raises `ConfigError`."""
        guard = self._session.budget
        if not words:
            self.chat.add_facts([budget_fact(guard)])
            return
        guard.set(guard.budget.set_by(words))
        caps = guard.budget.text() if guard.budget else "gone: nothing stops this session"
        self.chat.add_notice("info", f"The budget of this session is {caps}.")
