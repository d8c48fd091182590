"""The main screen's frame: which panes there are, where they stand, who has the focus.

It knows no session. The review stands beside the chat where the window is wide and over it where it
is narrow; in a very small window chat and composer remain, below that a line that says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.binding import Binding
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static
from typing_extensions import override

from codex_tui.protocol.display import one_line
from codex_tui.ui.key_table import (
    BUSY_HINTS,
    COMPLETION_HINTS,
    DECISION_HINTS,
    ELSEWHERE_HINTS,
    IDLE_HINTS,
    OFFER_HINTS,
    RETRY_HINTS,
    REVIEW_HINTS,
    WELCOME_HINTS,
    key_scopes,
)
from codex_tui.ui.panes.approval import ApprovalPane
from codex_tui.ui.panes.chat import ChatPane
from codex_tui.ui.panes.providers import ProviderPicker
from codex_tui.ui.panes.providers.picker_keys import PICKER_BINDINGS
from codex_tui.ui.panes.sessions import SessionsPane
from codex_tui.ui.screens.command_palette import (
    PALETTE_BINDINGS,
    PALETTE_HINTS,
    CommandPalette,
)
from codex_tui.ui.symbols import UNICODE
from codex_tui.ui.widgets.cell_fit import fit_start
from codex_tui.ui.widgets.composer import Composer
from codex_tui.ui.widgets.key_footer import KeyFooter
from codex_tui.ui.widgets.key_hints import KeyHint, names_by_id
from codex_tui.ui.widgets.plan_line import PlanLine
from codex_tui.ui.widgets.status_bar import Status, StatusBar
from codex_tui.ui.widgets.typed_ahead import Typed, TypedAhead, deliver

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import App, ComposeResult
    from textual.geometry import Size
    from textual.widget import Widget

    from codex_tui.protocol.approvals import ApprovalRequest
    from codex_tui.protocol.ids import RequestId
    from codex_tui.protocol.plan import PlanStep

WIDE_COLUMNS = 100
TALL_ROWS = 30
ATTACHED_COLUMNS = 80
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
        self.sessions = SessionsPane(id="sessions")
        self.palette = CommandPalette(self._hand_on_keys, id="palette")
        self._title = Static(id="title")
        self._place = ""
        self.plan = PlanLine(id="plan")
        self._waiting = Static(id="waiting")
        self._attached_line = Static(id="attached")
        self._status = StatusBar(id="status")
        self._footer = KeyFooter(self._footer_line, id="footer")
        self._focused_before: Widget | None = None
        self._typed_early: list[Typed] = []
        self.offering = False

    def compose(self) -> ComposeResult:
        """Put the panes in their places; everything that grows is virtual inside them.

        They are styled once for the window they come into, and not again when they learn its size.
        """
        self.update_classes(_size_classes(self.application.size), update=False)
        with Container(id="frame"):
            yield self._title
            with Horizontal(id="panes"):
                yield self.chat
                yield self.approval
                yield self.sessions
            yield self.picker
            yield self.palette
            with Vertical(id="prompt"):
                yield self.plan
                yield self._waiting
                yield self._attached_line
                yield self.composer
            yield self._status
            yield self._footer
        yield Static("codex-tui needs a larger window", id="too-small")

    @property
    def application(self) -> App[None]:
        """The running application."""
        return cast("App[None]", self.app)  # pyright: ignore[reportUnknownMemberType]

    def show_title(self, place: str, name: str = "") -> None:
        """Say where we are, and what the session is called."""
        self._place = place
        named = f"{one_line(name, 40)}  " if name else ""
        self._title.update(
            Content.assemble(
                (" codex-tui ", "bold $muted"),
                (named, "$foreground"),
                (one_line(place, 400), "$faint"),
            )
        )

    @property
    def reader(self) -> Widget:
        """Who reads keys: a screen that covers this one, else what has the focus."""
        top = self.application.screen
        return (self.focused or self.composer) if top is self else top

    # -- what the bridge calls ----------------------------------------------------------------

    def show_name(self, title: str) -> None:
        """Say what the session is called; empty for nothing."""
        self.show_title(self._place, title)

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

    def set_offering(self, *, offering: bool) -> None:
        """Another model could take over, or none."""
        self.offering = offering
        self._footer.refresh()

    def show_queue(self, waiting: tuple[str, ...]) -> None:
        """One line above the composer for what no model has read yet."""
        self.composer.has_queued = bool(waiting)
        self._waiting.display = bool(waiting)
        for last in waiting[-1:]:
            more = f"  (+{len(waiting) - 1} more)" if len(waiting) > 1 else ""
            text = f"  waiting: {one_line(last, 60)}{more} · Up takes it back"
            self._waiting.update(Content.styled(text, "$muted"))

    def show_plan(self, steps: tuple[PlanStep, ...]) -> None:
        """Show the model's plan as it set it last."""
        self.plan.show_plan(steps)

    def show_attached(self, images: tuple[str, ...]) -> None:
        """One line above the composer for the pictures that go with the next message."""
        self.composer.has_attached = bool(images)
        self._attached_line.display = bool(images)
        for last in images[-1:]:
            more = f" and {len(images) - 1} more" if len(images) > 1 else ""
            roomy = self.application.size.width >= ATTACHED_COLUMNS
            fate = " · with the next message" if roomy else ""
            name = fit_start(one_line(last, 400), 22 - len(more))  # fits such a row
            text = f"  {UNICODE.image} image {name}{more}{fate} · Backspace removes it"
            self._attached_line.update(Content.styled(text, "$muted"))

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
        self.watch(self.chat, "awaits_retry", self._name_keys, init=False)

    def _hand_on_keys(self, typed: TypedAhead) -> None:
        typed.read_on(self.reader)

    @override
    def _forward_event(self, event: events.Event) -> None:
        nobody_reads = self.focused is None and not self.has_class("-tiny")
        if nobody_reads and isinstance(event, events.Key | events.Paste):
            self._typed_early.append(event)
        else:
            super()._forward_event(event)

    def watch_focused(self) -> None:
        """Name other keys; a palette that was left by a click closes. What was typed while the
        program started, before anybody had the focus, is the composer's.
        """
        if self.focused is self.composer:
            typed, self._typed_early = self._typed_early, []
            deliver(typed, self.composer)
        if self.focused is not None and self.focused is not self.palette.line:
            self.palette.close()
        self._name_keys()
        self._share_out_keys()

    @property
    def _covered(self) -> bool:
        """Something open has the keys, and keeps them."""
        panes = (self.picker, self.palette, self.sessions)
        return not self.is_active or any(pane.display for pane in panes)

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
        they are its own.
        """
        no_footer = self.has_class("-compact") or not self.footer_shown
        self.composer.names_keys = no_footer and self.focused is self.composer

    def _name_keys(self) -> None:
        self._footer.refresh()

    def _footer_line(self) -> tuple[Sequence[KeyHint], Mapping[str, str]]:
        bindings = [
            *Binding.make_bindings((*PALETTE_BINDINGS, *PICKER_BINDINGS)),
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
        if self.focused is self.palette.line:
            return PALETTE_HINTS
        if self.picker.display:
            return self.picker.hints
        if self.focused is self.approval:
            return REVIEW_HINTS
        return self._composer_hints() if self.focused is self.composer else ELSEWHERE_HINTS

    def _composer_hints(self) -> Sequence[KeyHint]:
        if self.composer.completing:
            return COMPLETION_HINTS
        if self.composer.busy:
            return self._busy_hints()
        return WELCOME_HINTS if self.chat.welcoming else IDLE_HINTS

    def _busy_hints(self) -> Sequence[KeyHint]:
        if self.chat.awaits_retry:
            return OFFER_HINTS if self.offering else RETRY_HINTS
        return DECISION_HINTS if self.offering else BUSY_HINTS

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
