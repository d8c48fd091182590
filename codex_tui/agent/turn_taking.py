"""What runs in a session: one thing at a time, and behind it the turns that were queued meanwhile.

It runs in the caller's task, and stopping it does not cancel the caller. What a turn is, is not
known here.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_tui.agent.input_queue import InputQueue
    from codex_tui.agent.journal import Journal
    from codex_tui.protocol.events import TurnOutcome
    from codex_tui.protocol.messages import UserMessage


class TurnTaking:
    """Takes turns; `turn` runs one on the user's words."""

    def __init__(
        self,
        turn: Callable[[UserMessage], Awaitable[TurnOutcome]],
        *,
        waiting: InputQueue,
        journal: Journal,
    ) -> None:
        self._turn = turn
        self._waiting = waiting
        self._journal = journal
        self._running: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Something runs."""
        return self._running is not None

    def refuse_while_busy(self) -> None:
        """Raise `ConfigError` while something runs."""
        if self.busy:
            raise ConfigError("A turn is running.", hint="Wait for its end, or stop it with Esc.")

    async def take(self, words: UserMessage) -> None:
        """Run a turn, then what was queued meanwhile."""
        await self.run(partial(self._turn, words))

    async def run(self, work: Callable[[], Awaitable[TurnOutcome]]) -> None:
        """Do `work`, then take the turns that were queued meanwhile, as long as all goes well."""
        outcome = await self._run(work)
        while outcome == "done" and (following := self._waiting.take_next()) is not None:
            outcome = await self._run(partial(self._turn, following))

    def interrupt(self) -> bool:
        """Stop what runs; what waits in the queue stays there. False when nothing runs."""
        if self._running is None:
            return False
        _stop(self._running)
        return True

    async def end(self) -> None:
        """Stop what runs, and wait until it is settled."""
        running = self._running
        if running is not None:
            _stop(running)
            await asyncio.wait({running})

    async def _run(self, work: Callable[[], Awaitable[TurnOutcome]]) -> TurnOutcome:
        """Do `work` so that it can be interrupted; what is said meanwhile steers it or waits."""
        outcome: TurnOutcome = "interrupted"

        async def run() -> None:
            nonlocal outcome
            outcome = await work()

        try:
            async with asyncio.TaskGroup() as group:
                self._running = group.create_task(run())
            await self._journal.settle()  # of an interrupted turn, too
        finally:
            self._running = None
            self._waiting.end_turn()
        return outcome


def _stop(running: asyncio.Task[None]) -> None:
    """Cancel a task once it has begun: one that never begins would lose the user's words."""
    running.get_loop().call_soon(running.cancel)
