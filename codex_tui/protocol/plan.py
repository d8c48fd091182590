"""The model's own plan for the work at hand, as `update_plan` sets it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
