"""The line above the sessions: a filter, a new title, or a question; its keys command the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from typing_extensions import override

from codex_tui.ui.widgets.keyed_line import KeyedLine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual import events

ListCommand = Literal[
    "up", "down", "page_up", "page_down", "toggle", "rename", "delete", "choose", "close"
]
Command = ListCommand | Literal["keep_title", "drop_title", "yes", "no"]
Mode = Literal["filter", "title", "question"]

_MAX_LENGTH = 200


class SessionsLine(KeyedLine):
    """Calls a function for each key that is not text.

    It is called and not told by a message because a key may change what those behind it in a burst
    mean: after Ctrl+E they are a title, after Ctrl+D an answer. Where others are to read on,
    `typed` is put on hold meanwhile.
    """

    FILTER_KEYS: ClassVar[Mapping[str, Command]] = {
        "up": "up",
        "down": "down",
        "pageup": "page_up",
        "pagedown": "page_down",
        "tab": "toggle",
        "ctrl+e": "rename",
        "ctrl+d": "delete",
        "enter": "choose",
        "escape": "close",
        "ctrl+c": "close",
    }
    TITLE_KEYS: ClassVar[Mapping[str, Command]] = {
        "enter": "keep_title",
        "escape": "drop_title",
        "ctrl+c": "drop_title",
    }

    DEFAULT_CSS = "SessionsLine { background: $background; }"

    def __init__(self, obey: Callable[[Command], None]) -> None:
        super().__init__(placeholder="type to filter sessions", max_length=_MAX_LENGTH)
        self._obey = obey
        self._mode: Mode = "filter"
        self._filter = ""

    @property
    def filter(self) -> str:
        """What is filtered by, whatever else stands here at the moment."""
        return self.value if self._mode == "filter" else self._filter

    @property
    def mode(self) -> Mode:
        """What the keys mean."""
        return self._mode

    def write_title(self, title: str) -> None:
        """Let the user write a title, beginning with the one there is."""
        self._put("title", title)

    def ask(self) -> None:
        """Wait for a y; any other key means no."""
        self._put("question", "")

    def filter_by(self, text: str) -> None:
        """Be a filter, with `text` in it."""
        self._put("filter", text)

    def _put(self, mode: Mode, value: str) -> None:
        self._filter, self._mode = self.filter, mode
        self.value = value
        self.cursor_position = len(value)

    @override
    async def obey(self, event: events.Key) -> bool:
        if self._mode == "question":
            self._obey("yes" if event.character in {"y", "Y"} else "no")
            return True
        keys = self.FILTER_KEYS if self._mode == "filter" else self.TITLE_KEYS
        command = keys.get(event.key)
        if command is not None:
            self._obey(command)
        return command is not None
