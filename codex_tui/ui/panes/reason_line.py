"""The line on which a reason for a refusal is written, inside the approval pane.

The pane keeps the focus and hands over one key after the other. With a focus of its own, keys that
were typed right behind the one that opens the line would still reach the pane.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.widgets import Input

from codex_tui.ui.widgets.editing_keys import editing_keys
from codex_tui.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events

WHY_NOT = "why not? the model is told · Enter rejects, Esc cancels"


class ReasonLine(LineInput, can_focus=False, inherit_bindings=False):
    """A line that is written on without having the focus; `display` says whether it is open."""

    DEFAULT_CSS = """
    ReasonLine {
        border: none; height: 1; padding: 0 1; background: $panel;
        &:focus { border: none; background-tint: transparent; }
    }
    """

    _EDITING: ClassVar[Mapping[str, str]] = editing_keys(
        Input.BINDINGS, without={"enter", "ctrl+c", "super+c"}
    )

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(placeholder=WHY_NOT, id=id)
        self.display = False

    def open(self, *, is_open: bool) -> None:
        """Show an empty line, or hide it with what was written."""
        self.value = ""
        self.display = is_open

    def show_cursor(self, *, shown: bool) -> None:
        """Draw the cursor while the pane has the focus: an input ties it to a focus of its own."""
        self.has_focus = shown

    async def take_key(self, event: events.Key) -> None:
        """Write or edit; a key that means neither is left to whoever listens above."""
        action = self._EDITING.get(event.key)
        if action is not None:
            await self.run_action(action)
        elif event.is_printable and event.character is not None:
            self.write(event.character)
        else:
            return
        event.stop()
        event.prevent_default()

    def write(self, text: str) -> None:
        """Put text in place of the selection."""
        self.replace(self.validate_value(text), *self.selection)
