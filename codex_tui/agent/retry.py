"""The one retry layer: when to try a failed model call again, and how long to wait.

The server's own delay is honoured up to a cap; beyond it the turn ends and says so, since waiting
unseen is worse than an answer. Otherwise the delay doubles, with jitter so that clients spread out.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codex_tui.protocol.errors import ProviderError

FIRST_DELAY_S = 1.0
MAX_BACKOFF_S = 16.0
MAX_SERVER_DELAY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """`max_retries` further attempts after the first; `jitter` returns a factor's random part in
    [0, 1).
    """

    max_retries: int = 5
    jitter: Callable[[], float] = random.random

    def delay_s(self, error: ProviderError, attempt: int) -> float | None:
        """Return the seconds to wait after failed attempt `attempt` (from 1), None to give up."""
        if not error.retryable or attempt > self.max_retries:
            return None
        if error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s <= MAX_SERVER_DELAY_S else None
        backoff = min(FIRST_DELAY_S * 2.0 ** (attempt - 1), MAX_BACKOFF_S)
        return backoff * (0.75 + 0.25 * self.jitter())
