"""A resumed session's past, put on the chat pane as if it had just happened."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from codex_tui.agent.compaction.past_compactions import shown_compactions
from codex_tui.agent.past import Past
from codex_tui.agent.turn_log import GO_ON as TOLD_TO_GO_ON
from codex_tui.protocol.messages import (
    AssistantMessage,
    AssistantPart,
    Message,
    NoticeMessage,
    ServerPart,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.ui.panes.chat import ChatPane

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_tui.agent.compaction.past_compactions import ShownCompaction


GO_ON = "Say “go on” to continue."
BROKE_OFF = "The answer broke off here and was gone on with."


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Shows messages on `chat`. `title_of` names a call's object, `past` holds what is known of
    turns and calls besides the messages.
    """

    chat: ChatPane
    title_of: Callable[[ToolCall], str]
    past: Past = field(default_factory=Past)

    def steps(self, messages: Sequence[Message]) -> Iterator[None]:
        """Show one message at each step, so that the caller can see to other things between them.

        A turn that did not end well is marked where it ended.
        """
        endings = list(reversed(self.past.endings))
        compactions = deque(shown_compactions(self.past.compactions))
        model_calls = deque(self.past.model_calls)
        for place, message in enumerate(messages):
            while compactions and compactions[0].after <= place:
                self._show_compaction(compactions.popleft())
            # What follows an ending until the next words of the user still belongs to its turn.
            while endings and endings[-1].after <= place and isinstance(message, UserMessage):
                ending = endings.pop()
                self.chat.finish_turn(ending.outcome, ending.message, ending.hint)
            self._show(message)
            while model_calls and model_calls[0].after <= place + 1:
                self.chat.add_figures(model_calls.popleft().figures)
            yield
        for compaction in compactions:
            self._show_compaction(compaction)
        for ending in reversed(endings):
            self.chat.finish_turn(ending.outcome, ending.message, ending.hint or GO_ON)
        self.chat.finish_turn("done", "", "")

    def _show_compaction(self, shown: ShownCompaction) -> None:
        self.chat.show_compaction(shown.compaction, shown.note)

    def _show(self, message: Message) -> None:
        match message:
            case UserMessage(text=text):
                self.chat.add_user(text, images=message.image_labels)
            case NoticeMessage(text=text):
                if text == TOLD_TO_GO_ON:
                    self.chat.add_notice("warning", BROKE_OFF)
            case AssistantMessage():
                self.chat.begin_step()
                for index, part in enumerate(message.parts):
                    self._show_part(index, part)
                self.chat.finish_step()
            case ToolResultMessage():
                self._show_result(message)
            case _:
                assert_never(message)

    def _show_part(self, index: int, part: AssistantPart) -> None:
        match part:
            case TextPart(text=text):
                self.chat.append_text(index, text)
            case ThinkingPart(text=text, note=note):
                if text:  # how long it took is not recorded
                    self.chat.append_thinking(index, text)
                    self.chat.finish_thinking(index, None, note=note)
            case ToolCall():
                self.chat.start_tool(part.id, part.name)
                self.chat.ready_tool(part.id, part.name, self.title_of(part))
            case ServerPart():
                pass
            case _:
                assert_never(part)

    def _show_result(self, message: ToolResultMessage) -> None:
        call = self.past.calls.get(message.call_id)
        self.chat.finish_tool(
            message.call_id,
            status=message.status,
            summary=message.content.partition("\n")[0] if call is None else call.summary,
            output=message.content,
            duration_ms=0 if call is None else call.duration_ms,
        )
        if call is not None and call.changes:
            self.chat.show_changes(message.call_id, call.changes)
