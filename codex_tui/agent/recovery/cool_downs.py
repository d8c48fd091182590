"""Which providers are left alone for a while, and until when.

A server says how long it wants to be left alone, or a usual time is taken. That holds for one model
where it is overloaded or its limit is used up, and for all of a server's where that is out of
reach.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.errors import ProviderErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.protocol.errors import ProviderError
    from codex_tui.protocol.models import ModelRef

COOL_DOWN_S: Final = 60.0
"""As long as a wait that is made without asking; see `retry.MAX_SERVER_DELAY_S`."""
LASTING_S: Final = 3_600.0
"""Where only the user can put things right, and says so by choosing a model."""

_OF_ONE_MODEL: Final = frozenset({ProviderErrorKind.OVERLOADED, ProviderErrorKind.RATE_LIMIT})


def of_a_provider(error: ProviderError) -> bool:
    """Say whether a failure concerns all models of a provider, not the one that was asked alone."""
    return error.kind not in _OF_ONE_MODEL


class CoolDowns:
    """Rests by provider, and by model within it; all sessions of the program share one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._until: dict[str | ModelRef, float] = {}

    def note(self, ref: ModelRef, error: ProviderError, *, lasting: bool = False) -> float:
        """Leave the model of a failed call alone, or all of its provider; return for how many
        seconds.
        """
        rest_s = max(LASTING_S if lasting else COOL_DOWN_S, error.retry_after_s or 0.0)
        until = self._clock() + rest_s
        for key in (ref, ref.provider) if of_a_provider(error) else (ref,):
            self._until[key] = max(until, self._until.get(key, until))
        return rest_s

    def end(self, ref: ModelRef) -> None:
        """Have a model asked again at once: the user wants it."""
        for key in (ref, ref.provider):
            self._until.pop(key, None)

    def left_s(self, ref: ModelRef) -> float:
        """Return how many seconds a model is to be left alone yet, 0 for one that is not."""
        ends = max(self._until.get(ref, 0.0), self._until.get(ref.provider, 0.0))
        return max(0.0, ends - self._clock())
