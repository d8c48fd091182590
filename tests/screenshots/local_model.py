"""The picture of the small local model at work: the real model, where it is installed.

Nothing is scripted here. The model draws its answer, so that the picture is taken of one that holds
what was asked for, and of nothing else.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from codex_tui.providers.local.host import find_runtime
from codex_tui.providers.local.models import MODELS
from codex_tui.providers.local.weights import WeightsStore
from tests.ui.settle import settle
from tests.ui.support import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from codex_tui.providers.scripted import Script

SMALL = MODELS[-1]
CONFIG = f'model = "local/{SMALL.name}"\n'
NEW_NAME = "EXTRA_CENTS"
PROMPT = f"Rename SURCHARGES to {NEW_NAME} in @parcels/rates.py"
ATTEMPTS = 3
ANSWER_LIMIT_S = 300.0


class LocalDesk(Desk):
    """The program with the providers it really has, on the clock of this machine."""

    def __init__(self, home: Path, *, root: Path) -> None:
        super().__init__(home, root=root, config=CONFIG)
        self.assembly.clock = time.monotonic

    def _put_scripts_in_place(self, script: Script) -> None:
        """Leave the real ones where they are."""


def is_installed(home: Path) -> bool:
    """Say whether the runtime and the small weights are there."""
    return find_runtime() is not None and bool(WeightsStore(home, models=[SMALL]).names())


async def local(desk: Desk, pilot: Pilot[None]) -> None:
    """Show the change that the model proposes, one of its two hunks accepted."""
    for _ in range(ATTEMPTS):
        await desk.send(pilot, PROMPT)
        deadline_s = time.monotonic() + ANSWER_LIMIT_S
        while not desk.screen.approval.active and desk.session.busy:
            if time.monotonic() > deadline_s:
                raise TimeoutError("the local model did not answer in time")
            await pilot.pause(0.1)
        await desk.at_rest(pilot)
        if "2 hunks" in desk.text and desk.text.count(NEW_NAME) == 3:
            break
        await pilot.press("escape")
        await desk.settle(pilot, lambda: not desk.session.busy)
    await desk.review(pilot)
    await pilot.press("y")
    await desk.at_rest(pilot)
    await settle(pilot)
