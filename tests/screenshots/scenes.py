"""How to bring the running program to the moments worth a picture."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from codex_tui.ui.panes.providers.entries import row_ref
from tests.screenshots.work import PROMPT, REASON
from tests.ui.support import Desk

if TYPE_CHECKING:
    from textual.pilot import Pilot

Scene = Callable[[Desk, "Pilot[None]"], Awaitable[None]]

WORD_S = 0.04
"""What a word of the script takes, so that times in the pictures look like those of a model."""
KEYS = {"OPENAI_API_KEY": "a-picture-needs-no-key", "ANTHROPIC_API_KEY": "a-picture-needs-no-key"}


async def welcome(desk: Desk, pilot: Pilot[None]) -> None:
    """Show an empty conversation."""
    await desk.settle(pilot)


async def picker(desk: Desk, pilot: Pilot[None]) -> None:
    """Show the models there are, the first of Anthropic's highlighted."""
    await pilot.press("ctrl+l")
    await desk.settle(pilot)
    models = [row for row in desk.screen.picker._listing.list.rows if row_ref(row) is not None]
    current = models.index(desk.screen.picker._listing.list.highlighted)
    wanted = next(n for n, row in enumerate(models) if row.provider.name == "anthropic")
    await pilot.press(*["up"] * (current - wanted))
    await desk.settle(pilot)


async def _review(desk: Desk, pilot: Pilot[None], *keys: str) -> None:
    desk.gate.word_s = WORD_S
    await desk.ask(pilot, PROMPT)
    await desk.review(pilot)
    await pilot.press(*keys)
    await desk.at_rest(pilot)


async def approval(desk: Desk, pilot: Pilot[None]) -> None:
    """Show three hunks: one open, one rejected with a reason, one accepted."""
    await _review(desk, pilot, "]", "r", *REASON, "enter", "y")


async def small_approval(desk: Desk, pilot: Pilot[None]) -> None:
    """Show the same with the shortest hunk left open, so that all of it fits."""
    await _review(desk, pilot, "y", "r", *REASON, "enter")


async def chat(desk: Desk, pilot: Pilot[None]) -> None:
    """Show the conversation when the work is done."""
    await approval(desk, pilot)
    await pilot.press("y", "enter")
    await desk.settle(pilot, lambda: len(desk.requests) == 3)
    await desk.review(pilot)
    await pilot.press("A", "enter")
    await desk.settle(pilot, lambda: not desk.session.busy)
