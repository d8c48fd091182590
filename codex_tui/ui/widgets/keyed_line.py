"""One line of text above a list: some keys command the list, the others write and edit.

Keys act in the order they were typed, and one that lets somebody else read on can hold back those
behind it (`typed`). What the commands are is the subclass's.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from textual.widgets import Input

from codex_tui.ui.widgets.editing_keys import editing_keys
from codex_tui.ui.widgets.line_input import LineInput
from codex_tui.ui.widgets.typed_ahead import TypedAhead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events


class KeyedLine(LineInput, inherit_bindings=False):
    """A line without a frame that offers each key to `obey` before it edits with it."""

    DEFAULT_CSS = """
    KeyedLine {
        height: 1; padding: 0; border: none; background: $surface;
        &:focus { border: none; }
        & > .input--placeholder { color: $faint; }
    }
    """

    _EDITING: ClassVar[Mapping[str, str]] = editing_keys(Input.BINDINGS, without=())

    def __init__(self, *, placeholder: str, max_length: int) -> None:
        super().__init__(placeholder=placeholder, max_length=max_length)
        self.typed = TypedAhead()

    @abstractmethod
    async def obey(self, event: events.Key) -> bool:
        """Do what the key commands, before the next one is read; False for one that commands
        nothing.
        """
        raise NotImplementedError

    def _forward_event(self, event: events.Event) -> None:
        self.typed.note(event)
        super()._forward_event(event)

    def _on_paste(self, event: events.Paste) -> None:
        self.typed.may_read(event)  # the base class, whose turn is next, is kept from it or not

    async def _on_key(self, event: events.Key) -> None:
        if not self.typed.may_read(event):
            return
        if not await self.obey(event):
            action = self._EDITING.get(event.key)
            if action is None:
                return
            await self.run_action(action)
        event.stop()
        event.prevent_default()
