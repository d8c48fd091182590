"""The provider picker: drops from the status bar, chooses a model, takes a key that is missing.

It is not modal and knows no session: `open` and `refresh_entries` bring what is to be shown, the
user's wishes go up as messages, and what became of a key or a question comes down by a call. It
shows either the list or the form for a key; what is typed behind the key that switches between them
or closes the picker is read by whoever comes next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from codex_tui.protocol.display import display_safe, one_line
from codex_tui.protocol.models import Effort, ModelRef, ProviderStatus
from codex_tui.ui.panes.providers.entries import place_of, row_ref
from codex_tui.ui.panes.providers.key_form import KeyForm
from codex_tui.ui.panes.providers.listing import Listing
from codex_tui.ui.panes.providers.picker_keys import FORM_HINTS
from codex_tui.ui.widgets.activity_mark import ActivityMark
from codex_tui.ui.widgets.dropdown import Dropdown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.widget import Widget

    from codex_tui.ui.panes.providers.entries import PickerEntries
    from codex_tui.ui.widgets.key_hints import KeyHint

_MIN_HEIGHT = 14
_MAX_HEIGHT = 28
_EDGE_HEIGHT = 1
_MAX_LENGTH = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """What the form asks a key for: a provider, and the model to use as soon as it is there."""

    provider: ProviderStatus
    ref: ModelRef | None = None
    effort: Effort | None = None


class ProviderPicker(Dropdown):
    """The list of models, or the form that asks for a key.

    Choosing posts `Chosen` and then `Closed`; any other way out posts `Closed` alone. Whoever gives
    the focus away after `Closed` calls `hand_on_keys`.
    """

    DEFAULT_CSS = """
    ProviderPicker {
        KeyFooter { background: $surface; padding: 0; }
        &.-key > Listing { display: none; }
        &.-key > KeyForm { display: block; }
    }
    """

    hints: reactive[Sequence[KeyHint]] = reactive(())
    """What the keys do that it listens to."""

    @dataclass
    class Chosen(Message):
        """The user wants `ref`; `effort` is None where the model has none to choose from."""

        ref: ModelRef
        effort: Effort | None

    @dataclass
    class FavouriteToggled(Message):
        """Ctrl+S on `ref`: a favourite from now on, or no longer one."""

        ref: ModelRef

    @dataclass
    class KeyGiven(Message):
        """A key for `provider`, to be checked and kept; answered by `accept_key` or `refuse_key`.

        With `ref` the user wants that model as soon as the key is kept.
        """

        provider: str
        key: str = field(repr=False)
        ref: ModelRef | None
        effort: Effort | None

    @dataclass
    class KeyWithdrawn(Message):
        """The user does not wait until the key is checked; it is not to be kept."""

    @dataclass
    class Asked(Message):
        """The user wants to know what `provider` serves; answered by new entries and `say`."""

        provider: str

    @dataclass
    class Closed(Message):
        """The picker is gone from the screen."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = monotonic,
        id: str | None = None,  # noqa: A002 — Textual's own name
    ) -> None:
        """`clock` gives seconds; it moves the mark while something is waited for."""
        super().__init__(id=id)
        self._listing = Listing()
        self._form = KeyForm(clock)
        self._errand: _Errand | None = None
        self._asking = ""
        self._mark = ActivityMark(self, self._show_asking, clock)

    def compose(self) -> ComposeResult:
        """The list and the form, of which one is shown."""
        yield self._listing
        yield self._form

    def on_mount(self) -> None:
        """Name the keys of the row that is highlighted."""
        self.watch(self._listing, "hints", self._name_keys)

    def _name_keys(self) -> None:
        self.hints = self._listing.hints if self._errand is None else FORM_HINTS

    # What the screen calls

    def open(self, entries: PickerEntries) -> None:
        """Show the list of `entries` and take the focus."""
        self._listing.open(entries)
        self._show_list()
        self._listing.filter.typed.read_on(self._listing.filter)
        self.display = True

    def refresh_entries(self, entries: PickerEntries) -> None:
        """Take over new `entries`; the filter and the highlighted model stay."""
        self._listing.refresh_entries(entries)
        if self._errand is None:
            self._fit_height()

    def accept_key(self, said: str) -> None:
        """The key is kept: close, or go back to the list to choose one of the models there."""
        errand = self._errand
        if errand is None or errand.ref is not None:
            self._form.close()  # before the picker, which would take a check back that is over
            self.close()
        else:
            self._show_list()
            self._form.field.read_on(self._listing.filter)
            self.say(said)

    def refuse_key(self, message: str, hint: str | None) -> None:
        """The key was not kept, and why."""
        self._form.refuse(message, hint)

    def say(self, message: str, hint: str | None = None) -> None:
        """Show words below the list; a question that was asked is answered by them."""
        self._mark.stop()
        words = Content(display_safe(message[:_MAX_LENGTH]))
        remedy = Content.styled(display_safe((hint or "")[:_MAX_LENGTH]), "$muted")
        self._listing.say(Content("\n").join([words, remedy] if hint else [words]))

    def close(self) -> None:
        """Disappear and say so; nothing happens when it is closed already."""
        if self.display:
            self._mark.stop()
            if self._form.checking:
                self.post_message(self.KeyWithdrawn())
            self._form.close()
            self._listing.filter.typed.on_hold = True
            self.display = False
            self.post_message(self.Closed())

    def hand_on_keys(self, reader: Widget) -> None:
        """Let `reader`, which has the focus, read what was typed behind the last key here."""
        self._form.field.hand_on(reader)
        self._listing.filter.typed.read_on(reader)

    # The list

    def _show_list(self) -> None:
        self._errand = None
        self._name_keys()
        self._form.close()
        self.say("")
        self.remove_class("-key")
        self._fit_height()
        self.screen.set_focus(self._listing.filter)

    def _fit_height(self) -> None:
        height = self._listing.wanted_height + _EDGE_HEIGHT
        self.styles.height = min(_MAX_HEIGHT, max(_MIN_HEIGHT, height))

    @on(Listing.Wanted)
    def _on_wanted(self, event: Listing.Wanted) -> None:
        event.stop()
        provider, ref = event.row.provider, row_ref(event.row)
        if provider.lacks and not provider.takes_key:
            title = one_line(provider.title, _MAX_LENGTH)
            self.say(f"{title}: {provider.lacks}.", provider.key_hint)
            self._listing.filter.typed.read_on(self._listing.filter)
        elif provider.lacks:
            self._ask_for_key(_Errand(provider=provider, ref=ref, effort=event.effort))
        elif ref is None:
            self._ask(provider)
        else:
            self.post_message(self.Chosen(ref, event.effort))
            self.close()

    def _ask(self, provider: ProviderStatus) -> None:
        self._asking = one_line(place_of(provider), _MAX_LENGTH)
        self._mark.start()
        self.post_message(self.Asked(provider.name))
        self._listing.filter.typed.read_on(self._listing.filter)

    def _show_asking(self, sign: str) -> None:
        self._listing.say(Content.assemble((sign, "$accent"), f" asking {self._asking} …"))

    @on(Listing.FavouriteToggled)
    def _on_favourite_toggled(self, event: Listing.FavouriteToggled) -> None:
        event.stop()
        self.post_message(self.FavouriteToggled(event.ref))

    @on(Listing.Left)
    def _on_list_left(self, event: Listing.Left) -> None:
        event.stop()
        self.close()

    # The form

    @on(Listing.KeyWanted)
    def _on_key_wanted(self, event: Listing.KeyWanted) -> None:
        event.stop()
        provider = event.row.provider
        ref = None if provider.ready else row_ref(event.row)
        self._ask_for_key(_Errand(provider=provider, ref=ref))

    def _ask_for_key(self, errand: _Errand) -> None:
        self._errand = errand
        self._name_keys()
        self._mark.stop()
        self._form.open(errand.provider, errand.ref)
        self.styles.height = _MIN_HEIGHT
        self.add_class("-key")
        self.screen.set_focus(self._form.field)
        self._listing.filter.typed.read_on(self._form.field)

    @on(KeyForm.Given)
    def _on_key_given(self, event: KeyForm.Given) -> None:
        event.stop()
        errand = self._errand
        if errand is not None:
            name = errand.provider.name
            self.post_message(self.KeyGiven(name, event.key, errand.ref, errand.effort))

    @on(KeyForm.Withdrawn)
    def _on_key_withdrawn(self, event: KeyForm.Withdrawn) -> None:
        event.stop()
        self.post_message(self.KeyWithdrawn())

    @on(KeyForm.Left)
    def _on_form_left(self, event: KeyForm.Left) -> None:
        event.stop()
        self._show_list()
        self._form.field.read_on(self._listing.filter)
