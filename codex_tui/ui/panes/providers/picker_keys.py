"""What the picker's keys are called, and which of them a line of hints names.

The keys themselves stand where they are read, in the filter and in the key field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from codex_tui.ui.panes.providers.entries import Heading, ProviderRow
from codex_tui.ui.panes.providers.filter_input import FilterInput
from codex_tui.ui.panes.providers.key_field import KeyField
from codex_tui.ui.widgets.key_hints import KeyHint, names_by_id

if TYPE_CHECKING:
    from codex_tui.protocol.models import Effort
    from codex_tui.ui.panes.providers.entries import OpenRow, Row

PICKER_BINDINGS = (
    *(Binding(key, name, id=f"picker.{name}") for key, name in FilterInput.COMMANDS.items()),
    *(Binding(key, name, id=f"key.{name}") for key, name in KeyField.WISHES.items()),
)
"""Bindings in form only: both widgets act on their keys in the order they were typed."""

PICKER_KEYS = {name: keys[0] for name, keys in names_by_id(PICKER_BINDINGS).items()}

_CLOSE = KeyHint(("picker.close",), "close", 1)
_EFFORT = KeyHint(("picker.less", "picker.more"), "effort", 2)
_FAVOURITE = KeyHint(("picker.favour",), "favourite", 4)
_KEY = KeyHint(("picker.key",), "other key", 3)
FORM_HINTS = (
    KeyHint(("key.give",), "checks and keeps it", 0),
    KeyHint(("key.leave",), "back", 1),
)


def list_hints(row: Row | None, effort: Effort | None) -> tuple[KeyHint, ...]:
    """Return what the keys do that do something with the highlighted `row`."""
    if row is None or isinstance(row, Heading):
        return (_CLOSE,)
    provider = row.provider
    possible = {
        KeyHint(("picker.choose",), _choosing(row), 0): True,
        _CLOSE: True,
        _EFFORT: provider.ready and effort is not None,
        _FAVOURITE: not isinstance(row, ProviderRow),
        _KEY: provider.ready and provider.takes_key,
    }
    return tuple(hint for hint, holds in possible.items() if holds)


def _choosing(row: OpenRow) -> str:
    """Return what Enter does with a row."""
    if not row.provider.ready:
        return "paste a key" if row.provider.takes_key else "say how"
    return "ask it" if isinstance(row, ProviderRow) else "use"
