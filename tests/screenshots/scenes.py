"""How to bring the running program to the moments worth a picture."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from codex_tui.protocol.ids import SessionId
from codex_tui.ui.panes.providers.entries import row_ref
from tests.screenshots.work import CONFIG, EARLIER, PICTURE_PROMPT, PROMPT, REASON
from tests.support.pictures import png
from tests.ui.support import Desk, says

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


async def plan_and_picture(desk: Desk, pilot: Pilot[None]) -> None:
    """Show a picture in the conversation, and the model's plan unfolded."""
    desk.gate.word_s = WORD_S
    (desk.root / "docs").mkdir()
    (desk.root / "docs" / "label.png").write_bytes(png(640, 360))
    await desk.ask(pilot, PICTURE_PROMPT)
    await pilot.press("ctrl+t")
    await desk.settle(pilot)


async def picker_key(desk: Desk, pilot: Pilot[None]) -> None:
    """Show where a key is pasted, for a vendor found by its name."""
    await pilot.press("ctrl+l", *"openrouter", "enter")
    await desk.settle(pilot)


async def sessions(desk: Desk, pilot: Pilot[None]) -> None:
    """Show the sessions kept from earlier times."""
    for words, minutes in EARLIER:
        before = Desk(desk.home, [says("Done.")], root=desk.root, config=CONFIG)
        async with before.running() as earlier:
            await before.ask(earlier, words)
            file = before.assembly.kept.path(before.session.place.session)
        changed_s = time.time() - 60 * minutes
        os.utime(file, (changed_s, changed_s))
    await desk.send(pilot, "/resume")
    await desk.settle(pilot, lambda: not desk.screen.sessions._loading)
    await desk.settle(pilot)


async def palette(desk: Desk, pilot: Pilot[None]) -> None:
    """Show what can be done by name."""
    await pilot.press("ctrl+p")
    await desk.settle(pilot)


async def tell_status(desk: Desk, pilot: Pilot[None]) -> None:
    """Show `/status` with an id, a home and a version that are the same each time."""
    session = desk.session
    session._conversation.place = type(session.place)(session=SessionId("20260102-030405-abcdef01"))
    desk.assembly.kept.path(session.place.session).touch()
    facts = desk.assembly.describe
    home = str(desk.root.parents[1])

    def describe(of: Any) -> Any:
        told = [(label, words.replace(home, "/home/ada")) for label, words in facts(of)]
        return [(label, "codex-tui 1.0" if label == "version" else words) for label, words in told]

    desk.assembly.describe = describe
    await desk.send(pilot, "/status")
    await desk.settle(pilot)


async def status(desk: Desk, pilot: Pilot[None]) -> None:
    """Show `/status` below a piece of work."""
    await chat(desk, pilot)
    await tell_status(desk, pilot)
