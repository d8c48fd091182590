"""Identifiers: what a fact belongs to.

A *session* is one conversation, a *branch* one line of it, a *turn* one exchange (the user's words
to the final answer), a *step* one model call and its tools. Ids travel in events and records; live
objects never do.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from typing import NewType

SessionId = NewType("SessionId", str)
BranchId = NewType("BranchId", str)
TurnId = NewType("TurnId", str)
StepId = NewType("StepId", str)
RequestId = NewType("RequestId", str)

MAIN_BRANCH = BranchId("main")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the conversation a fact belongs; `turn` and `step` are None outside of one."""

    session: SessionId
    branch: BranchId = MAIN_BRANCH
    turn: TurnId | None = None
    step: StepId | None = None


def new_session_id() -> SessionId:
    """Return an id that sorts by creation time: UTC seconds, then random letters."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return SessionId(f"{stamp}-{secrets.token_hex(4)}")


def is_session_id(text: str) -> bool:
    """Say whether a text is as `new_session_id` writes them."""
    return re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{8}", text) is not None


def new_id(prefix: str) -> str:
    """Return a random id such as `turn_5f0c2a9be1d4`."""
    return f"{prefix}_{secrets.token_hex(6)}"
