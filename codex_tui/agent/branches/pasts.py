"""What a session brings along when it goes on with one of its branches, folded from the records.

Takes time with the length of the log; nothing is changed, so a thread may do it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codex_tui.agent.branches.tree import Branches
from codex_tui.agent.noted import Noted
from codex_tui.agent.resume import past_of, spending_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_tui.agent.past import Past
    from codex_tui.protocol.ids import BranchId, TurnId
    from codex_tui.sessions.records import StoredRecord


def past_of_branch(branches: Branches, branch: BranchId, *, before: TurnId | None = None) -> Past:
    """Return what a branch holds, of its part `before` a turn if one is named."""
    return replace(past_of(branches.line(branch, before=before)), branch=branch)


def past_of_session(records: Iterable[StoredRecord]) -> Past:
    """Return what a stored session brings along: the branch it went on with last."""
    log = [Noted(place=each.place, record=each.record, at=each.at) for each in records]
    branches = Branches(log)
    steps, budget = spending_of(noted.record for noted in log)  # what other branches used is paid
    return replace(
        past_of_branch(branches, branches.last), branches=branches, steps=steps, budget=budget
    )
