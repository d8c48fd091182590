"""What a stored session brings along when it is opened again; facts only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.changes import AppliedChange
from codex_tui.protocol.events import TurnOutcome
from codex_tui.protocol.messages import Message, Usage
from codex_tui.protocol.models import Effort, ModelRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEnding:
    """A turn that did not end well, behind the first `after` messages."""

    after: int
    outcome: TurnOutcome
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """What was shown of a tool call besides its result."""

    summary: str
    duration_ms: int
    changes: tuple[AppliedChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastStep:
    """A model call that ended. `model` is `provider/model`; `usage` is None where no server said
    anything of it.
    """

    model: str
    usage: Usage | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The conversation and the choices made in it.

    `directory` is the workspace it began in, `title` the user's own name for it. `calls` are by id;
    those of older files are not known. `endings` and `steps` stand in their order.
    """

    directory: str = ""
    title: str = ""
    messages: tuple[Message, ...] = ()
    endings: tuple[PastEnding, ...] = ()
    calls: Mapping[str, PastCall] = field(default_factory=dict[str, PastCall])
    steps: tuple[PastStep, ...] = ()
    model: ModelRef | None = None
    effort: Effort | None = None
    mode: ApprovalMode | None = None

    @property
    def cut_off(self) -> PastEnding | None:
        """How the last turn ended, when it was interrupted and nothing was said since."""
        last = self.endings[-1] if self.endings else None
        if last is None or last.outcome != "interrupted" or last.after < len(self.messages):
            return None
        return last
