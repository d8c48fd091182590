"""A guide on the screen: its Markdown laid out as the answers in the chat are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from codex_tui.ui.screens.help import READING_KEYS, Page
from codex_tui.ui.widgets.blocks import MarkdownBlock
from codex_tui.ui.widgets.key_footer import fixed_footer
from codex_tui.ui.widgets.markdown_stream import MarkdownSplitter
from codex_tui.ui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from textual.app import ComposeResult

KEYS = (*READING_KEYS, ("Home", "top"), ("End", "bottom"))


class GuideScreen(Page):
    """One guide, from its beginning."""

    DEFAULT_CSS = """
    GuideScreen { align: center middle; background: $background; }
    GuideScreen > Vertical { width: 108; max-width: 100%; height: 100%; }
    GuideScreen Transcript { height: 1fr; }
    GuideScreen #guide-keys { padding: 0 2; margin-top: 1; }
    """

    def __init__(self, markdown: str) -> None:
        """Show a text of any length: only what is in view is laid out."""
        super().__init__()
        self._text = Transcript(following=False, id="guide")
        splitter = MarkdownSplitter()
        for piece in [*splitter.feed(markdown), *splitter.close()]:
            self._text.append(MarkdownBlock(piece=piece))

    def compose(self) -> ComposeResult:
        """The text, and what its keys are."""
        with Vertical():
            yield self._text
            yield fixed_footer(*KEYS, id="guide-keys")

    def on_mount(self) -> None:
        """Scroll by the keys at once."""
        self._text.focus()
