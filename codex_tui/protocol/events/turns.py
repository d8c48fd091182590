"""Turns: the user's words, what of them waits, the plan they lead to, and how it all ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from codex_tui.protocol.costs import Cost
from codex_tui.protocol.ids import Place
from codex_tui.protocol.messages import Usage
from codex_tui.protocol.plan import PlanStep


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSpoke:
    """The user's words entered the conversation; `steering` when they joined a running turn.

    `images` are the names of the pictures that went with them.
    """

    place: Place
    text: str
    steering: bool = False
    images: tuple[str, ...] = ()
    type: Literal["user_spoke"] = "user_spoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputQueueChanged:
    """What waits: `steering` goes to the model after the running tools, `queued` becomes the next
    turns.
    """

    place: Place
    steering: tuple[str, ...]
    queued: tuple[str, ...]
    type: Literal["input_queue_changed"] = "input_queue_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted:
    """A turn began."""

    place: Place
    type: Literal["turn_started"] = "turn_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUpdated:
    """The model set its plan; no steps when it has none any more."""

    place: Place
    steps: tuple[PlanStep, ...]
    type: Literal["plan_updated"] = "plan_updated"


TurnOutcome = Literal["done", "interrupted", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFinished:
    """A turn ended. `stopped` is the program's own halt (step limit, repeated calls); `message` and
    `hint` explain all but `done`.

    `refused` counts the actions that nobody was there to approve. `usage` and `cost` are those of
    all its model calls, broken ones included.
    """

    place: Place
    outcome: TurnOutcome
    text: str = ""
    message: str = ""
    hint: str = ""
    error_kind: str = ""
    refused: int = 0
    usage: Usage = field(default_factory=Usage)
    cost: Cost = field(default_factory=Cost)
    type: Literal["turn_finished"] = "turn_finished"


TurnEvent = UserSpoke | InputQueueChanged | TurnStarted | PlanUpdated | TurnFinished
