"""The one retry layer: when to try a failed model call again, and how long to wait.

The server's own delay is honoured, and never undercut, up to a cap; beyond it the turn ends and
says when the server will answer again, since waiting so long is for the user to decide. Otherwise
the delay doubles, also where a server that said "at once" fails again. Both are spread by jitter,
so that clients do not come back all at once.
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
SPREAD = 0.1
"""By so much of the server's own delay a wait may be longer, and by no more than a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """`max_retries` further attempts after the first; `jitter` returns a factor's random part in
    [0, 1). `first_delay_s` is the wait after the first attempt where the server names none.
    """

    max_retries: int = 5
    jitter: Callable[[], float] = random.random
    first_delay_s: float = FIRST_DELAY_S

    def delay_s(self, error: ProviderError, attempt: int) -> float | None:
        """Return the seconds to wait after failed attempt `attempt` (from 1), None to give up."""
        if not error.retryable or attempt > self.max_retries:
            return None
        asked_s = error.retry_after_s
        if asked_s is not None and (asked_s > 0 or attempt == 1):
            if asked_s > MAX_SERVER_DELAY_S:
                return None
            return asked_s + min(SPREAD * asked_s, 1.0) * self.jitter()
        backoff = min(self.first_delay_s * 2.0 ** (attempt - 1), MAX_BACKOFF_S)
        return backoff * (0.75 + 0.25 * self.jitter())
