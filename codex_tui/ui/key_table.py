"""The keys of the main screen by where they count, as they are in force: help, command palette and
footer are made from this table and from that of the commands.

What the footer names when is written here, too; by ids, so that a changed key changes everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding

from codex_tui.ui.panes.approval_keys import REVIEW_BINDINGS
from codex_tui.ui.widgets.composer_keys import COMPOSER_BINDINGS
from codex_tui.ui.widgets.key_hints import KeyHint, in_force, names_by_id

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


_PALETTE = KeyHint(("app.palette",), "palette", 2)
_DETAILS = KeyHint(("app.details",), "details", 4)
_HELP = KeyHint(("app.help",), "help", 1)

WELCOME_HINTS = (
    KeyHint(("composer.break_line",), "new line", 2),
    KeyHint(("app.palette",), "everything by name", 0),
)
"""The welcome itself names the keys one needs first."""
IDLE_HINTS = (
    KeyHint(("composer.break_line",), "new line", 5),
    KeyHint(("app.models",), "models", 0),
    KeyHint(("app.mode",), "mode", 3),
    _DETAILS,
    _PALETTE,
    _HELP,
)
BUSY_HINTS = (
    KeyHint(("composer.send",), "steer", 0),
    KeyHint(("composer.tab",), "queue", 3),
    KeyHint(("composer.escape",), "interrupt", 0),
    _DETAILS,
    _PALETTE,
    _HELP,
)
RETRY_HINTS = (
    KeyHint(("composer.send",), "try now", 0),
    KeyHint(("composer.escape",), "stop", 0),
    KeyHint(("app.models",), "other model", 1),
    _PALETTE,
    _HELP,
)
"""While a failed call waits for its next attempt."""
OFFER_HINTS = (
    KeyHint(("app.fallback",), "other model", 0),
    KeyHint(("composer.send",), "try now", 0),
    KeyHint(("composer.escape",), "stop", 0),
    _PALETTE,
    _HELP,
)
"""The same while another model could take over at once."""
DECISION_HINTS = (
    KeyHint(("app.fallback",), "other model", 0),
    KeyHint(("app.models",), "models", 0),
    KeyHint(("composer.escape",), "stop", 0),
    _PALETTE,
    _HELP,
)
"""While nothing goes on before the user has said which model does."""
COMPLETION_HINTS = (
    KeyHint(("composer.up", "composer.down"), "choose", 2),
    KeyHint(("composer.tab",), "complete", 1),
    KeyHint(("composer.send",), "run", 0),
    KeyHint(("composer.escape",), "close", 3),
)
ELSEWHERE_HINTS = (_HELP,)
"""Where a line that is asked for names its own keys."""
REVIEW_HINTS = (
    KeyHint(("review.line_up", "review.line_down"), "scroll", 3),
    KeyHint(("review.page_up", "review.page_down"), "page", 4),
    KeyHint(("review.leave",), "composer", 0),
    _PALETTE,
    _HELP,
)
"""The pane names the keys that decide."""
