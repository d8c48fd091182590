"""The plan in force, read from the conversation, so that a resumed session has it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ToolError
from codex_tui.protocol.messages import AssistantMessage, ToolResultMessage, ToolStatus
from codex_tui.tools.update_plan import UpdatePlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.protocol.messages import Message, ToolCall
    from codex_tui.protocol.plan import PlanStep


def plan_of(messages: Sequence[Message]) -> tuple[PlanStep, ...]:
    """Return the steps of the newest plan that was accepted; none when there is no such plan."""
    for at in range(len(messages) - 1, -1, -1):
        message = messages[at]
        if isinstance(message, ToolResultMessage) and _set_a_plan(message):
            call = _call_of(message, messages[:at])
            return () if call is None else _steps_of(call)
    return ()


def _set_a_plan(result: ToolResultMessage) -> bool:
    return result.name == UpdatePlan.name and result.status is ToolStatus.OK


def _call_of(result: ToolResultMessage, before: Sequence[Message]) -> ToolCall | None:
    for message in reversed(before):
        if isinstance(message, AssistantMessage):
            for call in message.tool_calls:
                if call.id == result.call_id:
                    return call
    return None


def _steps_of(call: ToolCall) -> tuple[PlanStep, ...]:
    tool = UpdatePlan()
    try:
        return tool.run(tool.parse(call.arguments)).plan or ()
    except ToolError:  # written by a version of the program that took other arguments
        return ()
