"""The approval pane: one request at a time, decided by keys, an edit hunk by hunk.

It owns the queue of requests on screen and the review of the one shown; it answers with messages
and never sees the session. It is hidden when nothing waits, never takes the focus by itself, and
ignores keys in the first moments after a request appeared, so that nothing is approved by accident.
What is longer than the view is approved only after its end was seen.

Keys are handled in the order they were typed, by the pane itself: bindings run from the
application's queue, where the keys behind them have already been sent to whoever had the focus.
What was typed behind the key that leaves the pane decides nothing; others read it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.message import Message
from textual.reactive import reactive

from codex_tui.protocol.approvals import (
    AllowForSession,
    AllowOnce,
    ApprovalDecision,
    ApprovalRequest,
    BudgetSubject,
    CommandSubject,
    Refuse,
    RejectHunk,
    SetBudget,
)
from codex_tui.protocol.errors import ConfigError
from codex_tui.ui.panes.approval_hints import NO_EDIT, TOO_EARLY, UNREAD, Situation
from codex_tui.ui.panes.approval_keys import REVIEW_BINDINGS
from codex_tui.ui.panes.grace import Grace
from codex_tui.ui.panes.question_body import QuestionBody
from codex_tui.ui.panes.request_view import RequestView
from codex_tui.ui.review import STEPS, Review, Step
from codex_tui.ui.widgets.diff_view import MIN_SPLIT_CELLS, DiffView
from codex_tui.ui.widgets.typed_ahead import TypedAhead

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType
    from textual.widget import Widget

    from codex_tui.protocol.ids import RequestId
    from codex_tui.protocol.spending import Budget


class ApprovalPane(RequestView):
    """Shows approval requests in order of arrival and posts what was decided."""

    can_focus = True

    BINDINGS: ClassVar[list[BindingType]] = REVIEW_BINDINGS

    names_keys: reactive[bool] = reactive(False)
    """A line is written or a question asked, and the keys for it stand beside it."""

    class Decided(Message):
        """The user answered a request."""

        def __init__(self, request_id: RequestId, decision: ApprovalDecision) -> None:
            super().__init__()
            self.request_id = request_id
            self.decision = decision

    class Left(Message):
        """The pane gives the focus back: by Esc, or because it held it and nothing waits. Whoever
        hears it moves the focus and calls `hand_on_keys`; the pane reads no keys before.
        """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        """`clock` gives seconds; only differences count."""
        super().__init__(id=id)
        self.display = False
        self._grace = Grace(self, clock, over=self._draw_words)
        self._queue: list[ApprovalRequest] = []
        self._review: Review | None = None
        self._confirming = False
        self._typed = TypedAhead()
        self._notice = ""

    @property
    def waiting(self) -> int:
        """Number of requests without an answer, the one shown included."""
        return len(self._queue)

    @property
    def active(self) -> bool:
        """Whether a request is shown."""
        return bool(self._queue)

    def allow_focus(self) -> bool:
        """Take the focus only while something waits: a hidden pane would swallow keys."""
        return super().allow_focus() and self.active

    def show(self, request: ApprovalRequest) -> None:
        """Show a request, or queue it behind the one shown."""
        self._queue.append(request)
        if not self.is_mounted:
            return  # on_mount opens what waits
        if len(self._queue) == 1:
            self._open_first()
        else:
            self._draw_words()

    def settle_request(self, request_id: RequestId) -> None:
        """Take back a request that was resolved elsewhere, with all that was decided or typed."""
        shown = self._queue[0] if self._queue else None
        self._queue = [each for each in self._queue if each.id != request_id]
        if shown is not None and shown.id == request_id:
            self._open_first()
        else:
            self._draw_words()

    def on_mount(self) -> None:
        """Stay away until something waits."""
        self._open_first()

    def on_focus(self) -> None:
        """Name the keys."""
        self._reason.show_cursor(shown=True)
        self._draw_words()

    def on_blur(self) -> None:
        """Tell how to come back."""
        self._reason.show_cursor(shown=False)
        self._draw_words()

    def on_resize(self) -> None:
        """Fit the words to the new width; a remark about the old one is void."""
        self._notice = ""
        self._draw_words()

    def hand_on_keys(self, reader: Widget) -> None:
        """Let `reader`, which has the focus, read what was typed behind the key that left."""
        self._typed.read_on(reader)

    def _forward_event(self, event: events.Event) -> None:
        self._typed.note(event)
        super()._forward_event(event)

    async def _on_key(self, event: events.Key) -> None:
        if not self._typed.may_read(event):
            return
        if self._reason.display:
            await self._write_reason(event)
            return
        if event.is_printable:
            self._grace.note_letter()
        bound = self.screen.active_bindings.get(event.key)
        if bound is not None and bound.node is self:
            event.stop()
            event.prevent_default()
            await self.run_action(bound.binding.action)

    async def _write_reason(self, event: events.Key) -> None:
        """Edit the reason; Enter rejects for it."""
        if event.key == "enter":
            self._reject_for(self._reason.value.strip())
        elif event.key in {"escape", "ctrl+c"}:
            self.action_leave()
        else:
            await self._reason.take_key(event)
            return
        event.stop()
        event.prevent_default()

    def _on_paste(self, event: events.Paste) -> None:
        if self._typed.may_read(event) and self._reason.display:
            self._reason.write(event.text)
            event.stop()
            event.prevent_default()

    def action_review(self, step: str) -> None:
        """Take one step: the one way in for all keys that mean something."""
        if not self._queue or self._reason.display:
            return
        if self._grace.runs:
            self._grace.drop_key()
            self._draw_words()
            return
        confirmed, self._confirming, self._notice = self._confirming, False, ""
        if step == "why":
            self._why.display = not self._why.display
        elif step == "reason":
            self._reason.open(is_open=True)
        elif self._review is None:
            self._answer_question(step)
        elif step == "apply":
            self._apply(self._review, confirmed=confirmed)
        elif step == "split":
            self._toggle_split()
        else:
            self._take(self._review, STEPS[step])
        self._draw_words()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let one key mean one thing for edits and another for commands."""
        if action == "review" and parameters in {("split",), ("session",)}:
            for_session = self._asks_for_command or self._budget is not None
            return for_session is (parameters == ("session",))
        return super().check_action(action, parameters)

    @property
    def _asks_for_command(self) -> bool:
        return bool(self._queue) and isinstance(self._queue[0].subject, CommandSubject)

    @property
    def _budget(self) -> Budget | None:
        """The budget that the question shown is about."""
        subject = self._queue[0].subject if self._queue else None
        return subject.budget if isinstance(subject, BudgetSubject) else None

    def action_leave(self) -> None:
        """Cancel what is half done; without such, give the focus back."""
        if self._reason.display:
            self._reason.open(is_open=False)
        elif self._confirming:
            self._confirming = False
        else:
            self._leave()
        self._draw_words()

    def _leave(self) -> None:
        self._typed.on_hold = True
        self.post_message(self.Left())

    def _reject_for(self, reason: str) -> None:
        """Reject the current hunk, or refuse what is asked for; a budget is what was written."""
        if self._budget is not None:
            self._set_budget(self._budget, reason)
            return
        self._reason.open(is_open=False)
        if self._review is None:
            self._answer(Refuse(reason=reason))
        else:
            self._review.decide(RejectHunk(reason=reason))
            self._diff.review_changed()
        self._draw_words()

    def _set_budget(self, budget: Budget, text: str) -> None:
        """Answer with the budget that was written; the line stays open for one that is none."""
        try:
            decision = SetBudget(budget=budget.set_by(text))
        except ConfigError as error:
            self.notify(str(error), severity="warning")
            return
        self._reason.open(is_open=False)
        self._answer(decision)

    @on(DiffView.HunkPicked)
    def select_hunk(self, event: DiffView.HunkPicked) -> None:
        """Put the cursor on the hunk that was clicked, unless a reason for another is typed."""
        event.stop()
        if self._reason.display:
            return
        if self._review is not None and event.ref in self._review.refs:
            self._confirming, self._notice = False, ""
            self._review.select(event.ref)
            self._diff.review_changed()
            self._draw_words()

    @on(QuestionBody.Moved)
    def _tell_what_is_left(self, event: QuestionBody.Moved) -> None:
        event.stop()
        if self._question.end_seen and self._notice == UNREAD:
            self._notice = ""
        self._draw_words()

    def _open_first(self) -> None:
        """Show the first request of the queue from its beginning, or hide."""
        had_focus = self.screen.focused is self
        self._reason.open(is_open=False)
        self._why.display = False
        self._confirming, self._notice, self._review = False, "", None
        self._grace.begin()
        self.display = self.active
        if self._queue:
            self._review = self.open_request(self._queue[0])
            self._draw_words()
            if had_focus:
                self.focus()
        else:
            self._diff.show_review(None)
            if had_focus:
                self._leave()

    def _take(self, review: Review, step: Step) -> None:
        if not step.run(review):
            self._notice = step.otherwise
        self._diff.review_changed()

    def _apply(self, review: Review, *, confirmed: bool) -> None:
        """Answer with the decisions; what is undecided has to be confirmed first."""
        if review.undecided and not confirmed:
            self._confirming = True
            return
        self._answer(review.decision(reject_undecided=confirmed))

    def _answer_question(self, step: str) -> None:
        """Answer what can only be answered as a whole; with yes only after its end was seen."""
        if step == "reject":
            self._answer(Refuse())
        elif step not in {"accept", "session"}:
            self._notice = NO_EDIT
        elif not self._question.end_seen:
            self._notice = UNREAD
        else:
            self._answer(AllowOnce() if step == "accept" else AllowForSession())

    def _answer(self, decision: ApprovalDecision) -> None:
        answered = self._queue.pop(0)
        self.post_message(self.Decided(answered.id, decision))
        self._open_first()

    def _toggle_split(self) -> None:
        if not self._diff.toggle_split():
            self._notice = (
                f"side by side needs {MIN_SPLIT_CELLS} columns, here are {self._diff.size.width}"
            )

    def _draw_words(self) -> None:
        """Bring title, file list and hint line up to date."""
        self.names_keys = self._reason.display or self._confirming
        if self._queue:
            self.draw_words(self._queue[0], len(self._queue) - 1, self._situation)

    @property
    def _situation(self) -> Situation:
        question = self._question
        return Situation(
            review=self._review,
            for_command=self._asks_for_command,
            for_budget=self._budget is not None,
            focused=self.screen.focused is self,
            writing=self._reason.display,
            confirming=self._confirming,
            notice=TOO_EARLY if self._grace.dropped else self._notice,
            rows_below=0 if question.end_seen else question.rows_below,
        )
