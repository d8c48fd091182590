"""The screen on which a summary is edited. What becomes of the text is the caller's business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events, on
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea
from typing_extensions import override

from codex_tui.ui.widgets.application import application_of
from codex_tui.ui.widgets.draft_area import DraftArea
from codex_tui.ui.widgets.editing_keys import editing_keys
from codex_tui.ui.widgets.key_footer import fixed_footer
from codex_tui.ui.widgets.typed_ahead import TypedAhead, deliver

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

SAVE_KEY, LEAVE_KEY = "ctrl+s", "escape"
_EDITING: Mapping[str, str] = {
    **editing_keys(TextArea.BINDINGS, without=()),
    "enter": "break_line",
    "ctrl+j": "break_line",
}


class SummaryArea(DraftArea):
    """The text, in as many rows as there are. Behind a key that ends the editing nothing is read
    but by `typed.read_on`.
    """

    DEFAULT_CSS = """
    SummaryArea { height: 1fr; max-height: 100%; border: none; &:focus { border: none; } }
    """

    @dataclass
    class Left(Message):
        """The user is done; `saved` or not."""

        saved: bool

    def __init__(self, text: str) -> None:
        self.typed = TypedAhead()
        super().__init__(prompt="", placeholder="", id="summary")
        self.load_text(text)

    @override
    def _forward_event(self, event: events.Event) -> None:
        self.typed.note(event)
        super()._forward_event(event)

    @override
    async def _on_paste(self, event: events.Paste) -> None:
        self.typed.may_read(event)  # the base class, whose turn is next, is kept from it or not

    @override
    async def _on_key(self, event: events.Key) -> None:
        if not self.typed.may_read(event):
            return
        action = _EDITING.get(event.key)
        if event.key in {SAVE_KEY, LEAVE_KEY}:
            self.typed.on_hold = True
            self.post_message(self.Left(event.key == SAVE_KEY))
        elif action is None:
            return
        event.stop()
        event.prevent_default()
        if action is not None and not self.typed.on_hold:
            await self.run_action(action)

    def action_break_line(self) -> None:
        """Insert a line feed."""
        self._replace_via_keyboard("\n", *self.selection)


class SummaryScreen(ModalScreen[str | None]):
    """Gives back the text as it was saved, None when it was left."""

    DEFAULT_CSS = """
    SummaryScreen { align: center middle; background: $background; }
    SummaryScreen > Vertical { width: 104; max-width: 100%; height: 100%; padding: 0 1; }
    SummaryScreen #summary-title { height: 2; color: $muted; }
    SummaryScreen #summary-keys { padding: 0; }
    """

    def __init__(self, summary: str) -> None:
        super().__init__()
        self._area = SummaryArea(summary)

    @override
    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(
                "What the model reads in the place of the conversation so far", id="summary-title"
            )
            yield self._area
            yield fixed_footer(("Ctrl+S", "save"), ("Esc", "leave as it was"), id="summary-keys")

    def on_mount(self) -> None:
        """Write at once."""
        self._area.focus()

    @override
    def _forward_event(self, event: events.Event) -> None:
        """Read what was typed before there was a focus, too."""
        if isinstance(event, events.Key | events.Paste):
            deliver([event], self._area)
        else:
            super()._forward_event(event)

    @on(SummaryArea.Left)
    def _leave(self, message: SummaryArea.Left) -> None:
        """Give the text back; what was typed since is read by the screen below."""
        app = application_of(self)
        self.dismiss(self._area.draft if message.saved else None)
        self._area.typed.read_on(app.focused or app.screen)
