"""How a turn ended, in the user's words."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final, Self

from codex_tui.protocol.errors import CodexError, ProviderError
from codex_tui.protocol.events import TurnOutcome

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnding:
    """The outcome; `message` and `hint` explain all but `done`, `error_kind` names a provider's."""

    outcome: TurnOutcome
    message: str = ""
    hint: str = ""
    error_kind: str = ""

    @classmethod
    def stopped(cls, message: str, *, hint: str) -> Self:
        """Return the program's own halt."""
        return cls(outcome="stopped", message=message, hint=hint)


DONE: Final = TurnEnding(outcome="done")
"""The model has said what it had to say."""


def ending_of(error: Exception) -> TurnEnding:
    """Return the ending an exception makes; what is not meant for a person is a bug, and logged."""
    if isinstance(error, CodexError):
        kind = error.kind.value if isinstance(error, ProviderError) else ""
        return TurnEnding(
            outcome="failed", message=error.message, hint=error.hint or "", error_kind=kind
        )
    log.error("the turn failed", exc_info=error)
    return TurnEnding(
        outcome="failed",
        message="Something went wrong inside codex-tui.",
        hint="The log has the details; the conversation is intact.",
    )
