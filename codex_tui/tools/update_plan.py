"""`update_plan`: the model's own plan for the work at hand, kept where the user sees it.

Name and arguments are those OpenAI's coding models are trained on; for other models one name is as
good as another. The tool touches no file and changes nothing: the plan is in its arguments, and
the newest one that was accepted counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field
from typing_extensions import override

from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import ToolError
from codex_tui.protocol.plan import PlanStatus, PlanStep, completed_steps, current_step
from codex_tui.tools.base import ReadTool, ToolArguments, ToolOutput
from codex_tui.tools.limits import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.protocol.tools import PathAccess

MAX_STEPS = 50
MAX_STEP_CHARS = 200
MAX_EXPLANATION_CHARS = 200
"""What is longer is cut in the transcript's line; the arguments keep it whole."""


# Limits are told in words and checked in `_checked`: in the schema they would become large grammars
# on servers that constrain what a model writes.
class PlanItem(ToolArguments):
    """One step."""

    step: str = Field(description="What is to be done, in one short line.")
    status: PlanStatus


class UpdatePlanArguments(ToolArguments):
    """The whole plan, every time."""

    explanation: str | None = Field(
        default=None, description="Why the plan changed, in one line; only when it did."
    )
    plan: list[PlanItem] = Field(
        description="All steps in order, the done ones included; empty to drop the plan."
    )


class UpdatePlan(ReadTool[UpdatePlanArguments]):
    """Sets the plan."""

    name: ClassVar[str] = "update_plan"
    description: ClassVar[str] = (
        "Set your plan for the work at hand; the user sees it while you work. Give the whole plan "
        "each time: every step in one short line with its status, at most one of them in_progress. "
        "Use it for work of several steps, and update it when a step is done or the plan changes; "
        "not for what takes one or two steps. At most 50 steps of 200 characters."
    )
    together: ClassVar[bool] = False
    arguments: type[UpdatePlanArguments] = UpdatePlanArguments

    @override
    def title(self, arguments: UpdatePlanArguments) -> str:
        current = current_step(_steps(arguments.plan))
        return "" if current is None else one_line(arguments.plan[current].step, MAX_STEP_CHARS)

    @override
    def accesses(self, arguments: UpdatePlanArguments) -> tuple[PathAccess, ...]:
        return ()

    @override
    def run(self, arguments: UpdatePlanArguments) -> ToolOutput:
        steps = _checked(arguments.plan)
        progress = "no steps"
        if steps:
            progress = f"{completed_steps(steps)} of {len(steps)} done"
        why = one_line(arguments.explanation or "", MAX_EXPLANATION_CHARS)
        return ToolOutput(
            content=f"Plan updated: {progress}.",
            summary=f"{progress}: {why}" if why else progress,
            plan=steps,
        )


def _checked(plan: Sequence[PlanItem]) -> tuple[PlanStep, ...]:
    """Return the steps; raises `ToolError` that names the first one that cannot be shown."""
    if len(plan) > MAX_STEPS:
        raise _fault(f"the plan has {count(len(plan), 'step')}, {MAX_STEPS} are the most")
    for number, item in enumerate(plan, start=1):
        fault = _fault_of(item.step)
        if fault:
            raise _fault(f"step {number} {fault}")
    running = [n for n, item in enumerate(plan, 1) if item.status is PlanStatus.IN_PROGRESS]
    if len(running) > 1:
        raise _fault(f"steps {', '.join(map(str, running))} are in_progress, one may be")
    return _steps(plan)


def _steps(plan: Sequence[PlanItem]) -> tuple[PlanStep, ...]:
    return tuple(PlanStep(text=item.step.strip(), status=item.status) for item in plan)


def _fault_of(text: str) -> str:
    if not text.strip():
        return "is empty"
    if len(text.strip().splitlines()) > 1:
        return "has more than one line"
    if len(text) > MAX_STEP_CHARS:
        return f"has {len(text):,} characters, {MAX_STEP_CHARS} are the most"
    return ""


def _fault(what: str) -> ToolError:
    return ToolError(f"update_plan: {what}.", hint="The plan is as it was; send it again, whole.")
