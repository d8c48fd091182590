"""Asking a model for the summary of a conversation: one call, counted like any other, unheard.

It is the conversation's next request with one instruction more, so that the vendor's cache knows
all but the end of it. A vendor that makes summaries by itself is asked for one by its adapter, in
this same call. What the summary is for is `compacting`'s business.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codex_tui.agent.compaction.limits import outgrown
from codex_tui.agent.compaction.shortening import MOST, shortened
from codex_tui.agent.model_call import ModelCall
from codex_tui.agent.prompts import compact_prompt
from codex_tui.agent.recovery.base import FailedCall
from codex_tui.agent.requests import next_request
from codex_tui.protocol.compaction import SUMMARY_BLOCK, CompactionCause
from codex_tui.protocol.errors import CompactionError, ProviderError
from codex_tui.protocol.messages import NoticeMessage, Opaque, StopReason, TextPart, UserMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.agent.conversation import Conversation
    from codex_tui.agent.model_call import Target
    from codex_tui.agent.recovery.base import Recovery
    from codex_tui.agent.tool_calls.tool_runner import ToolRunner
    from codex_tui.protocol.events import AgentEvent, CompactionStarted
    from codex_tui.protocol.ids import Place
    from codex_tui.protocol.messages import AssistantMessage, Message


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary, and the same as its vendor's own block where there is one."""

    text: str
    block: Opaque | None = None


class Summariser:
    """Asks for summaries of one session. `wait` is what is done about a call that fails in
    passing.
    """

    def __init__(self, conversation: Conversation, *, tools: ToolRunner, wait: Recovery) -> None:
        self._sink = conversation.sink
        self._history = conversation.history
        self._tools = tools
        self._wait = wait

    async def ask(self, target: Target, asking: CompactionStarted, focus: str) -> Summary:
        """Return the summary of all that a model has read; `asking` is announced before each
        attempt. Where the conversation is too long even for that, the results of tools are left out
        until it fits. Raises `ProviderError` and `CompactionError`.
        """
        request = next_request(target, self._history, self._tools, asking.place)
        unheard = min(unread(self._history.messages), self._history.view.uncovered)
        asked = request.messages[: len(request.messages) - unheard]
        instruction = UserMessage(text=_instruction(focus))
        # What has just been refused as too long need not be sent whole again.
        level, attempt = int(asking.cause is CompactionCause.OVERFLOW), 0
        while True:
            attempt += 1
            self._sink.publish(asking)
            call = self._call(target, asking.place)
            try:
                messages = (*shortened(asked, level), instruction)
                await call.run(replace(request, messages=messages, summarises=True))
            except ProviderError as error:
                if outgrown(error) and level < MOST:
                    level += 1
                elif not await self._recovers(error, attempt, target, asking.place):
                    raise
                continue
            message = call.assembler.message()
            call.report(message)
            if message.stop is not StopReason.CONTEXT or level == MOST:
                return _summary(message)
            level += 1

    async def _recovers(
        self, error: ProviderError, attempt: int, target: Target, place: Place
    ) -> bool:
        failed = FailedCall(error=error, attempt=attempt, kept=False, target=target, place=place)
        return await self._wait.recover(failed)

    def _call(self, target: Target, place: Place) -> ModelCall:
        return ModelCall(
            target, _Unheard(), place, clock=time.monotonic, taken_ids=self._history.call_ids
        )


def unread(messages: Sequence[Message]) -> int:
    """Count the messages at the end that no model has read."""
    count = 0
    for message in reversed(messages):
        if not isinstance(message, UserMessage | NoticeMessage):
            break
        count += 1
    return count


class _Unheard:
    """Takes what the model says while it writes: that is no part of the conversation."""

    def publish(self, event: AgentEvent) -> None:
        """Let it pass."""


def _instruction(focus: str) -> str:
    wish = f"\n\nThe user wants this kept above all: {focus}" if focus else ""
    return f"{compact_prompt()}{wish}"


def _summary(message: AssistantMessage) -> Summary:
    """Return the summary in an answer; raises `CompactionError` when it is none."""
    summary = message.text.strip()
    if not summary or message.stop in {StopReason.REFUSAL, StopReason.FILTER}:
        raise CompactionError(
            "the model wrote no summary.", hint="Try again, or choose another model (Ctrl+L)."
        )
    if message.stop is StopReason.LENGTH:
        return Summary(f"{summary}\n\n(cut off here at the model's output limit)")
    states = [part.opaque for part in message.parts if isinstance(part, TextPart)]
    blocks = [each for each in states if each is not None and each.kind == SUMMARY_BLOCK]
    return Summary(summary, blocks[0] if blocks else None)
