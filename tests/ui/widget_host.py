"""An app around a widget of ours, with our look, that remembers the messages it got."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from settle import settle
from textual._xterm_parser import XTermParser
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from codex_tui.ui.theme import DARK
from codex_tui.ui.widgets.status_bar import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message
    from textual.pilot import Pilot
    from textual.widget import Widget

STATUS = Status(
    model="anthropic/claude-opus-4-5",
    effort="effort high",
    mode="auto-edit",
    context="ctx 23 %",
    cost="$0.41",
    sandbox="no sandbox",
    cache="cache 81 %",
    activity="2 queued",
)


class WidgetHost(App[None]):
    """Stands `widgets` at the bottom of a screen; `heard` are the messages of the kinds `hears`,
    `keys` the keys nobody below wanted, `copied` what went to the clipboard.
    """

    CSS = "#room { height: 1fr; color: $faint; }"

    def __init__(
        self,
        *widgets: Widget,
        hears: tuple[type[Message], ...] = (),
        prepare: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = "codex-dark"
        self.heard: list[Message] = []
        self.keys: list[str] = []
        self.copied: list[str] = []
        self._widgets = widgets
        self._hears = hears
        self._prepare = prepare

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("the chat", id="room")
            yield from self._widgets

    def on_mount(self) -> None:
        self._widgets[0].focus()
        if self._prepare is not None:
            self._prepare()

    async def _on_message(self, message: Message) -> None:
        if isinstance(message, self._hears):
            self.heard.append(message)
        await super()._on_message(message)

    def on_key(self, event: Any) -> None:
        self.keys.append(event.key)

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)
        super().copy_to_clipboard(text)


async def deliver(pilot: Pilot[None], data: str) -> None:
    """Let the terminal deliver `data` in one read."""
    driver = pilot.app._driver
    assert driver is not None
    for event in XTermParser().feed(data):
        driver.process_message(event)
    await settle(pilot)


async def paste(pilot: Pilot[None], text: str) -> None:
    await deliver(pilot, f"\x1b[200~{text}\x1b[201~")


def screen_lines(app: App[None]) -> list[str]:
    """Return the text on the screen, line by line."""
    return [
        "".join(segment.text for segment in strip).rstrip()
        for strip in app.screen._compositor.render_strips()
    ]
