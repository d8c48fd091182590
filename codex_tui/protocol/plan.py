"""The model's own plan for the work at hand, as `update_plan` sets it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class PlanStatus(StrEnum):
    """How far a step is."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One step, in a few words. At most one of a plan's steps is in progress."""

    text: str
    status: PlanStatus


def completed_steps(steps: Iterable[PlanStep]) -> int:
    """Count the steps that are done."""
    return sum(step.status is PlanStatus.COMPLETED for step in steps)


def current_step(steps: Sequence[PlanStep]) -> int | None:
    """Return the index of the step in progress, else of the first to come; None: all are done."""
    for wanted in (PlanStatus.IN_PROGRESS, PlanStatus.PENDING):
        for index, step in enumerate(steps):
            if step.status is wanted:
                return index
    return None
