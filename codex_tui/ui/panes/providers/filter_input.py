"""The picker's filter: one line of text, and keys that move the list instead of the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.message import Message
from typing_extensions import override

from codex_tui.ui.widgets.keyed_line import KeyedLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events

Command = Literal[
    "up", "down", "page_up", "page_down", "less", "more", "favour", "key", "choose", "close"
]

_MAX_LENGTH = 120


class FilterInput(KeyedLine):
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

    @dataclass
    class Commanded(Message):
        """A key for the list."""

        command: Command

    def __init__(self) -> None:
        super().__init__(placeholder="type to filter models", max_length=_MAX_LENGTH)

    @override
    async def obey(self, event: events.Key) -> bool:
        command = self.COMMANDS.get(event.key)
        if command is None:
            return False
        self.typed.on_hold = command in self.DECISIVE
        self.post_message(self.Commanded(command))
        return True
