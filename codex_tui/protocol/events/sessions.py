"""The conversation as a whole: it is open, it has a name, it goes on with a branch.

Every `place` is where a fact belongs; see `protocol.ids`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.ids import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A session is open; `resumed` when it goes on from a file. `directory` is the workspace."""

    place: Place
    directory: str
    mode: ApprovalMode
    resumed: bool = False
    type: Literal["session_started"] = "session_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRenamed:
    """The user gave the session a title; empty takes it back."""

    place: Place
    title: str
    type: Literal["session_renamed"] = "session_renamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchSelected:
    """The session goes on with the branch `place.branch`, the `number`-th that began; what another
    branch said behind their common past is no part of the conversation. `opened`: it began here.
    """

    place: Place
    number: int
    opened: bool
    type: Literal["branch_selected"] = "branch_selected"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeShown:
    """A remark for the user, outside of the conversation."""

    place: Place
    level: Literal["info", "warning", "error"]
    text: str
    type: Literal["notice_shown"] = "notice_shown"


SessionEvent = SessionStarted | SessionRenamed | BranchSelected | NoticeShown
