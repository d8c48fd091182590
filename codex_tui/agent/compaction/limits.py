"""When a conversation is too long: where the model's window ends, or its price jumps.

Facts and settings to numbers of tokens; what is done about it is `triggers`' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind

if TYPE_CHECKING:
    from codex_tui.protocol.models import ModelInfo

WINDOW_SHARE: Final = 0.8
"""Between turns; the rest is for the turn to come."""
FULL_SHARE: Final = 0.9
"""Within a turn: the window is nearly full, and the next answer may not fit."""
TOO_LARGE: Final = 413
"""HTTP's word for a request that is too long (RFC 9110, section 15.5.14)."""
CLIFF_MARGIN: Final = 0.05
"""So far below a price cliff; the next results must not lead over it unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionRules:
    """What the user set. `at` is a share of the model's window up to 1, above that a number of
    tokens; None leaves it to what is known of the model. Without `automatic` nothing is compacted
    that the user does not ask for.
    """

    automatic: bool = True
    at: float | None = None

    def limit_tokens(self, model: ModelInfo) -> int | None:
        """Return the length at which a conversation is compacted between turns, None where nothing
        is known to decide by.
        """
        window = model.context_window
        if self.at is None:
            return _least(window and int(window * WINDOW_SHARE), _below_cliff(model))
        if self.at > 1:
            return int(self.at)
        return window and int(window * self.at)

    def full_tokens(self, model: ModelInfo) -> int | None:
        """Return the length at which that happens even in the middle of a turn."""
        window = model.context_window
        limit = self.limit_tokens(model)
        full = _least(window and int(window * FULL_SHARE), _below_cliff(model))
        return limit if full is None or limit is None else max(limit, full)


def outgrown(error: ProviderError) -> bool:
    """Say whether a request was too long for its model or its server."""
    return error.status == TOO_LARGE or error.kind in {
        ProviderErrorKind.CONTEXT_WINDOW,
        ProviderErrorKind.REQUEST_TOO_LARGE,
    }


def _below_cliff(model: ModelInfo) -> int | None:
    """Return how long a prompt may be before its price jumps, with a margin."""
    price = model.price
    if price is None:
        return None
    cliffs = [tier.above_tokens for tier in price.tiers if tier.price.input > price.input]
    return int(min(cliffs) * (1 - CLIFF_MARGIN)) if cliffs else None


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit), default=None)
