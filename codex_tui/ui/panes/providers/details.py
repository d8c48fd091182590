"""The words below the list: what the highlighted row is, and what is missing to use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from codex_tui.protocol.display import display_safe, one_line
from codex_tui.ui.panes.providers.columns import describe_model
from codex_tui.ui.panes.providers.entries import Heading, ModelRow, ProviderRow, Row, TypedRow

if TYPE_CHECKING:
    from codex_tui.protocol.models import Effort, ProviderStatus

_MAX_LENGTH = 200


def explain_first_run() -> Content:
    """Return the welcome for somebody without a key."""
    return Content.assemble(
        ("Welcome. Choose the model to work with.", "bold $foreground"),
        "\nA provider marked “no key” needs one, as an environment variable or in the key file: "
        "the lines below the list name both. The demonstration needs neither key nor network.",
    )


def describe_row(
    row: Row | None, *, effort: Effort | None, favourite: bool, insisting: bool
) -> list[Content]:
    """Return three lines or more about `row`; `insisting` when the user tried to use it in vain."""
    if row is None or isinstance(row, Heading):
        return [Content(""), Content(""), Content("")]
    title = _title(row, favourite=favourite)
    if not row.provider.ready:
        return [title, *_missing_key(row.provider, insisting=insisting)]
    if isinstance(row, ProviderRow):
        address = one_line(row.provider.base_url, _MAX_LENGTH)
        remedy = (
            f"Type {one_line(row.provider.name, 40)}/ and a model's name to use it all the same."
        )
        return [title, Content.styled(f"{address} lists no models.", "$muted"), Content(remedy)]
    if isinstance(row, TypedRow):
        known = "Not in the list: its window, price and abilities are unknown."
        return [title, Content.styled(known, "$muted"), Content("")]
    return [title, Content.styled(describe_model(row.info), "$muted"), _effort_line(row, effort)]


def _title(row: ModelRow | TypedRow | ProviderRow, *, favourite: bool) -> Content:
    if isinstance(row, ProviderRow):
        return Content.styled(one_line(row.provider.title, _MAX_LENGTH), "bold")
    ref = row.info.ref if isinstance(row, ModelRow) else row.ref
    name = row.info.name if isinstance(row, ModelRow) else ""
    states = [
        state
        for state, holds in (
            ("in use", isinstance(row, ModelRow) and row.current),
            ("favourite", favourite),
        )
        if holds
    ]
    full = one_line(str(ref), _MAX_LENGTH)
    return Content.assemble(
        (one_line(name, _MAX_LENGTH) or full, "bold"),
        (f"  {full}" if name else "", "$muted"),
        ("".join(f" · {state}" for state in states), "$muted"),
    )


def _missing_key(provider: ProviderStatus, *, insisting: bool) -> list[Content]:
    hint = display_safe(provider.key_hint or "The provider is not ready.")
    lead = "Cannot be used yet: no key. " if insisting else "No key. "
    text = Content.styled(lead + hint, "bold $warning" if insisting else "$warning")
    return [text] if len(text.plain) > 80 or "\n" in text.plain else [text, Content("")]


def _effort_line(row: ModelRow, effort: Effort | None) -> Content:
    if effort is None:
        return Content.styled("no reasoning effort to choose", "$faint")
    choices = [
        (f"‹{choice}›" if choice == effort else f" {choice} ", _choice_style(choice, effort))
        for choice in row.info.efforts
    ]
    return Content.assemble(("effort ", "$muted"), *choices)


def _choice_style(choice: Effort, effort: Effort) -> str:
    return "bold $accent" if choice == effort else "$faint"
