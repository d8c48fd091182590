"""The words below the list: what the highlighted row is, and what is missing to use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from codex_tui.agent.spending.switch_cost import switch_words
from codex_tui.protocol.display import one_line
from codex_tui.ui.panes.providers.columns import describe_model
from codex_tui.ui.panes.providers.entries import (
    DEMONSTRATION,
    Heading,
    ModelRow,
    ProviderRow,
    Row,
    TypedRow,
    no_losses,
    place_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.protocol.models import Effort, ModelInfo

_MAX_LENGTH = 200


def explain_first_run() -> Content:
    """Return the welcome for somebody without a key."""
    return Content.assemble(
        ("Welcome. Choose the model to work with.", "bold $foreground"),
        "\nWhere it says “no key”, Enter lets you paste one. Other vendors and local servers are "
        "found by typing their name. The demonstration needs neither key nor network.",
    )


def describe_row(
    row: Row | None,
    *,
    effort: Effort | None,
    favourite: bool,
    to_read: int = 0,
    losses: Callable[[ModelInfo], str] = no_losses,
) -> list[Content]:
    """Return three lines about `row`; a switch to it makes it read about `to_read` tokens, and has
    `losses`, which stand in the place of facts that the list shows, too.
    """
    if row is None or isinstance(row, Heading):
        return [Content(""), Content(""), Content("")]
    title = _title(row, favourite=favourite, to_read=to_read)
    if not row.provider.ready:
        facts = describe_model(row.info) if isinstance(row, ModelRow) else ""
        words = "No key yet. Enter lets you paste it."
        if not row.provider.takes_key:
            facts = (_long_note(row) if isinstance(row, ModelRow) else "") or facts
            words = f"{row.provider.lacks.capitalize()}. Enter shows how to change that."
        missing = Content.styled(words, "$warning")
        return [title, Content.styled(facts, "$muted"), missing]
    if isinstance(row, ProviderRow):
        known = f"No models of {one_line(place_of(row.provider), _MAX_LENGTH)} are known yet."
        remedy = (
            f"Enter asks it. Or type {one_line(row.provider.name, 40)}/ and a model's full name."
        )
        return [title, Content.styled(known, "$muted"), Content(remedy)]
    if isinstance(row, TypedRow):
        known = "Not in the list: its window, price and abilities are unknown."
        return [title, Content.styled(known, "$muted"), Content("")]
    if row.info.note == DEMONSTRATION:
        plays = "a script plays the model; the tools and the edits are real"
        return [title, Content.styled(plays, "$muted"), Content("")]
    lost = losses(row.info) if _switches(row) else ""
    facts = Content.styled(describe_model(row.info), "$muted")
    return [title, Content.styled(lost, "$warning") if lost else facts, _effort_line(row, effort)]


def _title(row: ModelRow | TypedRow | ProviderRow, *, favourite: bool, to_read: int) -> Content:
    if isinstance(row, ProviderRow):
        return Content.styled(one_line(row.provider.title, _MAX_LENGTH), "bold")
    ref = row.info.ref if isinstance(row, ModelRow) else row.ref
    name = row.info.name if isinstance(row, ModelRow) else ""
    states = [
        state
        for state, holds in (
            ("in use", isinstance(row, ModelRow) and row.current),
            ("favourite", favourite),
            (_reading(row, to_read), _switches(row) and to_read),
        )
        if holds
    ]
    full = one_line(str(ref), _MAX_LENGTH)
    return Content.assemble(
        (one_line(name, _MAX_LENGTH) or full, "bold"),
        (f"  {full}" if name else "", "$muted"),
        ("".join(f" · {state}" for state in states), "$muted"),
    )


def _switches(row: ModelRow | TypedRow) -> bool:
    return isinstance(row, ModelRow) and row.provider.ready and not row.current


def _reading(row: ModelRow | TypedRow, to_read: int) -> str:
    """Say what a switch to the model costs at first."""
    return f"reads {switch_words(row.info, to_read)}" if isinstance(row, ModelRow) else ""


def _effort_line(row: ModelRow, effort: Effort | None) -> Content:
    if effort is None:
        return Content.styled(_long_note(row) or "no reasoning effort to choose", "$faint")
    choices = [
        (f"‹{choice}›" if choice == effort else f" {choice} ", _choice_style(choice, effort))
        for choice in row.info.efforts
    ]
    return Content.assemble(("effort ", "$muted"), *choices)


def _long_note(row: ModelRow) -> str:
    """Return a note of which the list shows only what stands before the colon."""
    return one_line(row.info.note, _MAX_LENGTH) if ":" in row.info.note else ""


def _choice_style(choice: Effort, effort: Effort) -> str:
    return "bold $accent" if choice == effort else "$faint"
