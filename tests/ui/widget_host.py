"""An app around one widget of ours, with our look, that remembers the messages it got."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual._xterm_parser import XTermParser
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from codex_tui.ui.theme import DARK

if TYPE_CHECKING:
    from textual.message import Message
    from textual.pilot import Pilot
    from textual.widget import Widget


class WidgetHost(App[None]):
    """Stands `widgets` at the bottom of a screen; `heard` are the messages that are not events."""

    CSS = "#room { height: 1fr; color: $faint; }"
    TEXTUAL_ANIMATIONS = "none"

    def __init__(self, *widgets: Widget, hears: tuple[type[Message], ...] = ()) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = "codex-dark"
        self.heard: list[Message] = []
        self._widgets = widgets
        self._hears = hears

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("the chat", id="room")
            yield from self._widgets

    async def on_event(self, event: object) -> None:
        await super().on_event(event)  # type: ignore[arg-type]

    async def _on_message(self, message: Message) -> None:
        if isinstance(message, self._hears):
            self.heard.append(message)
        await super()._on_message(message)


async def type_bytes(pilot: Pilot[None], data: str) -> None:
    """Let the terminal deliver `data` in one read."""
    driver = pilot.app._driver
    assert driver is not None
    for event in XTermParser().feed(data):
        driver.process_message(event)
    await pilot.pause()


def screen_lines(app: App[None]) -> list[str]:
    """Return the text on the screen, line by line."""
    return [
        "".join(segment.text for segment in strip).rstrip()
        for strip in app.screen._compositor.render_strips()
    ]
