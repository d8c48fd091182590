"""The keys of a Textual editor widget, read from its bindings.

Textual runs bindings from the app's queue but inserts characters from the widget's own, so in a
burst a bound key overtakes the letters typed before it. Our editors therefore look a key up here
and run its action in their own `_on_key`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from textual.binding import BindingType


def editing_keys(bindings: Iterable[BindingType], *, without: Collection[str]) -> dict[str, str]:
    """Return each key of `bindings` that is not in `without`, with the action it runs."""
    keys: dict[str, str] = {}
    for binding in bindings:
        names, action = binding[:2] if isinstance(binding, tuple) else (binding.key, binding.action)
        keys |= {key: action for key in names.split(",") if key not in without}
    return keys
