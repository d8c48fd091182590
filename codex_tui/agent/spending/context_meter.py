"""How full the context is before a server has said so, and what its count teaches about estimates.

Each request is estimated when it leaves: from the last answer's own count and what was added since,
or from nothing but its length. The estimate is announced; the count that comes back calibrates the
next one for that model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.agent.spending.estimate import last_count
from codex_tui.protocol.events import ContextEstimated

if TYPE_CHECKING:
    from codex_tui.agent.spending.estimate import Estimator
    from codex_tui.bus import EventSink
    from codex_tui.protocol.ids import Place
    from codex_tui.protocol.messages import Usage
    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import ModelRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a request to `model` should come to: `counted` tokens are known, `added` are guessed."""

    model: str
    counted: int
    added: int

    @property
    def tokens(self) -> int:
        """Both together."""
        return self.counted + self.added


class ContextMeter:
    """Estimates requests, and learns from what became of them."""

    def __init__(self, sink: EventSink, estimator: Estimator) -> None:
        self.estimator = estimator
        self._sink = sink

    def expect(self, request: ModelRequest, model: ModelInfo, place: Place) -> Expected | None:
        """Announce what the request comes to; None for a model that is told only a part of it."""
        if model.tools is False:
            return None
        expected = self.measure(request, str(model.ref))
        self._sink.publish(ContextEstimated(place=place, tokens=expected.tokens))
        return expected

    def measure(self, request: ModelRequest, model: str) -> Expected:
        """Say what the request comes to for `model` (`provider/model`): the last answer's own count
        where that model gave one, and an estimate of what came after it; else an estimate of all
        of it.
        """
        counted, after = last_count(request.messages, model)
        if counted:
            added = self.estimator.tokens(model, request.messages[after:])
        else:
            added = self.estimator.tokens(
                model, request.messages, system=request.system, tools=request.tools
            )
        return Expected(model=model, counted=counted, added=added)

    def compare(self, expected: Expected | None, usage: Usage | None) -> None:
        """Take the server's count of the request into account."""
        if expected is None or usage is None or not usage.input_tokens:
            return
        actual = usage.input_tokens - expected.counted
        self.estimator.learn(expected.model, estimated=expected.added, actual=actual)
