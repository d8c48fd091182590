"""What a server sent that nobody here knows: passed over, and logged once a name.

A new event, block or reason to stop is no fault; but whoever looks into the log wants to know that
something was passed over.
"""

from __future__ import annotations

import logging
from typing import Final

log = logging.getLogger(__name__)

_MAX_NAMES: Final = 50
_MAX_NAME_CHARACTERS: Final = 60


class StrangeThings:
    """The names one provider sent that are not known, each logged at its first appearance."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._seen: set[tuple[str, str]] = set()

    def note(self, what: str, name: object) -> None:
        """Log that a `what` (event, block, reason to stop) of this name is not known."""
        told = (what, str(name)[:_MAX_NAME_CHARACTERS])
        if told not in self._seen and len(self._seen) < _MAX_NAMES:
            self._seen.add(told)
            log.info("%s sent a %s that is not known: %r", self._provider, *told)
