"""Tool calls from their first letter to their one result, by the id the model gave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_tui.protocol.changes import AppliedChange
from codex_tui.protocol.ids import Place
from codex_tui.protocol.messages import ToolStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallStarted:
    """The model began to write a call; its arguments are still on their way."""

    place: Place
    call_id: str
    name: str
    type: Literal["tool_call_started"] = "tool_call_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallReady:
    """The call is complete and about to be judged and run; `title` is one line for people."""

    place: Place
    call_id: str
    name: str
    title: str
    arguments: str
    type: Literal["tool_call_ready"] = "tool_call_ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOutputDelta:
    """More of what a running command says, for those who watch: what comes too fast is thinned out.
    The whole of it, as far as it is kept, is in `ToolCallFinished`.
    """

    place: Place
    call_id: str
    text: str
    type: Literal["command_output_delta"] = "command_output_delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesApplied:
    """Bytes were written."""

    place: Place
    call_id: str
    changes: tuple[AppliedChange, ...]
    type: Literal["changes_applied"] = "changes_applied"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallFinished:
    """The call has its result. `summary` is one line; `output` is what the model reads."""

    place: Place
    call_id: str
    name: str
    status: ToolStatus
    summary: str
    output: str
    duration_ms: int
    type: Literal["tool_call_finished"] = "tool_call_finished"


ToolCallEvent = (
    ToolCallStarted | ToolCallReady | CommandOutputDelta | ChangesApplied | ToolCallFinished
)
