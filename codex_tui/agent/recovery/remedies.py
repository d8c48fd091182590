"""What keeps a turn going: to wait and try again, another model, a shorter conversation.

Here they are put together and into their order; each of them is a stranger to the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.agent.compaction.compacting import Compactor
from codex_tui.agent.compaction.triggers import CompactAtLimit, CompactOverflow
from codex_tui.agent.recovery.base import WaitAndRetry
from codex_tui.agent.recovery.fail_over import FailOver

if TYPE_CHECKING:
    from codex_tui.agent.conversation import Conversation
    from codex_tui.agent.loop import StepCheck, TurnLimits
    from codex_tui.agent.recovery.base import Recovery
    from codex_tui.agent.recovery.fail_over import Fallbacks
    from codex_tui.agent.session_models import SessionModels
    from codex_tui.agent.tool_calls.tool_runner import ToolRunner


class Remedies:
    """The remedies of one session.

    Attributes:
        waiting: the one retry layer.
        fail_over: who takes over for a model that fails.
        compactor: what keeps the conversation within the model's window.
        recoveries: what is asked, in this order, when a call has failed.
        at_limit: what is looked at before a step, so that its call does not fail.
    """

    def __init__(
        self,
        conversation: Conversation,
        *,
        tools: ToolRunner,
        models: SessionModels,
        limits: TurnLimits,
        fallbacks: Fallbacks,
    ) -> None:
        sink = conversation.sink
        self.waiting = WaitAndRetry(limits.retry, sink)
        self.fail_over = FailOver(
            self.waiting, fallbacks, models=models, history=conversation.history, sink=sink
        )
        self.compactor = Compactor(
            conversation,
            tools=tools,
            target=models.target,
            wait=self.waiting,
            rules=limits.compaction,
        )
        self.recoveries: tuple[Recovery, ...] = (CompactOverflow(self.compactor), self.fail_over)
        self.at_limit: StepCheck = CompactAtLimit(self.compactor, models.target)
