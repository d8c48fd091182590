"""The hint line of the approval pane: what comes next, and the keys for it.

A pure function of what the pane is in the middle of; the pane owns that state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.protocol.figures import plural
from codex_tui.ui.panes import budget_text
from codex_tui.ui.panes.approval_keys import (
    ACCESS_HINTS,
    BUDGET_HINTS,
    COMMAND_HINTS,
    DECIDED_HINTS,
    EDIT_HINTS,
    UNREAD_HINTS,
)
from codex_tui.ui.panes.approval_text import confirmation, outcome
from codex_tui.ui.review import Review
from codex_tui.ui.widgets.key_hints import key_hints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.content import Content

SUMMON = "Ctrl+N to review"
"""While the pane has no focus."""
TOO_EARLY = "… too early: nothing was decided, keys count in a moment"
UNREAD = "not yet: its end was not seen"
NO_EDIT = "this is not an edit"
WRITING = "Enter rejects for this reason, Esc cancels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the pane is in the middle of.

    `review` is None for a question that is no edit; `rows_below` counts its rows that were not in
    sight yet.
    """

    review: Review | None
    for_command: bool
    for_budget: bool
    focused: bool
    writing: bool
    confirming: bool
    notice: str
    rows_below: int


def hint_line(now: Situation, keys: Mapping[str, str], cells: int) -> Content:
    """Return the line; `keys` are those in force by binding id, `cells` the room."""
    if not now.focused:
        return key_hints((), {}, cells, SUMMON)
    if now.writing:
        return key_hints((), {}, cells, budget_text.WRITING if now.for_budget else WRITING)
    if now.review is None:
        return _question_hints(now, keys, cells)
    if now.confirming:
        question = confirmation(now.review.undecided)
        return key_hints((), {}, cells, question, lead_style="$warning")
    if now.review.undecided:
        return key_hints(EDIT_HINTS, keys, cells, now.notice)
    return key_hints(DECIDED_HINTS, keys, cells, now.notice or outcome(now.review))


def _question_hints(now: Situation, keys: Mapping[str, str], cells: int) -> Content:
    if now.rows_below:
        left = f"{plural(now.rows_below, 'row')} below"
        lead = f"{now.notice} · {left}" if now.notice else left
        return key_hints(UNREAD_HINTS, keys, cells, lead, lead_style="$warning")
    hints = COMMAND_HINTS if now.for_command else ACCESS_HINTS
    hints = BUDGET_HINTS if now.for_budget else hints
    return key_hints(hints, keys, cells, now.notice)
