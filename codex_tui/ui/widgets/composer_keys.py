"""The composer's keys. Ids are what help, palette and footer refer to; actions are the composer's.

They are bindings in form only: the composer runs them itself, in the order they were typed.
"""

from __future__ import annotations

from textual.binding import Binding
from textual.widgets import TextArea

from codex_tui.ui.widgets.editing_keys import editing_keys

COMPOSER_BINDINGS = (
    Binding("enter", "send", "send; while a turn runs: steer it", id="composer.send"),
    Binding("ctrl+j", "break_line", "new line", id="composer.break_line"),
    Binding("tab", "tab", "complete; while a turn runs: queue a turn", id="composer.tab"),
    Binding("up", "up", "earlier prompts; take back a queued one", id="composer.up"),
    Binding("down", "down", "later prompts", id="composer.down"),
    Binding(
        "escape", "escape", "close; back to the composer; interrupt the turn", id="composer.escape"
    ),
    Binding(
        "ctrl+c", "copy_clear_or_quit", "copy; clear the composer; twice: quit", id="composer.clear"
    ),
)
"""Those that are to be known."""

# Where the terminal tells these from Enter; "shift+\r" is Shift+Enter of xterm's modifyOtherKeys.
_ALSO = (
    Binding("shift+enter,alt+enter,ctrl+enter,shift+\r", "break_line"),
    Binding("super+c", "copy_clear_or_quit"),
)

# PgUp and PgDn are left to the chat.
_NOT_EDITING = frozenset({"up", "down", "pageup", "pagedown", "ctrl+c", "super+c"})

COMPOSER_ACTIONS = {
    **editing_keys(TextArea.BINDINGS, without=_NOT_EDITING),
    **editing_keys((*COMPOSER_BINDINGS, *_ALSO), without=()),
}
"""The action of every key the composer knows, those of plain editing among them."""
