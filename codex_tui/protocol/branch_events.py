"""What the engine reports of branches; see `events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_tui.protocol.ids import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchSelected:
    """The session goes on with the branch `place.branch`, the `number`-th that began; what another
    branch said behind their common past is no part of the conversation. `opened`: it began here.
    """

    place: Place
    number: int
    opened: bool
    type: Literal["branch_selected"] = "branch_selected"
