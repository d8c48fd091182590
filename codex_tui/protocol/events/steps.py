"""What a model call says while it runs. How it ends, and what it used, is told by `spending`.

Parts of an answer are numbered within their step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_tui.protocol.ids import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A model call is about to be made."""

    place: Place
    model: str
    type: Literal["step_started"] = "step_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWaiting:
    """The model cannot be asked yet; `text` says what is done about it, empty when that is over."""

    place: Place
    text: str
    type: Literal["model_waiting"] = "model_waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """More words of part `part` of this step's answer."""

    place: Place
    part: int
    text: str
    type: Literal["text_delta"] = "text_delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingDelta:
    """More reasoning of part `part`."""

    place: Place
    part: int
    text: str
    type: Literal["thinking_delta"] = "thinking_delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingFinished:
    """Reasoning part `part` is complete after `duration_ms`; a `note` is written for the user."""

    place: Place
    part: int
    duration_ms: int
    note: bool = False
    type: Literal["thinking_finished"] = "thinking_finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingCounted:
    """The model has thought about so many tokens in this step without showing them."""

    place: Place
    tokens: int
    type: Literal["thinking_counted"] = "thinking_counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryScheduled:
    """The model call failed in passing and is made again in `delay_s` seconds: the call after that
    wait is attempt `attempt` of at most `of`. What was shown of the answer is void, or `kept` and
    gone on with. The `reason` is a sentence.
    """

    place: Place
    attempt: int
    of: int
    delay_s: float
    reason: str
    kept: bool = False
    type: Literal["retry_scheduled"] = "retry_scheduled"

    @property
    def counted(self) -> str:
        """How all front ends count."""
        return f"attempt {self.attempt} of {self.of}"


StepEvent = (
    StepStarted
    | ModelWaiting
    | TextDelta
    | ThinkingDelta
    | ThinkingFinished
    | ThinkingCounted
    | RetryScheduled
)
