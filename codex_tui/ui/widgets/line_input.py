"""One line of text that is clean: whatever enters, by key, paste or call, passes `clean_input`.

The framework's own input sends pasted control characters to the terminal as they are, and keeps of
a paste its first line only; here all lines become one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from codex_tui.ui.widgets.paste import clean_input

if TYPE_CHECKING:
    from textual import events


class LineInput(Input):
    """An input that stands still and shows nothing that steers a terminal."""

    def __init__(
        self,
        *,
        placeholder: str,
        max_length: int = 0,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        """Create an empty line; `max_length` counts characters, 0 is no limit."""
        super().__init__(
            placeholder=placeholder,
            max_length=max_length,
            select_on_focus=False,
            id=id,
        )
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Keep the text printable and on one line."""
        return _one_line(value)

    def _on_paste(self, event: events.Paste) -> None:
        # Unstopped, the event bubbles up to the app, which would dispatch it a second time.
        event.stop()
        event.prevent_default()
        self.replace(_one_line(event.text), *self.selection)


def _one_line(text: str) -> str:
    return " ".join(clean_input(text).splitlines()).replace("\t", " ")
