"""What the approval pane looks like: title, files, the change or the question, reason, hints.

It shows what it is told and decides nothing; `ApprovalPane` is what listens to keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from textual.widget import Widget
from textual.widgets import Static

from codex_tui.protocol.approvals import (
    AccessSubject,
    BudgetSubject,
    CommandSubject,
    EditSubject,
)
from codex_tui.ui.panes.approval_hints import Situation, hint_line
from codex_tui.ui.panes.approval_keys import review_keys
from codex_tui.ui.panes.approval_text import (
    access_body,
    access_title,
    edit_title,
    file_list,
    why_asked,
)
from codex_tui.ui.panes.budget_text import PLACEHOLDER, budget_body, budget_title
from codex_tui.ui.panes.command_text import command_body, command_title
from codex_tui.ui.panes.question_body import QuestionBody
from codex_tui.ui.panes.reason_line import WHY_NOT, ReasonLine
from codex_tui.ui.review import Review
from codex_tui.ui.widgets.diff_view import DiffView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from codex_tui.protocol.approvals import ApprovalRequest


class RequestView(Widget):
    """One request on the screen."""

    DEFAULT_CSS = """
    RequestView { layout: vertical; width: 1fr; height: 1fr; background: $background; }
    RequestView > #review-title, RequestView > #review-files, RequestView > #review-hint {
        height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    RequestView > DiffView { height: 1fr; }
    RequestView > #review-why {
        height: auto; max-height: 8; padding: 0 1; border-top: solid $rule;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._title = Static(id="review-title", markup=False)
        self._files = Static(id="review-files", markup=False)
        self._diff = DiffView(id="review-diff")
        self._question = QuestionBody(id="review-question")
        self._why = Static(id="review-why", markup=False)
        self._reason = ReasonLine(id="review-reason")
        self._hint = Static(id="review-hint", markup=False)

    def compose(self) -> ComposeResult:
        """Lay out the few parts."""
        yield self._title
        yield self._files
        yield self._diff
        yield self._question
        yield self._why
        yield self._reason
        yield self._hint

    def open_request(self, request: ApprovalRequest) -> Review | None:
        """Show a request from its beginning; returns the review of an edit, which the diff shows
        from then on.
        """
        review: Review | None = None
        match request.subject:
            case EditSubject(changes=changes):
                review = Review(changes)
            case AccessSubject() as subject:
                self._question.ask(lambda _: access_body(request, subject))
            case CommandSubject() as subject:
                self._question.ask(lambda cells: command_body(request, subject, cells))
            case BudgetSubject() as subject:
                self._question.ask(lambda _: budget_body(subject))
            case _:
                assert_never(request.subject)
        for_budget = isinstance(request.subject, BudgetSubject)
        self._reason.placeholder = PLACEHOLDER if for_budget else WHY_NOT
        self._why.update(why_asked(request))
        self._diff.show_review(review)
        self._diff.display = review is not None
        self._files.display = review is not None and len(review.changes) > 1
        self._question.display = review is None
        return review

    def draw_words(self, request: ApprovalRequest, more: int, now: Situation) -> None:
        """Bring title, file list and hint line up to date; `more` requests wait behind it."""
        cells = self.size.width - 2
        if cells <= 0:
            return
        note = f"{more} more" if more else ""
        if isinstance(request.subject, AccessSubject):
            self._title.update(access_title(request.subject, note, cells), layout=False)
        elif isinstance(request.subject, CommandSubject):
            self._title.update(command_title(request.subject, note, cells), layout=False)
        elif isinstance(request.subject, BudgetSubject):
            self._title.update(budget_title(request.subject, note, cells), layout=False)
        if now.review is not None:
            self._title.update(edit_title(now.review, note, cells), layout=False)
            self._files.update(file_list(now.review, cells), layout=False)
        self._hint.update(hint_line(now, review_keys(self), cells), layout=False)

    def action_scroll_body(self, step: str) -> None:
        """Scroll what is shown, without any effect on the review."""
        body = self._question if self._question.display else self._diff
        distance = 1 if step.startswith("line") else max(1, body.size.height - 1)
        down = distance if step.endswith("down") else -distance
        body.scroll_relative(y=down, animate=False)
