"""What the picker's keys are called, and which of them a line of hints names.

The keys themselves stand where they are read, in the filter and in the key field.
"""

from __future__ import annotations

from textual.binding import Binding

from codex_tui.ui.panes.providers.filter_input import FilterInput
from codex_tui.ui.panes.providers.key_field import KeyField
from codex_tui.ui.widgets.key_hints import KeyHint, names_by_id

PICKER_BINDINGS = (
    *(Binding(key, name, id=f"picker.{name}") for key, name in FilterInput.COMMANDS.items()),
    *(Binding(key, name, id=f"key.{name}") for key, name in KeyField.WISHES.items()),
)
"""Bindings in form only: both widgets act on their keys in the order they were typed."""

PICKER_KEYS = {name: keys[0] for name, keys in names_by_id(PICKER_BINDINGS).items()}

LIST_HINTS = (
    KeyHint(("picker.choose",), "use", 0),
    KeyHint(("picker.close",), "close", 1),
    KeyHint(("picker.less", "picker.more"), "effort", 2),
    KeyHint(("picker.favour",), "favourite", 4),
    KeyHint(("picker.key",), "key", 3),
)
FORM_HINTS = (
    KeyHint(("key.give",), "checks and keeps it", 0),
    KeyHint(("key.leave",), "back", 1),
)
