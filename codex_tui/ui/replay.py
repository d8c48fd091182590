"""A resumed session's past, put on the chat pane as if it had just happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from codex_tui.protocol.messages import (
    AssistantMessage,
    AssistantPart,
    Message,
    NoticeMessage,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_tui.ui.panes.chat import ChatPane


def replay(
    messages: Sequence[Message], chat: ChatPane, title_of: Callable[[ToolCall], str]
) -> None:
    """Show every message; a turn that was cut off is marked. `title_of` names a call's object."""
    for message in messages:
        match message:
            case UserMessage(text=text):
                chat.add_user(text)
            case NoticeMessage():
                pass
            case AssistantMessage():
                _replay_answer(message, chat, title_of)
            case ToolResultMessage():
                chat.finish_tool(
                    message.call_id,
                    status=message.status,
                    summary=message.content.partition("\n")[0],
                    output=message.content,
                    duration_ms=0,
                )
            case _:
                assert_never(message)
    if messages and _complete(messages[-1]):
        chat.finish_turn("done", "", "")
    elif messages:
        chat.finish_turn("interrupted", "This turn was interrupted.", "Say “go on” to continue.")


def _replay_answer(
    message: AssistantMessage, chat: ChatPane, title_of: Callable[[ToolCall], str]
) -> None:
    chat.begin_step()
    for index, part in enumerate(message.parts):
        _replay_part(index, part, chat, title_of)
    chat.finish_step()


def _replay_part(
    index: int, part: AssistantPart, chat: ChatPane, title_of: Callable[[ToolCall], str]
) -> None:
    match part:
        case TextPart(text=text):
            chat.append_text(index, text)
        case ThinkingPart(text=text):
            if text:  # how long it took is not recorded
                chat.append_thinking(index, text)
        case ToolCall():
            chat.start_tool(part.id, part.name)
            chat.ready_tool(part.id, part.name, title_of(part))
        case ServerPart():
            pass
        case _:
            assert_never(part)


def _complete(last: Message) -> bool:
    return isinstance(last, AssistantMessage) and last.stop not in {
        StopReason.INTERRUPTED,
        StopReason.ERROR,
    }
