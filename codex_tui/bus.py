"""The message bus: how the engine's facts reach whoever listens.

Delivery. `publish` is synchronous, never blocks and never drops. Each subscriber has its own
ordered queue. Adjacent deltas of the same part merge while they wait, so a slow subscriber's queue
is bounded by facts, not by tokens. A subscriber's exception is logged and ends that subscription
only. A subscription sees what is published after it began. Durability is not the bus's job.

All calls belong to one event loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, Self

from codex_tui.protocol.events import AgentEvent, Delta, same_part

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from typing_extensions import TypeIs

log = logging.getLogger(__name__)


def _is_delta(event: AgentEvent | None) -> TypeIs[Delta]:
    return isinstance(event, Delta)


class EventSink(Protocol):
    """Where the engine reports."""

    def publish(self, event: AgentEvent) -> None:
        """Report one fact; returns at once."""
        ...


class Subscription:
    """One subscriber's ordered queue; a context manager that unsubscribes, an async iterator over
    events.
    """

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._queue: deque[AgentEvent] = deque()
        self._tail: list[str] = []  # texts to be merged into the delta at the queue's end
        self._wake = asyncio.Event()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._queue)

    def close(self) -> None:
        """End the subscription; what is queued is discarded and waiting readers return."""
        self._closed = True
        self._queue.clear()
        self._tail.clear()
        self._bus.forget(self)
        self._wake.set()

    def put(self, event: AgentEvent) -> None:
        """Queue one event (called by the bus)."""
        last = self._queue[-1] if self._queue else None
        if _is_delta(last) and _is_delta(event) and same_part(last, event):
            self._tail.append(event.text)
        else:
            self._seal()
            self._queue.append(event)
        self._wake.set()

    def _seal(self) -> None:
        """Turn the delta at the end of the queue and what was merged into it into one event."""
        if not self._tail:
            return
        last = self._queue.pop()
        if _is_delta(last):
            last = replace(last, text=last.text + "".join(self._tail))
        self._queue.append(last)
        self._tail.clear()

    def take(self) -> list[AgentEvent]:
        """Return everything that waits, oldest first; empty when nothing does."""
        self._seal()
        taken = list(self._queue)
        self._queue.clear()
        self._wake.clear()
        return taken

    async def wait(self) -> bool:
        """Wait until something is queued; False once the subscription is closed."""
        while not self._queue and not self._closed:
            self._wake.clear()
            await self._wake.wait()
        return not self._closed

    async def __aiter__(self) -> AsyncIterator[AgentEvent]:
        while await self.wait():
            for event in self.take():
                yield event

    async def deliver(self, handle: Callable[[list[AgentEvent]], Awaitable[None]]) -> None:
        """Call `handle` with what waits, batch by batch, until the subscription ends.

        What is published while `handle` runs waits for the next batch. Its exception is logged and
        ends this subscription.
        """
        with self:
            while await self.wait():
                try:
                    await handle(self.take())
                except Exception:  # a named border: one subscriber must not take others down
                    log.exception("a subscriber failed and is no longer served")
                    return


class MessageBus:
    """The one bus of a session; implements `EventSink`."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def publish(self, event: AgentEvent) -> None:
        """Hand the event to every subscriber's queue."""
        for subscription in self._subscriptions:
            subscription.put(event)

    def subscribe(self) -> Subscription:
        """Open a queue that receives everything published from now on."""
        subscription = Subscription(self)
        self._subscriptions.append(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Stop serving a subscription; unknown ones are ignored."""
        if subscription in self._subscriptions:
            self._subscriptions = [each for each in self._subscriptions if each is not subscription]
