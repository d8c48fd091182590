"""A small session in records, with one of everything that matters to a reader."""

from __future__ import annotations

from codex_tui.protocol.approvals import AllowOnce
from codex_tui.protocol.ids import Place, SessionId, StepId, TurnId
from codex_tui.protocol.messages import (
    AssistantMessage,
    Opaque,
    Origin,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from codex_tui.sessions.records import (
    MessageAdded,
    Record,
    SessionOpened,
    StepClosed,
    ToolApproved,
    TurnClosed,
    TurnOpened,
)

SESSION = SessionId("20260102-030405-abcd1234")
PLACE = Place(session=SESSION)
STEP = Place(session=SESSION, turn=TurnId("turn_1"), step=StepId("step_1"))

_ORIGIN = Origin(api="a", provider="p", base_url="http://h", model="m")

OPENED = SessionOpened(directory="/work/space", version="1")
ASKED = MessageAdded(message=UserMessage(text="rename  foo\nto bär"))
ANSWERED = MessageAdded(
    message=AssistantMessage(
        parts=(
            ThinkingPart(text="", opaque=Opaque(origin=_ORIGIN, kind="t", data='{"s": "x"}')),
            TextPart(text="I will."),
            ToolCall(id="c1", name="edit_file", arguments='{"path": "a"}'),
        ),
        origin=_ORIGIN,
        stop=StopReason.TOOL_USE,
        usage=Usage(input_tokens=3, output_tokens=4),
    )
)
RECORDS: tuple[Record, ...] = (
    OPENED,
    TurnOpened(),
    ASKED,
    ANSWERED,
    ToolApproved(call_id="c1", decision=AllowOnce()),
    MessageAdded(message=ToolResultMessage(call_id="c1", name="edit_file", content="done")),
    StepClosed(usage=Usage(input_tokens=3), model="p/m", duration_ms=12),
    TurnClosed(outcome="done"),
)
