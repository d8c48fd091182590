"""The keys of the approval pane, and the line that names as many of them as there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.keys import format_key

from codex_tui.ui.widgets.cell_fit import fit_end

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.widget import Widget

REVIEW_BINDINGS: list[BindingType] = [
    Binding("y", "review('accept')", "Accept hunk", id="review.accept"),
    Binding("n", "review('reject')", "Reject hunk", id="review.reject"),
    Binding("r", "review('reason')", "Reject with a reason", id="review.reason"),
    Binding("a", "review('accept_file')", "Accept file", id="review.accept_file"),
    Binding("x", "review('reject_file')", "Reject file", id="review.reject_file"),
    Binding("A", "review('accept_all')", "Accept all", id="review.accept_all"),
    Binding("X", "review('reject_all')", "Reject all", id="review.reject_all"),
    Binding("]", "review('next_hunk')", "Next hunk", id="review.next_hunk"),
    Binding("[", "review('previous_hunk')", "Previous hunk", id="review.previous_hunk"),
    Binding("}", "review('next_file')", "Next file", id="review.next_file"),
    Binding("{", "review('previous_file')", "Previous file", id="review.previous_file"),
    Binding("u", "review('undo')", "Undo decision", id="review.undo"),
    Binding("s", "review('split')", "Side by side", id="review.split"),
    Binding(
        "s", "review('session')", "Allow a command for the session", id="review.allow_for_session"
    ),
    Binding("w", "review('why')", "Why am I asked?", id="review.why"),
    Binding("enter", "review('apply')", "Apply", key_display="Enter", id="review.apply"),
    Binding("escape", "leave", "Back", key_display="Esc", id="review.leave"),
    Binding("down,j", "scroll_body('line_down')", "Scroll down", id="review.line_down"),
    Binding("up,k", "scroll_body('line_up')", "Scroll up", id="review.line_up"),
    Binding(
        "pagedown,space",
        "scroll_body('page_down')",
        "Page down",
        key_display="PgDn / Space",
        id="review.page_down",
    ),
    Binding("pageup", "scroll_body('page_up')", "Page up", id="review.page_up"),
]
"""Ids are what a user's key map names; actions are the pane's."""

_GAP = "  "


class KeyHint(NamedTuple):
    """What some keys do. Where room is short, hints with a higher `rank` go first."""

    bindings: tuple[str, ...]
    label: str
    rank: int


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
UNREAD_HINTS = (
    KeyHint(("review.page_down",), "goes on", 0),
    *(hint for hint in COMMAND_HINTS if hint.rank in {1, 2, 4, 5}),
)


def key_hints(
    hints: Sequence[KeyHint],
    keys: Mapping[str, str],
    cells: int,
    lead: str = "",
    *,
    lead_style: str = "$accent",
) -> Content:
    """Return as many hints as fit into `cells`, the important ones, after the words of `lead`.

    Args:
        hints: What there is to say, in the order of showing; one without a key is left out.
        keys: The key bound to each binding id, as it is shown.
        cells: The room.
        lead: Words that come first, whatever else has to go.
        lead_style: How they look.
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
        Content.assemble((texts[hint], "bold"), (f" {hint.label}", "$muted"))
        for hint in hints
        if hint in chosen
    ]
    words = [Content.styled(fit_end(lead, cells), lead_style)] if lead else []
    return Content(_GAP).join([*words, *pieces])


def keys_in_force(node: Widget) -> dict[str, str]:
    """Return how the keys of the focused `node` are written, by binding id, key map included."""
    active = node.screen.active_bindings.values()
    return {
        each.binding.id: each.binding.key_display or format_key(each.binding.key)
        for each in reversed(active)
        if each.node is node and each.binding.id
    }
