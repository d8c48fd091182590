"""From the bus to the panes: the user interface's only subscriber.

Events are taken in batches, at most thirty times a second; deltas that pile up meanwhile have
merged in the queue, so a fast stream costs frames, not tokens. Which pane hears of an event is the
presenter's business.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from codex_tui.protocol.events import (
    AgentEvent,
    ApprovalResolved,
    BranchSelected,
    SessionStarted,
)
from codex_tui.ui.presenter import Presenter
from codex_tui.ui.status import StatusTally

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from codex_tui.bus import Subscription
    from codex_tui.protocol.ids import SessionId
    from codex_tui.ui.stage import Stage

FRAME_S = 1 / 30


class Bridge:
    """Applies events to the panes until the subscription ends."""

    def __init__(
        self,
        events: Subscription,
        stage: Stage,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._events = events
        self._stage = stage
        self._presenter = Presenter(stage)
        self._sleep = sleep
        self.tally = StatusTally()
        self._session: SessionId | None = None
        self._showing = False

    @property
    def idle(self) -> bool:
        """Nothing waits to be shown."""
        return len(self._events) == 0 and not self._showing

    async def run(self) -> None:
        """Serve until cancelled or the subscription is closed."""
        await self._events.deliver(self._show_frame)

    async def _show_frame(self, events: list[AgentEvent]) -> None:
        self._showing = True
        for batch in _split_at_starts(events):
            self.apply(batch)
            if isinstance(batch[-1], SessionStarted | BranchSelected):
                await self._stage.catch_up()
        self._showing = False
        await self._sleep(FRAME_S)

    def apply(self, events: list[AgentEvent]) -> None:
        """Show a batch of events."""
        changed = False
        for event in events:
            if self._is_of_the_past(event):
                continue
            changed |= self.tally.take(event)
            self._presenter.show(event)
        if changed:
            self._stage.show_status(self.tally.status())

    def _is_of_the_past(self, event: AgentEvent) -> bool:
        """Say whether a session reports that was left and only settles; its requests still do."""
        if self._session is None or isinstance(event, SessionStarted):
            self._session = event.place.session
        left = event.place.session != self._session
        return left and not isinstance(event, ApprovalResolved)


def _split_at_starts(events: list[AgentEvent]) -> Iterator[list[AgentEvent]]:
    """Cut behind each start of a session or branch: what follows waits until its past is shown."""
    batch: list[AgentEvent] = []
    for event in events:
        batch.append(event)
        if isinstance(event, SessionStarted | BranchSelected):
            yield batch
            batch = []
    if batch:
        yield batch
