"""The main screen's frame: which panes there are, where they stand, who has the focus.

It knows no session. The review stands beside the chat where the window is wide and over it where it
is narrow; in a very small window chat and composer remain, below that a line that says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from codex_tui.protocol.display import one_line
from codex_tui.ui.panes.approval import ApprovalPane
from codex_tui.ui.panes.chat import ChatPane
from codex_tui.ui.panes.providers import ProviderPicker
from codex_tui.ui.widgets.composer import Composer
from codex_tui.ui.widgets.status_bar import Status, StatusBar

if TYPE_CHECKING:
    from textual import events
    from textual.app import App, ComposeResult
    from textual.widget import Widget

    from codex_tui.protocol.approvals import ApprovalRequest
    from codex_tui.protocol.ids import RequestId

WIDE_COLUMNS = 100
TALL_ROWS = 30
COMPACT_COLUMNS, COMPACT_ROWS = 60, 15
SMALLEST_COLUMNS, SMALLEST_ROWS = 20, 6


class Frame(Screen[None]):
    """Chat, review, picker, composer and status bar."""

    AUTO_FOCUS = "#composer"

    def __init__(self) -> None:
        """Make the panes; the screen mounts them."""
        super().__init__()
        self.chat = ChatPane(id="chat")
        self.approval = ApprovalPane(id="approval")
        self.picker = ProviderPicker(id="picker")
        self.composer = Composer(id="composer")
        self._title = Static(id="title")
        self._waiting = Static(id="waiting")
        self._status = StatusBar(id="status")
        self._focused_before: Widget | None = None

    def compose(self) -> ComposeResult:
        """Put the panes in their places; everything that grows is virtual inside them."""
        with Container(id="frame"):
            yield self._title
            with Horizontal(id="panes"):
                yield self.chat
                yield self.approval
            yield self.picker
            with Vertical(id="prompt"):
                yield self._waiting
                yield self.composer
            yield self._status
        yield Static("codex-tui needs a larger window", id="too-small")

    @property
    def application(self) -> App[None]:
        """The running application."""
        return cast("App[None]", self.app)  # pyright: ignore[reportUnknownMemberType]

    def show_title(self, place: str) -> None:
        """Say where we are."""
        self._title.update(
            Content.assemble((" codex-tui ", "bold $muted"), (one_line(place, 400), "$faint"))
        )

    # -- what the bridge calls ----------------------------------------------------------------

    def review(self, request: ApprovalRequest) -> None:
        """Show a request; it takes the focus only when nothing is being written."""
        self.approval.show(request)
        self._lay_out()
        if not self.composer.draft and not self.picker.display:
            self.approval.focus()

    def settle_review(self, request_id: RequestId) -> None:
        """Remove a settled request and give the focus back."""
        self.approval.settle_request(request_id)
        self._lay_out()
        if not self.approval.active:
            self._focused_before = None
            if not self.picker.display:
                self.composer.focus()

    def set_busy(self, *, busy: bool) -> None:
        """A turn runs, or none."""
        self.chat.busy = busy
        self.composer.busy = busy

    def show_queue(self, waiting: tuple[str, ...]) -> None:
        """One line above the composer for what no model has read yet."""
        self.composer.has_queued = bool(waiting)
        self._waiting.display = bool(waiting)
        for last in waiting[-1:]:
            more = f"  (+{len(waiting) - 1} more)" if len(waiting) > 1 else ""
            text = f"  waiting: {one_line(last, 60)}{more} · Up takes it back"
            self._waiting.update(Content.styled(text, "$muted"))

    def show_status(self, status: Status) -> None:
        """Update the status bar."""
        self._status.update_status(status)

    # -- places -------------------------------------------------------------------------------

    def remember_focus(self) -> None:
        """Note who has the focus, before something takes it for a while."""
        if self.focused is not None:
            self._focused_before = self.focused

    def give_focus_back(self) -> None:
        """Focus what had it before, else the composer.

        Never a review that came meanwhile: its keys are letters, and what is typed next may be
        meant for the composer.
        """
        before, self._focused_before = self._focused_before, None
        (before if before is not None and before.focusable else self.composer).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the panes to the window."""
        width, height = event.size
        tiny = width < SMALLEST_COLUMNS or height < SMALLEST_ROWS
        if tiny:
            self.remember_focus()
        elif self.has_class("-tiny"):
            self.call_after_refresh(self.give_focus_back)
        self.set_class(tiny, "-tiny")
        self.set_class(width < COMPACT_COLUMNS or height < COMPACT_ROWS, "-compact")
        self.set_class(width >= WIDE_COLUMNS, "-wide")
        self.set_class(height >= TALL_ROWS, "-tall")

    def _lay_out(self) -> None:
        self.chat.asking = self.approval.active
        self.set_class(self.approval.active, "-reviewing")
