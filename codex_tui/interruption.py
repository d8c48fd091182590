"""SIGTERM before a turn runs: it ends the program the way Ctrl+C does, with a word and code 130.

A running turn has handlers of its own (`headless`), which take the place of this one.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def ended_like_ctrl_c() -> Generator[None]:
    """Let SIGTERM raise `KeyboardInterrupt`, so that what is open is closed; main thread only."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
