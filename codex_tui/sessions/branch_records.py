"""What a session file says of branches. Both records stand on the branch they are about.

A branch shares the records of its parent up to a turn and goes its own way from there. Nothing is
copied and nothing is removed, so what the other branch said and cost stays in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_tui.protocol.ids import BranchId, TurnId


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchOpened:
    """A branch began and is the one the session goes on with. It shares what `parent` held before
    the turn `before`; `turns` counts the turns among that.
    """

    parent: BranchId
    before: TurnId
    turns: int
    type: Literal["branch_opened"] = "branch_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchChosen:
    """The session goes on with a branch that was left before."""

    type: Literal["branch_chosen"] = "branch_chosen"


BranchRecord = BranchOpened | BranchChosen
