"""The picker's filter: one line of text, and keys that move the list instead of the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.message import Message
from textual.widgets import Input

from codex_tui.ui.widgets.editing_keys import editing_keys
from codex_tui.ui.widgets.line_input import LineInput
from codex_tui.ui.widgets.typed_ahead import TypedAhead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events

Command = Literal[
    "up", "down", "page_up", "page_down", "less", "more", "favour", "key", "choose", "close"
]

_MAX_LENGTH = 120


class FilterInput(LineInput, inherit_bindings=False):
    """Posts `Commanded` for the list's keys, in order with the `Changed` messages of what was
    typed before them. At a key after which somebody else may be the one to read, it reads nothing
    until `typed` goes on.
    """

    COMMANDS: ClassVar[Mapping[str, Command]] = {
        "up": "up",
        "down": "down",
        "shift+tab": "up",
        "tab": "down",
        "pageup": "page_up",
        "pagedown": "page_down",
        "left": "less",
        "right": "more",
        "ctrl+s": "favour",
        "ctrl+k": "key",
        "enter": "choose",
        "escape": "close",
        "ctrl+c": "close",
    }

    DECISIVE: ClassVar[frozenset[Command]] = frozenset({"key", "choose", "close"})

    DEFAULT_CSS = """
    FilterInput {
        height: 1;
        padding: 0;
        border: none;
        background: $surface;
        &:focus { border: none; }
        & > .input--placeholder { color: $faint; }
    }
    """

    _EDITING: ClassVar[Mapping[str, str]] = editing_keys(Input.BINDINGS, without=COMMANDS)

    @dataclass
    class Commanded(Message):
        """A key for the list."""

        command: Command

    def __init__(self) -> None:
        super().__init__(placeholder="type to filter models", max_length=_MAX_LENGTH)
        self.typed = TypedAhead()

    def _forward_event(self, event: events.Event) -> None:
        self.typed.note(event)
        super()._forward_event(event)

    def _on_paste(self, event: events.Paste) -> None:
        self.typed.may_read(event)  # the base class, whose turn is next, is kept from it or not

    async def _on_key(self, event: events.Key) -> None:
        if not self.typed.may_read(event):
            return
        command = self.COMMANDS.get(event.key)
        action = self._EDITING.get(event.key)
        if command is None and action is None:
            return
        event.stop()
        event.prevent_default()
        if command is not None:
            self.typed.on_hold = command in self.DECISIVE
            self.post_message(self.Commanded(command))
        elif action is not None:
            await self.run_action(action)
