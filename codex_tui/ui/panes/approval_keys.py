"""The keys of the approval pane, and which of them its hint line names when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from codex_tui.ui.widgets.key_hints import KeyHint, names_by_id

if TYPE_CHECKING:
    from textual.binding import BindingType
    from textual.widget import Widget

REVIEW_BINDINGS: list[BindingType] = [
    Binding("y", "review('accept')", "accept hunk", id="review.accept"),
    Binding("n", "review('reject')", "reject hunk", id="review.reject"),
    Binding("r", "review('reason')", "reject with a reason", id="review.reason"),
    Binding("a", "review('accept_file')", "accept file", id="review.accept_file"),
    Binding("x", "review('reject_file')", "reject file", id="review.reject_file"),
    Binding("A", "review('accept_all')", "accept all", id="review.accept_all"),
    Binding("X", "review('reject_all')", "reject all", id="review.reject_all"),
    Binding("]", "review('next_hunk')", "next hunk", id="review.next_hunk"),
    Binding("[", "review('previous_hunk')", "previous hunk", id="review.previous_hunk"),
    Binding("}", "review('next_file')", "next file", id="review.next_file"),
    Binding("{", "review('previous_file')", "previous file", id="review.previous_file"),
    Binding("u", "review('undo')", "undo decision", id="review.undo"),
    Binding("s", "review('split')", "side by side", id="review.split"),
    Binding(
        "s", "review('session')", "allow a command for the session", id="review.allow_for_session"
    ),
    Binding("w", "review('why')", "why am I asked?", id="review.why"),
    Binding("enter", "review('apply')", "apply the decisions", id="review.apply"),
    Binding("escape", "leave", "back to the composer", id="review.leave"),
    Binding("down,j", "scroll_body('line_down')", "scroll down", id="review.line_down"),
    Binding("up,k", "scroll_body('line_up')", "scroll up", id="review.line_up"),
    Binding("pagedown,space", "scroll_body('page_down')", "page down", id="review.page_down"),
    Binding("pageup", "scroll_body('page_up')", "page up", id="review.page_up"),
]
"""Ids are what a user's key map names; actions are the pane's."""

EDIT_HINTS = (
    KeyHint(("review.accept",), "accept", 0),
    KeyHint(("review.reject",), "reject", 1),
    KeyHint(("review.reason",), "reason", 3),
    KeyHint(("review.accept_file", "review.reject_file"), "file", 5),
    KeyHint(("review.accept_all", "review.reject_all"), "all", 4),
    KeyHint(("review.previous_hunk", "review.next_hunk"), "hunk", 7),
    KeyHint(("review.previous_file", "review.next_file"), "other file", 10),
    KeyHint(("review.undo",), "undo", 6),
    KeyHint(("review.why",), "why", 8),
    KeyHint(("review.split",), "split", 9),
    KeyHint(("review.apply",), "apply", 2),
    KeyHint(("review.leave",), "back", 11),
)
DECIDED_HINTS = tuple(
    hint
    for hint in EDIT_HINTS
    if {"review.undo", "review.previous_hunk", "review.why"} & {*hint.bindings}
)
ACCESS_HINTS = (
    KeyHint(("review.accept",), "allow once", 0),
    KeyHint(("review.reject",), "refuse", 1),
    KeyHint(("review.reason",), "refuse with a reason", 2),
    KeyHint(("review.why",), "why am I asked", 3),
    KeyHint(("review.leave",), "back", 4),
)
COMMAND_HINTS = (
    KeyHint(("review.accept",), "run once", 0),
    KeyHint(("review.reject",), "refuse", 1),
    KeyHint(("review.reason",), "refuse with a reason", 2),
    KeyHint(("review.allow_for_session",), "allow for the session", 3),
    KeyHint(("review.why",), "why", 4),
    KeyHint(("review.leave",), "back", 5),
)
BUDGET_HINTS = (
    KeyHint(("review.accept",), "go on", 0),
    KeyHint(("review.reject",), "stop", 1),
    KeyHint(("review.reason",), "another budget", 2),
    KeyHint(("review.allow_for_session",), "without a cap", 3),
    KeyHint(("review.leave",), "back", 4),
)
UNREAD_HINTS = (
    KeyHint(("review.page_down",), "goes on", 0),
    *(hint for hint in COMMAND_HINTS if hint.rank in {1, 2, 4, 5}),
)


def review_keys(pane: Widget) -> dict[str, str]:
    """Return the first key of each binding of the focused `pane`, its key map included."""
    active = pane.screen.active_bindings.values()
    own = names_by_id(each.binding for each in active if each.node is pane)
    return {binding: keys[0] for binding, keys in own.items()}
