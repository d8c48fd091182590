"""Questions that wait for an answer. Ids travel, futures stay here.

A request is resolved exactly once: the first answer counts, later ones change nothing. Whoever asks
owns the wait: when it is cancelled, the request is gone and an answer finds nothing to resolve.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.protocol.approvals import ApprovalDecision, ApprovalRequest
    from codex_tui.protocol.ids import RequestId


class ApprovalBroker:
    """The one place where an approval is awaited and resolved."""

    def __init__(self) -> None:
        self._waiting: dict[RequestId, asyncio.Future[ApprovalDecision]] = {}

    async def ask(
        self, request: ApprovalRequest, announce: Callable[[ApprovalRequest], None]
    ) -> ApprovalDecision:
        """Announce the request and wait for its decision; cancellable."""
        answer = asyncio.get_running_loop().create_future()
        self._waiting[request.id] = answer
        try:
            announce(request)
            return await answer
        finally:
            del self._waiting[request.id]

    def resolve(self, request_id: RequestId, decision: ApprovalDecision) -> bool:
        """Answer a request; False when it is unknown or already answered."""
        answer = self._waiting.get(request_id)
        if answer is None or answer.done():
            return False
        answer.set_result(decision)
        return True
