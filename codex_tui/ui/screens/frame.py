"""The main screen's frame: which panes there are, where they stand, who has the focus.

It knows no session. The review stands beside the chat where the window is wide and over it where it
is narrow; in a very small window chat and composer remain, below that a line that says so. What a
start shows is mounted at once, the other panes behind the first paint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container, Horizontal, Vertical
from textual.widgets import Static
from typing_extensions import override

from codex_tui.protocol.display import one_line
from codex_tui.ui.footer_hints import (
    ELSEWHERE_HINTS,
    RETRY_KEYS,
    RETRY_KEYS_BEHIND_WORDS,
    REVIEW_HINTS,
    Writing,
    composer_hints,
)
from codex_tui.ui.key_table import key_scopes
from codex_tui.ui.panes.chat import ChatPane
from codex_tui.ui.screens.furnishing import FurnishedScreen
from codex_tui.ui.widgets.application import application_of
from codex_tui.ui.widgets.composer import Composer
from codex_tui.ui.widgets.key_footer import KeyFooter
from codex_tui.ui.widgets.key_hints import KeyHint, names_by_id
from codex_tui.ui.widgets.plan_line import PlanLine
from codex_tui.ui.widgets.prompt_lines import AttachedLine, WaitingLine
from codex_tui.ui.widgets.status_bar import Status, StatusBar
from codex_tui.ui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual import events
    from textual.app import App, ComposeResult
    from textual.geometry import Size
    from textual.widget import Widget

    from codex_tui.protocol.approvals import ApprovalRequest
    from codex_tui.protocol.ids import RequestId
    from codex_tui.protocol.plan import PlanStep
    from codex_tui.ui.widgets.typed_ahead import TypedAhead

WIDE_COLUMNS = 100
TALL_ROWS = 30
ATTACHED_COLUMNS = 80
COMPACT_COLUMNS, COMPACT_ROWS = 60, 15
SMALLEST_COLUMNS, SMALLEST_ROWS = 20, 6


class Frame(FurnishedScreen):
    """Chat, review, picker, composer and status bar."""

    AUTO_FOCUS = "#composer"

    def __init__(self) -> None:
        """Make the panes; the screen mounts them."""
        super().__init__()
        self.chat = ChatPane(id="chat")
        self.composer = Composer(id="composer")
        self._title = TitleLine(id="title")
        self.plan = PlanLine(id="plan")
        self._waiting = WaitingLine(id="waiting")
        self._attached = AttachedLine(id="attached")
        self._status = StatusBar(id="status")
        self._footer = KeyFooter(self._footer_line, id="footer")
        self._focused_before: Widget | None = None
        self._offered_to = ""

    def compose(self) -> ComposeResult:
        """Put what a start shows in its place; everything that grows is virtual inside it.

        They are styled once for the window they come into, and not again when they learn its size.
        """
        self.update_classes(_size_classes(self.application.size), update=False)
        with Container(id="frame"):
            yield self._title
            with Horizontal(id="panes"):
                yield self.chat
            with Vertical(id="prompt"):
                yield self.plan
                yield self._waiting
                yield self._attached
                yield self.composer
            yield self._status
            yield self._footer
        yield Static("codex-tui needs a larger window", id="too-small")

    @override
    async def mount_panes(self) -> None:
        await self.query_one("#panes").mount(self.approval, self.sessions)
        await self.query_one("#frame").mount(self.picker, self.palette, before="#prompt")
        self.watch(self.picker, "hints", self._name_keys, init=False)
        self.watch(self.approval, "names_keys", self._name_keys, init=False)

    @property
    def application(self) -> App[None]:
        """The running application."""
        return application_of(self)

    def show_title(self, place: str, name: str) -> None:
        """Say where we are, and what the session is called."""
        self._title.show(place, name)

    @property
    def reader(self) -> Widget:
        """Who reads keys: a screen that covers this one, else what has the focus."""
        top = self.application.screen
        return (self.focused or self.composer) if top is self else top

    # -- what the bridge calls ----------------------------------------------------------------

    def show_name(self, title: str) -> None:
        """Say what the session is called; empty for nothing."""
        self._title.show(self._title.place, title)

    def review(self, request: ApprovalRequest) -> None:
        """Show a request; it takes the focus only when nothing is being written."""
        self.approval.show(request)
        self._lay_out()
        if not self.composer.draft and not self._covered:
            self.approval.focus()

    def settle_review(self, request_id: RequestId) -> None:
        """Remove a settled request and give the focus back."""
        self.approval.settle_request(request_id)
        self._lay_out()
        if not self.approval.active:
            self._focused_before = None
            if not self._covered:
                self.composer.focus()

    def set_busy(self, *, busy: bool) -> None:
        """A turn runs, or none."""
        self.chat.busy = busy
        self.composer.busy = busy
        self._footer.refresh()
        if not busy:
            self.plan.end_turn()

    @property
    def offering(self) -> bool:
        """Another model could take over."""
        return bool(self._offered_to)

    def set_offering(self, to: str) -> None:
        """Say which model could take over; empty for none."""
        self._offered_to = to
        self._name_keys()

    def show_queue(self, waiting: tuple[str, ...]) -> None:
        """One line above the composer for what no model has read yet."""
        self.composer.has_queued = bool(waiting)
        self._waiting.show(waiting)

    def show_plan(self, steps: tuple[PlanStep, ...]) -> None:
        """Show the model's plan as it set it last."""
        self.plan.show_plan(steps)

    def show_attached(self, images: tuple[str, ...]) -> None:
        """One line above the composer for the pictures that go with the next message."""
        self.composer.has_attached = bool(images)
        roomy = self.application.size.width >= ATTACHED_COLUMNS
        self._attached.show(images, roomy=roomy)

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
        usable = before is not None and before.focusable
        self.set_focus(before if usable else self.composer)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the panes to the window."""
        if _size_classes(event.size)["-tiny"]:
            self.remember_focus()
        elif self.has_class("-tiny"):
            self.call_after_refresh(self.give_focus_back)
        self.update_classes(_size_classes(event.size))
        self._share_out_keys()

    def on_mount(self) -> None:
        """Name other keys while there are completions."""
        self.watch(self.composer, "completing", self._name_keys, init=False)
        self.watch(self.composer, "written", self._name_keys, init=False)
        self.watch(self.chat, "awaits_retry", self._name_keys, init=False)

    @override
    def hand_on_keys(self, typed: TypedAhead) -> None:
        typed.read_on(self.reader)

    def watch_focused(self) -> None:
        """Name other keys; a palette that was left by a click closes. What was typed while the
        program started, before anybody had the focus, is the composer's.
        """
        if self.focused is self.composer:
            self.read_early(self.composer)
        if self.furnished and self.focused not in {None, self.palette.line}:
            self.palette.close()
        self._name_keys()

    @property
    def _covered(self) -> bool:
        """Something open has the keys, and keeps them."""
        if not self.is_active:
            return True
        panes = (self.picker, self.palette, self.sessions) if self.furnished else ()
        return any(pane.display for pane in panes)

    # -- keys in the last line ----------------------------------------------------------------

    @property
    def footer_shown(self) -> bool:
        """Keys are named in the last line, where there is room for it."""
        return not self.has_class("-no-footer")

    def show_footer(self, *, shown: bool) -> None:
        """Name keys in the last line, or do without."""
        self.set_class(not shown, "-no-footer")
        self._share_out_keys()

    def _share_out_keys(self) -> None:
        """Let the composer name the keys of a running turn where there is no footer, as long as
        they are its own; those of a wait stand beside its seconds.
        """
        no_footer = self.has_class("-compact") or not self.footer_shown
        own = self.focused is self.composer and not self.chat.awaits_retry
        self.composer.names_keys = no_footer and own

    def _name_keys(self) -> None:
        self.chat.retry_keys = " · ".join(self._retry_keys())
        self._share_out_keys()
        self._footer.refresh()

    def _retry_keys(self) -> Iterator[str]:
        """Name the keys of a wait that count where the focus is."""
        if self.focused is self.composer and not self.composer.completing:
            yield RETRY_KEYS_BEHIND_WORDS if self.composer.written else RETRY_KEYS
        if self._offered_to:
            yield f"{self.key_of('app.fallback')} {one_line(self._offered_to, 60)}"

    def key_of(self, binding: str) -> str:
        """Return the name of the key that is bound to one of the screen's own ids."""
        return key_scopes(self.BINDINGS, self.application)[0].keys[binding][0]

    def _footer_line(self) -> tuple[Sequence[KeyHint], Mapping[str, str]]:
        bindings = [
            *self.bindings_of_panes(),
            *(
                each
                for scope in key_scopes(self.BINDINGS, self.application)
                for each in scope.bindings
            ),
        ]
        keys = {binding: names[0] for binding, names in names_by_id(bindings).items()}
        return self._footer_hints(), keys

    def _footer_hints(self) -> Sequence[KeyHint]:
        """Return what matters where the focus is."""
        if not self.furnished:
            return self._composer_hints()
        if self.focused is self.palette.line:
            return self.palette.hints
        if self.picker.display:
            return self.picker.hints
        if self.focused is self.approval and not self.approval.names_keys:
            return REVIEW_HINTS
        return self._composer_hints() if self.focused is self.composer else ELSEWHERE_HINTS

    def _composer_hints(self) -> Sequence[KeyHint]:
        return composer_hints(
            Writing(
                completing=self.composer.completing,
                written=self.composer.written,
                busy=self.composer.busy,
                awaits_retry=self.chat.awaits_retry,
                offering=self.offering,
                welcoming=self.chat.welcoming,
            )
        )

    def _lay_out(self) -> None:
        self.chat.asking = self.approval.active
        self.set_class(self.approval.active, "-reviewing")


def _size_classes(size: Size) -> dict[str, bool]:
    """Return which of the size's style classes hold in a window."""
    width, height = size
    return {
        "-tiny": width < SMALLEST_COLUMNS or height < SMALLEST_ROWS,
        "-compact": width < COMPACT_COLUMNS or height < COMPACT_ROWS,
        "-wide": width >= WIDE_COLUMNS,
        "-tall": height >= TALL_ROWS,
    }
