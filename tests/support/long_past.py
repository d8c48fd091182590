"""A long conversation with one model, as a session file brings it back: reasoning, calls, results.

The answers hold what the vendor of that wire wants back (signatures, encrypted reasoning, item
ids), so that rendering them does all the work there is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from codex_tui.protocol.messages import (
    AssistantMessage,
    Opaque,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_tui.protocol.messages import Message, Origin

CODE = "    value = compute(value, 'some words')  # and why\n"


def long_past(turns: int, origin: Origin) -> tuple[Message, ...]:
    """About 2 KB a turn: words, an answer that calls, its result, an answer."""
    return tuple(message for number in range(turns) for message in _turn(number, origin))


def _turn(number: int, origin: Origin) -> Iterator[Message]:
    yield UserMessage(text=f"Change {number}: look at part {number} of the file and tidy it up.")
    arguments = json.dumps({"path": f"src/part_{number}.py", "start": number + 1})
    call = ToolCall(
        id=f"call_{number}",
        name="read_file",
        arguments=arguments,
        opaque=_opaque("function_call", {"id": f"fc_{number}", "status": "completed"}, origin),
    )
    words = TextPart(
        text=f"I look at part {number}.",
        opaque=_opaque("message", {"id": f"msg_{number}", "status": "completed"}, origin),
    )
    yield AssistantMessage(
        parts=(_thinking(number, origin), words, call), origin=origin, stop=StopReason.TOOL_USE
    )
    yield ToolResultMessage(call_id=call.id, name=call.name, content=CODE * 16)
    said = f"Part {number} is tidy. " + "What was done, in a few words. " * 8
    yield AssistantMessage(parts=(TextPart(text=said),), origin=origin, stop=StopReason.END)


def _thinking(number: int, origin: Origin) -> ThinkingPart:
    text = f"Thinking about part {number}. " * 6
    if origin.api == "anthropic-messages":
        block = {"type": "thinking", "thinking": text, "signature": f"sig_{number:0400}"}
        return ThinkingPart(text=text, opaque=_opaque("thinking", block, origin))
    if origin.api == "openai-responses":
        summary = [{"type": "summary_text", "text": text}]
        item = {"type": "reasoning", "id": f"rs_{number}", "summary": summary}
        sealed = {**item, "encrypted_content": f"{number:0400}"}
        return ThinkingPart(text=text, opaque=_opaque("reasoning", sealed, origin))
    return ThinkingPart(text=text)


def _opaque(kind: str, wire: object, origin: Origin) -> Opaque | None:
    if origin.api not in {"anthropic-messages", "openai-responses"}:
        return None
    return Opaque(origin=origin, kind=kind, data=json.dumps(wire, separators=(",", ":")))
