"""The approval pane: one request at a time, decided by keys, an edit hunk by hunk.

It owns the queue of requests on screen and the review of the one shown; it answers with messages
and never sees the session. It is hidden when nothing waits, never takes the focus by itself, and
ignores keys in the first moments after a request appeared, so that nothing is approved by accident.
What is longer than the view is approved only after its end was seen.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, assert_never

from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from codex_tui.protocol.approvals import (
    AccessSubject,
    AllowForSession,
    AllowOnce,
    ApprovalDecision,
    ApprovalRequest,
    CommandSubject,
    EditSubject,
    Refuse,
    RejectHunk,
)
from codex_tui.ui.panes.approval_keys import (
    ACCESS_HINTS,
    COMMAND_HINTS,
    DECIDED_HINTS,
    EDIT_HINTS,
    REVIEW_BINDINGS,
    UNREAD_HINTS,
    key_hints,
    keys_in_force,
)
from codex_tui.ui.panes.approval_text import (
    access_body,
    access_title,
    confirmation,
    edit_title,
    file_list,
    outcome,
    plural,
    why_asked,
)
from codex_tui.ui.panes.command_text import command_body, command_title
from codex_tui.ui.panes.question_body import QuestionBody
from codex_tui.ui.review import STEPS, Review, Step
from codex_tui.ui.widgets.diff_view import MIN_SPLIT_CELLS, DiffView
from codex_tui.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.content import Content

    from codex_tui.protocol.ids import RequestId

GRACE_S = 0.5
"""Keys do nothing this long after a request appeared (the interval other assistants use, too)."""
TOO_EARLY = "… too early: nothing was decided, keys count in a moment"
UNREAD = "not yet: its end was not seen"


class ApprovalPane(Widget):
    """Shows approval requests in order of arrival and posts what was decided."""

    can_focus = True

    BINDINGS: ClassVar[list[BindingType]] = REVIEW_BINDINGS

    DEFAULT_CSS = """
    ApprovalPane { layout: vertical; width: 1fr; height: 1fr; background: $background; }
    ApprovalPane > #review-title, ApprovalPane > #review-files, ApprovalPane > #review-hint {
        height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    ApprovalPane > DiffView { height: 1fr; }
    ApprovalPane > #review-why {
        height: auto; max-height: 8; padding: 0 1; border-top: solid $rule;
    }
    ApprovalPane > #review-reason { border: none; height: 1; padding: 0 1; background: $panel; }
    """

    class Decided(Message):
        """The user answered a request."""

        def __init__(self, request_id: RequestId, decision: ApprovalDecision) -> None:
            super().__init__()
            self.request_id = request_id
            self.decision = decision

    class Left(Message):
        """The pane gives the focus back: by Esc, or because it held it and nothing waits."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        grace_s: float = GRACE_S,
        summon_key: str = "Ctrl+N",
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        """Create the pane.

        Args:
            clock: Returns seconds; only differences count.
            grace_s: Seconds after a request's appearance in which keys do nothing.
            summon_key: The application's key that leads here, for the hint line.
            id: The widget's id.
        """
        super().__init__(id=id)
        self.display = False
        self._clock = clock
        self._grace_s = grace_s
        self._summon_key = summon_key
        self._queue: list[ApprovalRequest] = []
        self._review: Review | None = None
        self._shown_at = 0.0
        self._confirming = False
        self._notice = ""
        self._title = Static(id="review-title", markup=False)
        self._files = Static(id="review-files", markup=False)
        self._diff = DiffView(id="review-diff")
        self._question = QuestionBody(id="review-question")
        self._why = Static(id="review-why", markup=False)
        self._reason = LineInput(
            id="review-reason",
            placeholder="why not? the model is told · Enter rejects, Esc cancels",
            disabled=True,
        )
        self._hint = Static(id="review-hint", markup=False)

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

    def compose(self) -> ComposeResult:
        """Lay out the pane's few parts."""
        yield self._title
        yield self._files
        yield self._diff
        yield self._question
        yield self._why
        yield self._reason
        yield self._hint

    def on_mount(self) -> None:
        """Stay away until something waits."""
        self._open_first()

    def on_focus(self) -> None:
        """Go back to a reason that is being typed."""
        if self._reason.display:
            self._reason.focus()
        self._draw_words()

    def on_blur(self) -> None:
        """Tell how to come back."""
        self._draw_words()

    def on_resize(self) -> None:
        """Fit the words to the new width; a remark about the old one is void."""
        self._notice = ""
        self._draw_words()

    def action_review(self, step: str) -> None:
        """Take one step: the one way in for all keys that mean something."""
        if not self._queue or self._reason.display:
            return
        if self._too_early():
            self._ignore_key()
            return
        confirmed, self._confirming, self._notice = self._confirming, False, ""
        if step == "why":
            self._why.display = not self._why.display
        elif step == "reason":
            self._set_reason_open(True)
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
            return self._asks_for_command is (parameters == ("session",))
        return super().check_action(action, parameters)

    @property
    def _asks_for_command(self) -> bool:
        return bool(self._queue) and isinstance(self._queue[0].subject, CommandSubject)

    def action_leave(self) -> None:
        """Cancel what is half done; without such, give the focus back."""
        if self._reason.display:
            self._set_reason_open(False)
        elif self._confirming:
            self._confirming = False
        else:
            self.post_message(self.Left())
        self._draw_words()

    def action_scroll_body(self, step: str) -> None:
        """Scroll what is shown, without any effect on the review."""
        body = self._question if self._review is None else self._diff
        distance = 1 if step.startswith("line") else max(1, body.size.height - 1)
        down = distance if step.endswith("down") else -distance
        body.scroll_relative(y=down, animate=False)

    @on(Input.Submitted, "#review-reason")
    def reject_with_reason(self, event: Input.Submitted) -> None:
        """Reject the current hunk, or refuse what is asked for, for the reason typed."""
        event.stop()
        if not self._reason.display:
            return  # the request it was typed for is gone
        reason = event.value.strip()
        self._set_reason_open(False)
        if self._review is None:
            self._answer(Refuse(reason=reason))
        else:
            self._review.decide(RejectHunk(reason=reason))
            self._diff.review_changed()
        self._draw_words()

    @on(DiffView.HunkPicked)
    def select_hunk(self, event: DiffView.HunkPicked) -> None:
        """Put the cursor on the hunk that was clicked, unless a reason for another is typed."""
        event.stop()
        if self._reason.display:
            self._reason.focus()
        elif self._review is not None and event.ref in self._review.refs:
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
        had_focus = self.screen.focused in (self, self._reason)
        self._set_reason_open(False)
        self._why.display = False
        self._confirming, self._notice, self._review = False, "", None
        self._shown_at = self._clock()
        self.display = self.active
        if self._queue:
            self._open(self._queue[0])
            if had_focus:
                self.focus()
        else:
            self._diff.show_review(None)
            if had_focus:
                self.post_message(self.Left())

    def _open(self, request: ApprovalRequest) -> None:
        match request.subject:
            case EditSubject(changes=changes):
                self._review = Review(changes)
            case AccessSubject() as subject:
                self._question.ask(lambda _: access_body(request, subject))
            case CommandSubject() as subject:
                self._question.ask(lambda cells: command_body(request, subject, cells))
            case _:
                assert_never(request.subject)
        self._why.update(why_asked(request))
        self._diff.show_review(self._review)
        self._diff.display = self._review is not None
        self._files.display = self._review is not None and len(self._review.changes) > 1
        self._question.display = self._review is None
        self._draw_words()

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
            self._notice = "this is not an edit"
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

    def _set_reason_open(self, is_open: bool) -> None:
        """Show an empty line for a reason and go there, or hide it and come back from there."""
        had_focus = self.screen.focused is self._reason
        self._reason.value = ""
        self._reason.display = is_open
        self._reason.disabled = not is_open
        if is_open:
            self._reason.focus()
        elif had_focus:
            self.focus()

    def _too_early(self) -> bool:
        return self._clock() - self._shown_at < self._grace_s

    def _ignore_key(self) -> None:
        """Let the hint line show that a key was dropped, until keys count."""
        if self._notice != TOO_EARLY:
            self._notice = TOO_EARLY
            self.set_timer(self._grace_s, self._end_grace)
        self._draw_words()

    def _end_grace(self) -> None:
        if self._notice != TOO_EARLY:
            return
        if self._too_early():
            self.set_timer(self._grace_s, self._end_grace)
        else:
            self._notice = ""
            self._draw_words()

    def _draw_words(self) -> None:
        """Bring title, file list and hint line up to date."""
        cells = self.size.width - 2
        if not self._queue or cells <= 0:
            return
        request = self._queue[0]
        more = len(self._queue) - 1
        note = f"{more} more" if more else ""
        if isinstance(request.subject, AccessSubject):
            self._title.update(access_title(request.subject, note, cells), layout=False)
        elif isinstance(request.subject, CommandSubject):
            self._title.update(command_title(request.subject, note, cells), layout=False)
        if self._review is not None:
            self._title.update(edit_title(self._review, note, cells), layout=False)
            self._files.update(file_list(self._review, cells), layout=False)
        self._hint.update(self._hint_line(cells), layout=False)

    def _hint_line(self, cells: int) -> Content:
        """Say what comes next, and the keys for it as far as there is room."""
        if self._reason.display:
            return key_hints((), {}, cells, "Enter rejects for this reason, Esc cancels")
        if self.screen.focused is not self:
            return key_hints((), {}, cells, f"{self._summon_key} to review")
        if self._review is None:
            return self._question_hints(cells)
        if self._confirming:
            question = confirmation(self._review.undecided)
            return key_hints((), {}, cells, question, lead_style="$warning")
        if self._review.undecided:
            return key_hints(EDIT_HINTS, keys_in_force(self), cells, self._notice)
        lead = self._notice or outcome(self._review)
        return key_hints(DECIDED_HINTS, keys_in_force(self), cells, lead)

    def _question_hints(self, cells: int) -> Content:
        keys = keys_in_force(self)
        if not self._question.end_seen:
            left = f"{plural(self._question.rows_below, 'row')} below"
            lead = f"{self._notice} · {left}" if self._notice else left
            return key_hints(UNREAD_HINTS, keys, cells, lead, lead_style="$warning")
        hints = COMMAND_HINTS if self._asks_for_command else ACCESS_HINTS
        return key_hints(hints, keys, cells, self._notice)
