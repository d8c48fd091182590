"""The gate: what is asked, and what is answered, down to the single hunk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from codex_tui.protocol.changes import FileChange
from codex_tui.protocol.costs import Cost
from codex_tui.protocol.ids import RequestId
from codex_tui.protocol.spending import Budget
from codex_tui.protocol.tools import PathAccess


class ApprovalMode(StrEnum):
    """What runs unasked: reads; also edits in the workspace; also confined commands."""

    SUGGEST = "suggest"
    AUTO_EDIT = "auto-edit"
    FULL_AUTO = "full-auto"


class Verdict(StrEnum):
    """What the policy says of an action. Deny beats ask beats allow."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAnswer:
    """A verdict with the rule that gave it, in words for "why am I asked?"."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditSubject:
    """Files the model wants to change."""

    changes: tuple[FileChange, ...]
    type: Literal["edit"] = "edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSubject:
    """Paths the model wants to read although they lie outside the workspace or look secret."""

    accesses: tuple[PathAccess, ...]
    type: Literal["access"] = "access"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSubject:
    """A shell command the model wants run, whole and exactly as the shell would get it.

    It starts in `workdir` (as the workspace calls it) and is ended after `timeout_s` seconds.
    `description` is the model's own word on it.
    """

    command: str
    workdir: str
    timeout_s: int
    description: str = ""
    type: Literal["command"] = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSubject:
    """The session used up its budget, and the next model call waits. `cost` and `tokens` are what
    was used; `raised` is the budget that `AllowOnce` sets; `AllowForSession` takes the cap away.
    """

    cost: Cost
    tokens: int
    budget: Budget
    raised: Budget
    type: Literal["budget"] = "budget"


ApprovalSubject = EditSubject | AccessSubject | CommandSubject | BudgetSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """A question to the user. `reason` is the rule that asks; `way_out` what would stop it. A
    question about the budget is nobody's call: `call_id` and `tool` are empty.
    """

    id: RequestId
    call_id: str
    tool: str
    subject: ApprovalSubject
    reason: str
    way_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptHunk:
    """Write this hunk as proposed."""

    type: Literal["accept"] = "accept"


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectHunk:
    """Do not write this hunk; `reason` is told to the model."""

    reason: str = ""
    type: Literal["reject"] = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceHunk:
    """Write `text` (whole lines, ends included) in place of the hunk's added lines."""

    text: str
    type: Literal["replace"] = "replace"


HunkDecision = AcceptHunk | RejectHunk | ReplaceHunk


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDecision:
    """One decision a hunk, by hunk id. A hunk that is not named is rejected."""

    path: str
    hunks: tuple[tuple[str, HunkDecision], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditDecision:
    """The answer to an `EditSubject`. `note` is a remark on the whole, told to the model."""

    files: tuple[FileDecision, ...]
    note: str = ""
    type: Literal["edit"] = "edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowOnce:
    """Go ahead with the whole subject, this time."""

    type: Literal["allow"] = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowForSession:
    """Go ahead with this command, and with the very same one in the same folder unasked until the
    program ends.
    """

    type: Literal["allow_for_session"] = "allow_for_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Do nothing of the subject; `reason` is told to the model. `automatic` when nobody was there
    to ask.
    """

    reason: str = ""
    automatic: bool = False
    type: Literal["refuse"] = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBudget:
    """Go on within another budget; answers a `BudgetSubject`."""

    budget: Budget
    type: Literal["set_budget"] = "set_budget"


ApprovalDecision = EditDecision | AllowOnce | AllowForSession | Refuse | SetBudget
