"""What is done about a failed model call before the turn gives up.

The loop asks its recoveries in their order; the first that puts things right has the call made
again. They are strangers to each other: each knows one kind of remedy, says what it does through
events, and lets a cancellation through.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from codex_tui.agent.model_call import Target
from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.events import RetryScheduled
from codex_tui.protocol.ids import Place

if TYPE_CHECKING:
    from codex_tui.agent.recovery.retry import RetryPolicy
    from codex_tui.bus import EventSink


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCall:
    """A model call of the step `place` that failed. `attempt` counts this step's calls of the same
    model from 1. What was read of the answer is `kept`, in the history; else nothing of it is.
    """

    error: ProviderError
    attempt: int
    kept: bool
    target: Target
    place: Place


def as_sentence(text: str) -> str:
    """Return an error's message so that more can be said behind it."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


class Recovery(Protocol):
    """One remedy."""

    async def recover(self, failed: FailedCall) -> bool:
        """Return True once the call may be made again, False when this is no remedy for it."""
        ...


class WaitAndRetry:
    """Makes the same call again after a delay, which is announced with its reason."""

    def __init__(self, policy: RetryPolicy, sink: EventSink) -> None:
        self._policy = policy
        self._sink = sink
        self._over: asyncio.Event | None = None

    def end_wait(self) -> bool:
        """Have the call that waits made at once; False when none does."""
        if self._over is None:
            return False
        self._over.set()
        return True

    async def recover(self, failed: FailedCall) -> bool:
        """Wait as the policy says, or until somebody ends the wait."""
        delay_s = self._policy.delay_s(failed.error, failed.attempt)
        if delay_s is None:
            return False
        over = self._over = asyncio.Event()
        self._sink.publish(
            RetryScheduled(
                place=failed.place,
                attempt=failed.attempt + 1,
                of=self._policy.max_retries + 1,
                delay_s=delay_s,
                reason=as_sentence(failed.error.message),
                kept=failed.kept,
            )
        )
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await over.wait()
        finally:
            self._over = None
        return True
