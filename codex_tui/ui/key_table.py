"""The keys of the main screen by where they count, as they are in force: help, command palette and
footer are made from this table and from that of the commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding

from codex_tui.ui.panes.approval_keys import REVIEW_BINDINGS
from codex_tui.ui.widgets.composer_keys import COMPOSER_BINDINGS
from codex_tui.ui.widgets.key_hints import in_force, names_by_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import App
    from textual.binding import BindingType

ANYWHERE, COMPOSER, REVIEW = "Anywhere", "Composer", "Review"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyScope:
    """Where some bindings count. There is one binding a key."""

    title: str
    bindings: tuple[Binding, ...]

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """The names of the keys of each binding id."""
        return names_by_id(self.bindings)

    def described(self) -> Iterator[Binding]:
        """Yield the bindings that are meant to be known, each once however many keys it has."""
        seen: set[str] = set()
        for each in self.bindings:
            if each.id and each.description and each.id not in seen:
                seen.add(each.id)
                yield each


def key_scopes(anywhere: Sequence[BindingType], app: App[None]) -> tuple[KeyScope, ...]:
    """Return the scopes of a screen with the bindings `anywhere` of its own."""
    return (
        KeyScope(title=ANYWHERE, bindings=in_force(anywhere, app)),
        KeyScope(title=COMPOSER, bindings=tuple(Binding.make_bindings(COMPOSER_BINDINGS))),
        KeyScope(title=REVIEW, bindings=in_force(REVIEW_BINDINGS, app)),
    )
