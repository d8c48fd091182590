"""Keeps a session within its budget: a warning near its end, and a question before more is spent.

The question stands before the next model call, never inside one, so nothing is lost while it waits;
where nobody is there to ask, the turn ends instead. What was used is the ledger's word: the whole
session with its past and all its branches. A cap in dollars holds as far as prices are known, one
in tokens as far as servers count them, and it says so where they do not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from codex_tui.agent.ending import TurnEnding
from codex_tui.protocol.approvals import (
    AllowForSession,
    AllowOnce,
    ApprovalDecision,
    ApprovalRequest,
    BudgetSubject,
    SetBudget,
)
from codex_tui.protocol.events import BudgetChanged
from codex_tui.protocol.figures import UNKNOWN
from codex_tui.protocol.ids import Place, RequestId, new_id
from codex_tui.protocol.spending import Budget
from codex_tui.sessions.records import BudgetSet

if TYPE_CHECKING:
    from codex_tui.agent.conversation import Conversation
    from codex_tui.agent.spending.ledger import Ledger
    from codex_tui.agent.tool_calls.asking import Asker
    from codex_tui.approvals.broker import ApprovalBroker

WARN_SHARE: Final = 0.8
RAISE_SHARE: Final = 0.5
"""Going on adds so much of the cap."""
CHANGE_HINT = "Raise it with /budget, or at the start with --budget-usd and --budget-tokens."
UNASKED_HINT = "Go on with a higher cap: --budget-usd, --budget-tokens."
"""Where nobody is there to ask, nobody is there to type a command either."""


class BudgetGuard:
    """The budget of one session; `check` stands before each step.

    Attributes:
        budget: the caps in force.
    """

    def __init__(
        self,
        budget: Budget,
        conversation: Conversation,
        *,
        ledger: Ledger,
        asker: Asker,
        broker: ApprovalBroker,
    ) -> None:
        self.budget = budget
        self._ledger = ledger
        self._asker = asker
        self._broker = broker
        self._conversation = conversation
        self._warned: set[Budget] = set()
        self._unenforced: set[str] = set()
        self._asking: RequestId | None = None
        ledger.entered = self._look

    @property
    def used(self) -> str:
        """What was used of it, in words."""
        return _used(self.budget, self._ledger)

    def announce(self) -> None:
        """Publish the caps at the start of a session that has any."""
        if self.budget:
            self._announce()

    def set(self, budget: Budget) -> None:
        """Put other caps in force, for a turn that waits for an answer, too."""
        self.budget = budget
        self._conversation.record(BudgetSet(budget=budget))
        self._announce()
        if self._asking is not None:
            self._broker.resolve(self._asking, SetBudget(budget=budget))

    def _announce(self) -> None:
        place = self._conversation.place
        self._conversation.sink.publish(BudgetChanged(place=place, budget=self.budget))

    async def check(self, place: Place) -> TurnEnding | None:
        """Let the step be made while the budget lasts; else ask, as often as it takes."""
        while self._share() >= 1:
            if not self._asker.interactive:
                return self._ending()
            decision = await self._ask(place)
            after = self._answered(decision)
            if after is None:
                return self._ending()
            if after != self.budget:
                self.set(after)
        return None

    async def _ask(self, place: Place) -> ApprovalDecision:
        request = ApprovalRequest(
            id=RequestId(new_id("request")),
            call_id="",
            tool="",
            subject=BudgetSubject(
                cost=self._ledger.cost,
                tokens=self._ledger.usage.total_tokens,
                budget=self.budget,
                raised=self._raised(),
            ),
            reason=f"the session's budget is used up: {self.used}",
            way_out=CHANGE_HINT,
        )
        self._asking = request.id
        try:
            return await self._asker.put(request, place)
        finally:
            self._asking = None

    def _answered(self, decision: ApprovalDecision) -> Budget | None:
        match decision:
            case AllowOnce():
                return self._raised()
            case AllowForSession():
                return Budget()
            case SetBudget(budget=budget):
                return budget
            case _:
                return None

    def _raised(self) -> Budget:
        """Return the budget with room again where it is used up: half a cap more than was used."""
        usd, tokens = self.budget.usd, self.budget.tokens
        used_usd, used_tokens = self._ledger.cost.usd, self._ledger.usage.total_tokens
        if usd is not None and used_usd >= usd:
            usd = math.ceil(100 * (used_usd + RAISE_SHARE * usd)) / 100
        if tokens is not None and used_tokens >= tokens:
            tokens = used_tokens + math.ceil(RAISE_SHARE * tokens)
        return Budget(usd=usd, tokens=tokens)

    def _ending(self) -> TurnEnding:
        hint = CHANGE_HINT if self._asker.interactive else UNASKED_HINT
        return TurnEnding.stopped(f"Stopped: the budget is used up, {self.used}.", hint=hint)

    def _share(self) -> float:
        """Return how much of the cap that is nearer is used."""
        usd, tokens = self.budget.usd, self.budget.tokens
        return max(
            self._ledger.cost.usd / usd if usd else 0.0,
            self._ledger.usage.total_tokens / tokens if tokens else 0.0,
        )

    def _look(self, model: str, *, priced: bool, counted: bool) -> None:
        """After a call: warn once for each budget, and once of each model it cannot hold for."""
        if model not in self._unenforced and (why := self._loophole(model, priced, counted)):
            self._unenforced.add(model)
            self._conversation.warn(why)
        if WARN_SHARE <= self._share() < 1 and self.budget not in self._warned:
            self._warned.add(self.budget)
            share = int(100 * self._share())
            self._conversation.warn(f"{share} % of the budget is used: {self.used}.")

    def _loophole(self, model: str, priced: bool, counted: bool) -> str:
        """Say why the budget cannot be enforced for a model; nothing where it can."""
        usd, tokens = self.budget.usd, self.budget.tokens
        if tokens is not None and not counted:
            return (
                f"The server of {model} does not say how many tokens it used: the cap of "
                f"{tokens:,} tokens cannot be enforced for it."
            )
        if usd is None or priced:
            return ""
        also = " A cap in tokens can (/budget 500k tokens)." if counted else ""
        unknown = f"What {model} costs is not known"
        return f"{unknown}: the cap of {self.budget.dollars} cannot be enforced for it.{also}"


def _used(budget: Budget, ledger: Ledger) -> str:
    parts: list[str] = []
    if budget.usd is not None:
        parts.append(f"{_money(ledger)} of {budget.dollars}")
    if budget.tokens is not None:
        parts.append(f"{ledger.usage.total_tokens:,} of {budget.tokens:,} tokens")
    return ", ".join(parts) or _money(ledger)


def _money(ledger: Ledger) -> str:
    spent = ledger.cost.text()
    return f"$ {spent}" if spent == UNKNOWN else spent
