"""What model calls cost together, and what is not known of it.

An unknown price is never counted as 0: a sum says of how many calls something is missing. `text` is
how every front end writes one: "$0.41" when all is known, "≥ $0.41" when something is missing, "~"
before the figure where a call was priced later than it was made, "–" when nothing is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from codex_tui.protocol.figures import UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A sum in US dollars over `calls` model calls. Of `missing` ones not everything is in it: they
    have no known price, or broke off before the server had counted. `late` ones are in it at the
    prices in force when they were summed, because those of their own time were not recorded.
    """

    usd: float = 0.0
    calls: int = 0
    missing: int = 0
    late: int = 0

    @classmethod
    def of(cls, usd: float | None, *, whole: bool = True, late: bool = False) -> Cost:
        """Return the cost of one call, None for an unknown one; without `whole` it is the part that
        is known.
        """
        if usd is None:
            return cls(calls=1, missing=1)
        return cls(usd=usd, calls=1, missing=int(not whole), late=int(late))

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            usd=self.usd + other.usd,
            calls=self.calls + other.calls,
            missing=self.missing + other.missing,
            late=self.late + other.late,
        )

    def text(self, digits: int = 2) -> str:
        """Return the sum in words, with `digits` behind the point."""
        if self.missing and self.missing == self.calls and not self.usd:
            return UNKNOWN
        sign = "≥ " if self.missing else ""
        return f"{sign}{'~' if self.late else ''}${self.usd:,.{digits}f}"
