"""The gate: how it is set, what is asked, and that it is settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_tui.protocol.approvals import ApprovalMode, ApprovalRequest
from codex_tui.protocol.ids import Place, RequestId


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalModeChanged:
    """The gate was set. `note` says what it cannot do here (no sandbox)."""

    place: Place
    mode: ApprovalMode
    note: str = ""
    type: Literal["approval_mode_changed"] = "approval_mode_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested:
    """Somebody has to decide; answer with `AgentSession.decide(request.id, …)`."""

    place: Place
    request: ApprovalRequest
    type: Literal["approval_requested"] = "approval_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalResolved:
    """The question is settled, by an answer or because the turn ended; `summary` is one line."""

    place: Place
    request_id: RequestId
    summary: str
    type: Literal["approval_resolved"] = "approval_resolved"


ApprovalEvent = ApprovalModeChanged | ApprovalRequested | ApprovalResolved
