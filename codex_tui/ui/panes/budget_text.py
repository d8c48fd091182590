"""The words around the question whether to go on behind a budget that is used up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from codex_tui.protocol.figures import UNKNOWN
from codex_tui.ui.panes.approval_text import both_ends

if TYPE_CHECKING:
    from codex_tui.protocol.approvals import BudgetSubject

WRITING = "Enter goes on within this budget, Esc cancels"
PLACEHOLDER = "$7.50, or 300k tokens, or off"


def budget_title(subject: BudgetSubject, note: str, cells: int) -> Content:
    """Return `Budget · used up`, with `note` at the right end."""
    asked = f" · {subject.budget.text()} used up"
    return both_ends(Content.assemble(("Budget", "bold"), (asked, "$muted")), note, cells)


def budget_body(subject: BudgetSubject) -> Content:
    """Return what was used, what the answers mean, and that nothing is lost meanwhile."""
    cost, tokens = subject.cost.text(), f"{subject.tokens:,} tokens"
    used = tokens if cost == UNKNOWN else f"{cost} and {tokens}"
    question = Content.assemble(
        "This session has used ", (used, "bold"), f" of its budget of {subject.budget.text()}."
    )
    waits = Content.styled("The next model call waits; nothing is lost meanwhile.", "$muted")
    return Content("\n").join(
        [question, Content(f"Go on up to {subject.raised.text()}?"), Content(""), waits]
    )
