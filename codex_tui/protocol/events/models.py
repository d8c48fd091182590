"""Which model answers: the one the user chose, or another that takes over for a while.

Models are written `provider/model`. What a change of the model says to people is here as well, so
that all front ends say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from codex_tui.protocol.ids import Place
from codex_tui.protocol.models import Effort, ModelInfo

_SHOWN_IN_MINUTES_S: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSelected:
    """The session now speaks to `model`. `warnings` name what cannot travel to it."""

    place: Place
    model: ModelInfo
    effort: Effort | None
    warnings: tuple[str, ...] = ()
    type: Literal["model_selected"] = "model_selected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDescribed:
    """More became known of the model in use (prices, or its server's own word); it is the same.

    `effort` is the nearest to what was chosen that the model is known to take.
    """

    place: Place
    model: ModelInfo
    effort: Effort | None
    type: Literal["model_described"] = "model_described"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailOverOffered:
    """A model call failed and `to` could make it: the user decides. While `waits` nothing else
    happens until then; otherwise the call is made again by itself in a while.
    """

    place: Place
    failed: str
    to: str
    reason: str
    waits: bool
    type: Literal["fail_over_offered"] = "fail_over_offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFellBack:
    """Another model makes the failed call, and the rest of the turn; what was shown of the call is
    void, or `kept` and gone on with. `failed` is left alone for `rest_s` seconds.
    """

    place: Place
    failed: str
    to: str
    reason: str
    rest_s: float
    kept: bool = False
    type: Literal["model_fell_back"] = "model_fell_back"

    @property
    def text(self) -> str:
        """What people are told."""
        minutes = self.rest_s >= _SHOWN_IN_MINUTES_S
        rest = f"{self.rest_s / 60:.0f} min" if minutes else f"{self.rest_s:.0f} s"
        return f"{self.reason} Going on with {self.to}; {self.failed} rests for {rest}."


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReturned:
    """The session speaks again to the model that was chosen, `model`, and no longer to the one that
    stood in for it, `stood_in`.
    """

    place: Place
    model: str
    stood_in: str
    type: Literal["model_returned"] = "model_returned"

    @property
    def text(self) -> str:
        """What people are told."""
        return f"Back to {self.model}, which had a rest; {self.stood_in} stood in for it."


ModelEvent = ModelSelected | ModelDescribed | FailOverOffered | ModelFellBack | ModelReturned
