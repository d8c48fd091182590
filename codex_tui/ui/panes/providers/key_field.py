"""One line that takes a secret: what was pasted or typed stands there as dots.

It owns the secret until it is cleared. No message, representation or undo history holds
it, and there is no cursor to move: a key is pasted, not edited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from typing_extensions import override

from codex_tui.protocol.figures import plural
from codex_tui.ui.symbols import UNICODE
from codex_tui.ui.widgets.application import application_of
from codex_tui.ui.widgets.paste import clean_input
from codex_tui.ui.widgets.typed_ahead import Typed, TypedAhead, deliver

if TYPE_CHECKING:
    from collections.abc import Mapping


Wish = Literal["give", "leave"]

_MOST_DOTS = 32
_SHORTEST_KEY = 16


class KeyField(Widget, can_focus=True, inherit_bindings=False):
    """Posts `Wished` for Enter and Escape, and reads nothing from then on until `read_on`; only an
    Escape behind an Enter does not wait.
    """

    WISHES: ClassVar[Mapping[str, Wish]] = {"enter": "give", "escape": "leave", "ctrl+c": "leave"}
    ERASING: ClassVar[frozenset[str]] = frozenset({"ctrl+u", "ctrl+w", "ctrl+k"})
    IGNORED: ClassVar[frozenset[str]] = frozenset({"tab", "shift+tab"})

    DEFAULT_CSS = """
    KeyField {
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $foreground;
    }
    """

    @dataclass
    class Wished(Message):
        """The user is done with the field."""

        wish: Wish

    def __init__(self) -> None:
        super().__init__(id="key-field")
        self._secret = ""
        self._given = False
        self._was_given = False
        self._typed = TypedAhead()
        self._words: list[Typed] = []

    @property
    def secret(self) -> str:
        """What was pasted or typed."""
        return self._secret

    def clear(self) -> None:
        """Forget the secret."""
        self._secret, self._was_given = "", False
        self.refresh()

    def read_on(self, reader: Widget | None = None) -> None:
        """Let the field or another `reader` read what was typed behind Enter or Escape."""
        self._typed.read_on(reader or self)
        self.refresh()

    def read_afresh(self) -> None:
        """Read again after a key that was not taken. What was typed behind it was meant for the
        conversation: its words are kept for `hand_on`, its keys are not acted on.
        """
        self._words += self._typed.take(_is_text)
        self.read_on()

    def hand_on(self, reader: Widget) -> None:
        """Let `reader` read all that was typed behind keys; never what looks like a key itself."""
        words = [*self._words, *self._typed.take()]
        self._words.clear()
        self._typed.on_hold = False
        deliver([each for each in words if not _is_key_like(each)], reader)

    @override
    def render(self) -> Content:
        """Dots, as many as there are characters and room for, and how many those are."""
        count = len(self._secret)
        mark = ("▌", "$accent") if self.has_focus and not self._typed.on_hold else " "
        if not count:
            return Content.assemble(mark, ("the key", "$faint"))
        length = f"  {plural(count, 'character')}"
        room = max(1, self.size.width - len(length) - 1)
        dots = UNICODE.bullet * min(count, room, _MOST_DOTS)
        return Content.assemble(dots, mark, (length, "$faint"))

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Show whether the field takes keys."""
        super().watch_has_focus(_has_focus)
        self.refresh()

    def _forward_event(self, event: events.Event) -> None:
        self._typed.note(event)
        super()._forward_event(event)

    async def _on_key(self, event: events.Key) -> None:
        wish = self.WISHES.get(event.key)
        out_of_turn = self._typed.on_hold and self._given and wish == "leave"
        if not self._typed.may_read(event, out_of_turn=out_of_turn):
            return
        if wish is not None:
            self._typed.on_hold = True
            self._given = wish == "give"
            self._was_given |= self._given
            self.post_message(self.Wished(wish))
        elif not self._edit(event):
            return
        event.stop()
        event.prevent_default()
        self.refresh()

    def _edit(self, event: events.Key) -> bool:
        """Change the secret by a key; False for a key that is none of the field's."""
        if event.key == "backspace" or event.key in self.ERASING:
            self._was_given = False
        if event.key == "backspace":
            self._secret = self._secret[:-1]
        elif event.key in self.ERASING:
            self._secret = ""
        elif event.key == "ctrl+v":
            self._insert(application_of(self).clipboard)
        elif event.is_printable and event.character is not None:
            self._insert(event.character)
        else:
            return event.key in self.IGNORED
        return True

    def _on_paste(self, event: events.Paste) -> None:
        if self._typed.may_read(event):
            # Unstopped, the event bubbles up to the app, which would dispatch it a second time.
            event.stop()
            event.prevent_default()
            self._insert(event.text)
            self.refresh()

    def _insert(self, text: str) -> None:
        """Add to what is being entered; what was given before is replaced, not made longer."""
        if self._was_given:
            self._secret, self._was_given = "", False
        self._secret += " ".join(clean_input(text).split())


def _is_text(event: Typed) -> bool:
    return isinstance(event, events.Paste) or event.is_printable


def _is_key_like(event: Typed) -> bool:
    """Say whether a paste is one long word: a key pasted once more belongs in no conversation."""
    if isinstance(event, events.Key):
        return False
    text = event.text.strip()
    return len(text) >= _SHORTEST_KEY and not any(each.isspace() for each in text)
