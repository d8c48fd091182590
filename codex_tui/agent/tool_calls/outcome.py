"""How a tool call ended, before it becomes the call's one result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from codex_tui.protocol.changes import AppliedChange
from codex_tui.protocol.messages import ImagePart, ToolStatus
from codex_tui.protocol.plan import PlanStep

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MESSAGE_CHARS = 20_000
"""A failure repeats what the model wrote (paths, names), which may be of any length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutcome:
    """`content` is for the model, as are `images`; `summary` is one line for the transcript.
    `changes` were written, `plan` was set.
    """

    content: str
    summary: str
    status: ToolStatus = ToolStatus.OK
    images: tuple[ImagePart, ...] = ()
    plan: tuple[PlanStep, ...] | None = None
    changes: tuple[AppliedChange, ...] = ()

    def through(self, redact: Callable[[str], str]) -> Self:
        """Return the outcome with `redact` applied to its words."""
        return replace(self, content=redact(self.content), summary=redact(self.summary))

    @classmethod
    def failed(cls, message: str, *, summary: str = "") -> Self:
        """Return the outcome of a call that could not be carried out; `message` is its summary,
        too, where there is none of its own.
        """
        return cls(content=_cut(message), summary=_cut(summary or message), status=ToolStatus.ERROR)

    @classmethod
    def denied(cls, reason: str) -> Self:
        """Return the outcome of a call that was not allowed."""
        return cls(
            content=f"Not done: {reason}.", summary=f"refused: {reason}", status=ToolStatus.DENIED
        )


def _cut(message: str) -> str:
    left = len(message) - MAX_MESSAGE_CHARS
    if left <= 0:
        return message
    return f"{message[:MAX_MESSAGE_CHARS]}… [{left:,} more characters are left out]"
