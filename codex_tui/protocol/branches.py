"""What a list of a session's branches tells of each: facts, no messages and no screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from codex_tui.protocol.events import TurnOutcome
from codex_tui.protocol.ids import BranchId


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchSummary:
    """One branch. `number` counts from 1 in the order they began, `turns` are those it holds, the
    shared ones among them.

    `words` began its last turn and `model` (`provider/model`, "" for none) answered it, with
    `answer` as its last words. It was heard of last at `at` (UTC, None where the record does not
    tell); `outcome` is how it ended, None while it is open.
    """

    branch: BranchId
    number: int
    turns: int
    words: str
    answer: str
    model: str
    at: datetime | None
    outcome: TurnOutcome | None
    current: bool
