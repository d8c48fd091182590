"""How keys are named for people, and a line that names as many of them as there is room for.

Keys are looked up by the ids of bindings, in tables as they are in force: what is on the screen is
what the program listens to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.binding import Binding, BindingsMap
from textual.content import Content
from textual.keys import format_key

from codex_tui.ui.widgets.cell_fit import fit_end

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textual.app import App
    from textual.binding import BindingType

_GAP = "  "
_NAMES = {"pageup": "PgUp", "pagedown": "PgDn", "escape": "Esc", "enter": "Enter"}
_ARROWS = frozenset({"up", "down", "left", "right"})
"""By name: where the terminal has no arrows, they have no stand-in that says which way."""


class KeyHint(NamedTuple):
    """What some keys do. Where room is short, hints with a higher `rank` go first."""

    bindings: tuple[str, ...]
    label: str
    rank: int


def key_name(key: str) -> str:
    """Return a key as people write it: `Ctrl+L`, `PgUp`, `]`."""
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    name = _NAMES.get(last) or (last if last in _ARROWS else format_key(last))
    if len(name) > 1 or modifiers:
        name = name[0].upper() + name[1:]
    return "+".join([*(each.title() for each in modifiers), name])


def in_force(bindings: Iterable[BindingType], app: App[None]) -> tuple[Binding, ...]:
    """Return one binding a key, with the keys that the application's key map gives them."""
    table = BindingsMap(bindings)
    # The framework applies its key map for the focused chain only, and has no getter for it.
    table.apply_keymap(app._keymap)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return tuple(binding for _, binding in table)


def names_by_id(bindings: Iterable[Binding]) -> dict[str, tuple[str, ...]]:
    """Return the names of the keys of each binding id, in the order of the bindings."""
    names: dict[str, tuple[str, ...]] = {}
    for each in bindings:
        if each.id:
            names[each.id] = (*names.get(each.id, ()), key_name(each.key))
    return names


def key_hints(
    hints: Sequence[KeyHint],
    keys: Mapping[str, str],
    cells: int,
    lead: str = "",
    *,
    lead_style: str = "$accent",
    key_style: str = "bold",
    label_style: str = "$muted",
) -> Content:
    """Return as many hints as fit into `cells`, the important ones, after the words of `lead`.

    Args:
        hints: What there is to say, in the order of showing; one without a key is left out.
        keys: The key bound to each binding id, as it is shown.
        cells: The room.
        lead: Words that come first, whatever else has to go.
        lead_style: How they look.
        key_style: How keys look.
        label_style: How the words behind them look.
    """
    texts = {
        hint: "/".join(keys[each] for each in hint.bindings)
        for hint in hints
        if all(each in keys for each in hint.bindings)
    }
    room = cells - cell_len(lead) + (0 if lead else len(_GAP))
    chosen: set[KeyHint] = set()
    for hint in sorted(texts, key=lambda each: each.rank):
        room -= len(_GAP) + cell_len(texts[hint]) + 1 + cell_len(hint.label)
        if room < 0:
            break
        chosen.add(hint)
    pieces = [
        Content.assemble((texts[hint], key_style), (f" {hint.label}", label_style))
        for hint in hints
        if hint in chosen
    ]
    words = [Content.styled(fit_end(lead, cells), lead_style)] if lead else []
    return Content(_GAP).join([*words, *pieces])
