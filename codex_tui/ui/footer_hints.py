"""Which keys the last line of the main screen names, and when.

Keys are named by the ids of their bindings, so that a changed key changes everywhere. Panes that
take the keys for a while name their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.ui.widgets.key_hints import KeyHint

if TYPE_CHECKING:
    from collections.abc import Sequence

_PALETTE = KeyHint(("app.palette",), "palette", 2)
_DETAILS = KeyHint(("app.details",), "details", 4)
_HELP = KeyHint(("app.help",), "help", 1)
_STEER = KeyHint(("composer.send",), "steer", 0)
_QUEUE = KeyHint(("composer.tab",), "queue", 3)
_TRY_NOW = KeyHint(("composer.send",), "try now", 0)

WELCOME_HINTS = (
    KeyHint(("composer.break_line",), "new line", 2),
    _PALETTE,
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
    _STEER,
    _QUEUE,
    KeyHint(("composer.escape",), "interrupt", 0),
    _DETAILS,
    _PALETTE,
    _HELP,
)
RETRY_HINTS = (
    _TRY_NOW,
    KeyHint(("composer.escape",), "stop", 0),
    KeyHint(("app.models",), "other model", 1),
    _PALETTE,
    _HELP,
)
"""While a failed call waits for its next attempt."""
OFFER_HINTS = (
    KeyHint(("app.fallback",), "other model", 0),
    _TRY_NOW,
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
RETRY_KEYS, RETRY_KEYS_BEHIND_WORDS = "Enter now · Esc stops", "Enter steers · Esc stops"
"""The same beside the seconds that are counted down."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What goes on while the composer has the focus.

    `completing`: there are commands to choose from; `written`: there are words to send. A turn is
    `busy`, `awaits_retry` after a failed call, and with `offering` another model could take over.
    Before the first words the chat is `welcoming`.
    """

    completing: bool
    written: bool
    busy: bool
    awaits_retry: bool
    offering: bool
    welcoming: bool


def composer_hints(now: Writing) -> Sequence[KeyHint]:
    """Return what the keys do while the composer has the focus."""
    if now.completing:
        return COMPLETION_HINTS
    if not now.busy:
        return WELCOME_HINTS if now.welcoming else IDLE_HINTS
    if not now.awaits_retry:
        return DECISION_HINTS if now.offering else BUSY_HINTS
    hints = OFFER_HINTS if now.offering else RETRY_HINTS
    return _behind_words(hints) if now.written else hints


def _behind_words(hints: Sequence[KeyHint]) -> Sequence[KeyHint]:
    """Return the hints of a wait as they are while something is written: Enter sends that."""
    return (_STEER, _QUEUE, *(each for each in hints if each is not _TRY_NOW))
