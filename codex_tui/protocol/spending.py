"""What one model call used: its tokens, its times, its price; and what a session may use.

Facts of single calls, as they are announced, recorded and summed. Unknown is None, never 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codex_tui.protocol.costs import Cost
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.messages import Usage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MIN_WRITING_MS = 200
"""What arrives within less was not written as it came: its speed is that of the whole call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFigures:
    """One model call. `model` is `provider/model`, `turn` counts the session's turns from 1.

    Times are milliseconds from the request; `first_token_ms` is None when nothing was said.
    `cost_usd` is what it cost at the time, or with `late` what it would cost by later prices. A
    call that is not `whole` broke off: its usage is what the server had counted until then.
    """

    model: str
    usage: Usage | None
    duration_ms: int = 0
    first_token_ms: int | None = None
    cost_usd: float | None = None
    late: bool = False
    whole: bool = True
    turn: int = 0

    @property
    def cost(self) -> Cost:
        """Its cost, as a summand."""
        return Cost.of(self.cost_usd, whole=self.whole, late=self.late)

    @property
    def tokens_per_s(self) -> float | None:
        """How fast the answer was written, since its first token."""
        if self.usage is None or not self.usage.output_tokens or self.first_token_ms is None:
            return None
        writing_ms = self.duration_ms - self.first_token_ms
        if writing_ms < MIN_WRITING_MS:
            writing_ms = self.duration_ms
        return 1000 * self.usage.output_tokens / writing_ms if writing_ms > 0 else None


def total_cost(steps: Collection[StepFigures]) -> Cost:
    """Return what some calls cost together: the sum of their `cost`, of thousands in a few
    milliseconds.
    """
    priced = [step for step in steps if step.cost_usd is not None]
    return Cost(
        usd=sum([step.cost_usd or 0.0 for step in priced]),
        calls=len(steps),
        missing=len(steps) - sum([step.whole for step in priced]),
        late=sum([step.late for step in priced]),
    )


def total_usage(steps: Iterable[StepFigures]) -> Usage:
    """Return what some calls used together, as far as servers said it."""
    return Usage.total([step.usage for step in steps if step.usage is not None])


CENT_USD = 0.01
_DOLLARS = re.compile(r"\$?\s*(\d{1,9}(?:\.\d{1,4})?)\s*(?:\$|usd|dollars?)?", re.IGNORECASE)
_TOKENS = re.compile(r"(\d{1,12}(?:\.\d{1,4})?)\s*([km]?)\s*(?:tok|tokens?)?", re.IGNORECASE)
_SCALES = {"": 1, "k": 1_000, "m": 1_000_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a session may use before it asks; None is no cap. Tokens are all that are read and
    written, cached ones included.
    """

    usd: float | None = None
    tokens: int | None = None

    def __bool__(self) -> bool:
        return self.usd is not None or self.tokens is not None

    def set_by(self, text: str) -> Budget:
        """Return the budget with the cap that `text` names in the place of the one of its kind:
        "5", "$2.50", "200k tokens", "1.5M tokens", or "off" for none at all; raises `ConfigError`.
        """
        if text.strip().lower() in {"off", "none"}:
            return Budget()
        plain = text.strip().replace(",", "")
        if (found := _DOLLARS.fullmatch(plain)) and float(found[1]):
            return replace(self, usd=float(found[1]))
        if (found := _TOKENS.fullmatch(plain)) and float(found[1]):
            return replace(self, tokens=round(float(found[1]) * _SCALES[found[2].lower()]) or 1)
        raise ConfigError(
            f"{text.strip()!r} is no budget.",
            hint="Write an amount in dollars (5 or $2.50), in tokens (200k tokens), or off.",
        )

    @property
    def dollars(self) -> str:
        """The cap in dollars in words, one below a cent with as many digits as it takes; empty for
        none.
        """
        if self.usd is None:
            return ""
        return f"${self.usd:,.2f}" if self.usd >= CENT_USD else f"${self.usd:.6f}".rstrip("0")

    def text(self) -> str:
        """Return the caps in words."""
        caps = [
            *([self.dollars] if self.usd is not None else []),
            *([f"{self.tokens:,} tokens"] if self.tokens is not None else []),
        ]
        return " and ".join(caps) or "no cap"
