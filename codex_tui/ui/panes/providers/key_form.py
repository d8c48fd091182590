"""Where a missing key is given: what is asked for, the masked field, how the check goes.

It stands in the picker in the place of the list. It checks and keeps nothing itself: a key goes up
in `Given`, why it was not taken comes down by `refuse`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from codex_tui.protocol.display import display_safe, one_line
from codex_tui.ui.panes.providers.key_field import KeyField
from codex_tui.ui.panes.providers.picker_keys import FORM_HINTS, PICKER_KEYS
from codex_tui.ui.widgets.activity_mark import ActivityMark
from codex_tui.ui.widgets.key_footer import KeyFooter

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from codex_tui.protocol.models import ModelRef, ProviderStatus

_MAX_NAME_LENGTH = 60
_MAX_LENGTH = 400


class KeyForm(Vertical):
    """Asks for one provider's key at a time."""

    DEFAULT_CSS = """
    KeyForm {
        display: none;
        height: 1fr;
        color: $muted;
        & > Static { height: auto; }
        & > KeyField { margin: 1 0; }
        & > #key-said { height: 1fr; }
        & > #key-way { border-top: solid $rule; color: $faint; }
        &.-brief > #key-way { display: none; }
    }
    """

    @dataclass
    class Given(Message):
        """The user gave a key; it is being checked until somebody says otherwise."""

        key: str = field(repr=False)

    @dataclass
    class Withdrawn(Message):
        """The user does not wait for the end of the check."""

    @dataclass
    class Left(Message):
        """The user is done with the form."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds; it moves the mark of a running check."""
        super().__init__(id="key-form")
        self.field = KeyField()
        self.checking = False
        self._title = ""
        self._key_page = ""
        self._ask = Static(id="key-ask", markup=False)
        self._said = Static(id="key-said", markup=False)
        self._way = Static(id="key-way", markup=False)
        self._keys = KeyFooter(lambda: (FORM_HINTS, PICKER_KEYS), id="key-help")
        self._mark = ActivityMark(self, self._show_checking, clock)

    def compose(self) -> ComposeResult:
        """The question, the field, what was said of the key, another way to supply it, the keys."""
        yield self._ask
        yield self.field
        yield self._said
        yield self._way
        yield self._keys

    def open(self, provider: ProviderStatus, ref: ModelRef | None) -> None:
        """Ask for the key of `provider`; `ref` is the model that is used as soon as it is there."""
        self._title = one_line(provider.title, _MAX_NAME_LENGTH)
        self._key_page = one_line(provider.key_page, _MAX_LENGTH)
        self.field.clear()
        then = f"  to use {one_line(ref.model, _MAX_NAME_LENGTH)}" if ref else ""
        fate = f"\nIt is checked with {self._title} and kept for the next start."
        self._ask.update(
            Content.assemble((f"Paste the key for {self._title}", "bold $foreground"), then, fate)
        )
        self._way.update(Content(display_safe(provider.key_hint or "")))
        self._rest(self._where_keys_are())
        self.set_class(not provider.key_hint, "-brief")

    def refuse(self, message: str, hint: str | None) -> None:
        """Say why the key was not taken; the field is empty for another one."""
        words = Content.styled(f"✗ {display_safe(message[:_MAX_LENGTH])}", "$error")
        remedy = Content.styled(display_safe((hint or "")[:_MAX_LENGTH]), "$foreground")
        self._rest(Content("\n").join([words, remedy]))
        self.field.clear()
        self.field.read_afresh()

    def close(self) -> None:
        """Forget what stands in the field, and what runs."""
        self.field.clear()
        self._rest(Content(""))

    @on(KeyField.Wished)
    def _on_wished(self, event: KeyField.Wished) -> None:
        event.stop()
        if event.wish == "give":
            self._give()
        elif self.checking:
            self._rest(Content("The check was stopped."))
            self.field.read_afresh()
            self.post_message(self.Withdrawn())
        else:
            self.post_message(self.Left())

    def _give(self) -> None:
        if not self.field.secret:
            self.field.read_on()
            return
        self.checking = True
        self.add_class("-brief")
        self._mark.start()
        self.post_message(self.Given(self.field.secret))

    def _rest(self, said: Content) -> None:
        """Show what is to be said of the key; another way to supply one makes room for it."""
        self.checking = False
        self._mark.stop()
        self.add_class("-brief")
        self._said.update(said)

    def _where_keys_are(self) -> Content:
        if not self._key_page:
            return Content("")
        return Content.assemble("Get one at ", (self._key_page, "$foreground"))

    def _show_checking(self, sign: str) -> None:
        self._said.update(
            Content.assemble(
                (sign, "$accent"),
                (f" Checking with {self._title} …", "$foreground"),
                ("\n  Esc stops it", "$muted"),
            )
        )
