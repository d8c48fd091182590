"""Puts a judged call before the user and waits for the decision.

Where nobody is there to ask, the answer is a refusal; `refused` counts those. Whatever ends the
wait, `ApprovalResolved` says that the question is settled. How long a call waited is known here, so
that its own time can be told from the user's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.protocol.approvals import (
    AllowForSession,
    AllowOnce,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalSubject,
    EditDecision,
    PolicyAnswer,
    Refuse,
    RejectHunk,
    SetBudget,
)
from codex_tui.protocol.events import ApprovalRequested, ApprovalResolved
from codex_tui.protocol.ids import Place, RequestId, new_id
from codex_tui.protocol.messages import ToolCall
from codex_tui.protocol.tools import PathAccess

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.approvals.broker import ApprovalBroker
    from codex_tui.bus import EventSink

NOBODY_TO_ASK = "nobody is there to approve it"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCall:
    """A call, what it touches, what the policy said of it and what would stop it asking."""

    call: ToolCall
    place: Place
    accesses: tuple[PathAccess, ...]
    answer: PolicyAnswer
    way_out: str


class Asker:
    """Asks, or refuses by itself where nobody is there (`interactive` is False)."""

    def __init__(
        self,
        *,
        broker: ApprovalBroker,
        sink: EventSink,
        interactive: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.refused = 0
        self._clock = clock
        self._waited: dict[str, float] = {}
        self._broker = broker
        self._sink = sink
        self._interactive = interactive

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to answer."""
        return self._interactive

    def waited_s(self, call_id: str) -> float:
        """Return how long a call waited for decisions, in seconds; told once."""
        return self._waited.pop(call_id, 0.0)

    async def ask(self, judged: JudgedCall, subject: ApprovalSubject) -> ApprovalDecision:
        """Return the decision; cancellable."""
        request = ApprovalRequest(
            id=RequestId(new_id("request")),
            call_id=judged.call.id,
            tool=judged.call.name,
            subject=subject,
            reason=judged.answer.reason,
            way_out=judged.way_out,
        )
        asked = self._clock()
        try:
            return await self.put(request, judged.place)
        finally:
            self._waited[judged.call.id] = self._clock() - asked

    async def put(self, request: ApprovalRequest, place: Place) -> ApprovalDecision:
        """Put a question to the user and return the decision; cancellable."""

        def announce(asked: ApprovalRequest) -> None:
            self._sink.publish(ApprovalRequested(place=place, request=asked))
            if not self._interactive:
                self.refused += 1
                self._broker.resolve(asked.id, Refuse(reason=NOBODY_TO_ASK, automatic=True))

        summary = "withdrawn"
        try:
            decision = await self._broker.ask(request, announce)
            summary = resolution(decision)
        finally:
            self._sink.publish(
                ApprovalResolved(place=place, request_id=request.id, summary=summary)
            )
        return decision


def refusal(decision: ApprovalDecision) -> str:
    """Say to the model why a subject was refused as a whole."""
    reason = decision.reason if isinstance(decision, Refuse) else ""
    if isinstance(decision, Refuse) and decision.automatic:
        return reason
    return f"the user refused, because: {reason}" if reason else "the user refused"


def resolution(decision: ApprovalDecision) -> str:
    """Say in one line how a request was settled."""
    match decision:
        case AllowOnce():
            return "allowed once"
        case AllowForSession():
            return "allowed for the session"
        case SetBudget(budget=budget):
            return f"the budget is {budget.text()}"
        case Refuse(reason=reason):
            return f"refused: {reason}" if reason else "refused"
        case EditDecision(files=files):
            hunks = [each for file in files for _, each in file.hunks]
            kept = sum(not isinstance(each, RejectHunk) for each in hunks)
            return f"{kept} of {len(hunks)} hunks accepted"
