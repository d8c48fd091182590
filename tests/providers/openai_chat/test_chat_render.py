"""Any history becomes messages that any compatible server takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    NoticeMessage,
    Opaque,
    Origin,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.protocol.models import Effort
from codex_tui.providers.base import Endpoint
from codex_tui.providers.openai_chat.compat import Compat
from codex_tui.providers.openai_chat.render import render
from codex_tui.providers.presets import PRESETS
from tests.providers.chat_support import request_of
from tests.providers.contract.support import READ_FILE

HOUSE = Endpoint(name="house", api="openai-chat", base_url="https://house.example/v1")
OWN = HOUSE.origin("house-model")
CLAUDE = Endpoint(
    name="anthropic", api="anthropic-messages", base_url="https://api.anthropic.com"
).origin("claude-opus-5-5")
SIGNED = {"google": {"thought_signature": "sig-1"}}
DETAILS = [{"type": "reasoning.text", "text": "Hm.", "signature": "s", "index": 0}]


def body_of(*messages: Message, compat: Compat | None = None, **fields: Any) -> dict[str, Any]:
    return render(request_of(*messages, **fields), HOUSE, compat or Compat())


def answered(*parts: Any, origin: Origin = OWN) -> AssistantMessage:
    return AssistantMessage(parts=parts, origin=origin, stop=StopReason.TOOL_USE)


def called(call_id: str = "call_1", **fields: Any) -> ToolCall:
    return ToolCall(**{"id": call_id, "name": "read_file", "arguments": '{"path":"a"}', **fields})


def result(call_id: str = "call_1", content: str = "x", **fields: Any) -> ToolResultMessage:
    return ToolResultMessage(call_id=call_id, name="read_file", content=content, **fields)


def test_conversation_as_a_whole() -> None:
    body = body_of(
        NoticeMessage(text="The folder is /w."),
        UserMessage(text="Read a."),
        answered(ThinkingPart(text="Hm."), TextPart(text="Reading."), called()),
        result(content="text of a"),
        UserMessage(text="Thanks."),
    )
    assert body == {
        "model": "house-model",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": "<system-reminder>\nThe folder is /w.\n</system-reminder>",
            },
            {"role": "user", "content": "Read a."},
            {
                "role": "assistant",
                "content": "Reading.",
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "read_file", "arguments": '{"path":"a"}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "text of a"},
            {"role": "user", "content": "Thanks."},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "read_file",
                    "description": "Read a file.",
                    "parameters": READ_FILE.parameters,
                },
            }
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_tools_are_left_out_unless_the_history_has_calls() -> None:
    asked = UserMessage(text="hi")
    assert "tools" not in body_of(asked, tools=())
    used = (asked, answered(called()), result(), asked)
    assert body_of(*used, tools=())["tools"] == []
    assert "tools" not in body_of(*used, tools=(), compat=Compat(empty_tools=False))


def test_only_requests_with_tools_wait_for_whole_answers() -> None:
    compat = Compat(stream_tools=False)
    assert body_of(UserMessage(text="hi"), tools=(), compat=compat)["stream"] is True
    whole = body_of(UserMessage(text="hi"), compat=compat)
    assert whole["stream"] is False
    assert "stream_options" not in whole


@pytest.mark.parametrize(
    ("field", "effort", "sent"),
    [
        ("reasoning_effort", Effort.XHIGH, {"reasoning_effort": "high"}),
        ("reasoning", Effort.LOW, {"reasoning": {"effort": "low"}}),
        ("none", Effort.LOW, {}),
        ("reasoning_effort", None, {}),
    ],
)
def test_effort_goes_where_the_server_has_it(
    field: Any, effort: Effort | None, sent: dict[str, Any]
) -> None:
    body = body_of(model="gpt-oss-20b", effort=effort, compat=Compat(reasoning_effort=field))
    assert {k: v for k, v in body.items() if k.startswith("reasoning")} == sent


def test_effort_for_a_model_that_no_table_knows_is_sent_as_it_is() -> None:
    assert body_of(effort=Effort.XHIGH)["reasoning_effort"] == "xhigh"
    assert "reasoning_effort" not in body_of()


@pytest.mark.parametrize(
    ("field", "high", "off"),
    [
        ("reasoning_effort", "high", "none"),
        ("reasoning", {"effort": "high"}, {"effort": "none"}),
        ("thinking", {"type": "enabled"}, {"type": "disabled"}),
        ("chat_template_kwargs", {"enable_thinking": True}, {"enable_thinking": False}),
        ("thinking_budget", 24_000, 0),
        ("thinking_token_budget", 24_000, 0),
        ("thinking_budget_tokens", 24_000, 0),
    ],
)
def test_effort_speaks_the_dialect_of_the_server(field: Any, high: Any, off: Any) -> None:
    compat = Compat(reasoning_effort=field)
    assert body_of(effort=Effort.HIGH, compat=compat)[field] == high
    assert body_of(effort=Effort.OFF, compat=compat)[field] == off
    silent = body_of(effort=Effort.HIGH, compat=Compat(reasoning_effort="none"))
    assert not silent.keys() & {"reasoning_effort", "reasoning", "thinking"}


def test_a_budget_for_thinking_leaves_room_for_the_answer() -> None:
    compat = Compat(reasoning_effort="thinking_budget")
    body = body_of(effort=Effort.MAX, compat=compat, max_output_tokens=8_000)
    assert (body["thinking_budget"], body["max_tokens"]) == (4_000, 8_000)


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens", "none"])
def test_output_limit_goes_where_the_server_has_it(field: Any) -> None:
    body = body_of(max_output_tokens=99, compat=Compat(max_tokens=field))
    assert {k: v for k, v in body.items() if v == 99} == ({} if field == "none" else {field: 99})


def test_reasoning_goes_back_only_with_calls_and_only_to_where_it_came_from() -> None:
    compat = Compat(reasoning_echo="reasoning_content")
    thought = ThinkingPart(text="Hm.")
    messages = body_of(
        UserMessage(text="hi"),
        answered(thought, called("call_1")),
        result("call_1"),
        answered(thought, called("call_2"), origin=CLAUDE),
        result("call_2"),
        answered(thought, TextPart(text="Done.")),
        UserMessage(text="ok"),
        compat=compat,
    )["messages"]
    told = [m.get("reasoning_content") for m in messages if m["role"] == "assistant"]
    assert told == ["Hm.", "", None]


def test_state_goes_back_to_the_very_model_and_nobody_else() -> None:
    def parts(origin: Origin) -> tuple[Any, ...]:
        details = Opaque(origin=origin, kind="reasoning_details", data=json.dumps(DETAILS))
        signed = Opaque(origin=origin, kind="extra_content", data=json.dumps(SIGNED))
        return (TextPart(text="a"), called(opaque=signed), ServerPart(opaque=details))

    def answer_of(origin: Origin, compat: Compat | None = None) -> dict[str, Any]:
        messages = (UserMessage(text="hi"), answered(*parts(origin), origin=origin), result())
        return body_of(*messages, compat=compat)["messages"][2]

    own = answer_of(OWN)
    assert own["reasoning_details"] == DETAILS
    assert own["tool_calls"][0]["extra_content"] == SIGNED
    for origin in (CLAUDE, HOUSE.origin("other-model")):
        assert "sig-1" not in json.dumps(answer_of(origin))
        assert "reasoning_details" not in answer_of(origin)
    assert not answer_of(OWN, Compat(echo_state=False)).keys() & {"reasoning_details"}


def test_first_foreign_call_gets_the_stand_in_for_a_signature() -> None:
    compat = PRESETS["gemini"].compat
    both = answered(called("call_1"), called("call_2"), origin=CLAUDE)
    message = body_of(UserMessage(text="hi"), both, result("call_1"), result("call_2"),
                      compat=compat)["messages"][2]  # fmt: skip
    first, second = message["tool_calls"]
    assert first["extra_content"] == {
        "google": {"thought_signature": "skip_thought_signature_validator"}
    }
    assert "extra_content" not in second


def test_ids_of_the_server_itself_stay_as_they_are() -> None:
    odd = "functions.read_file:0"
    own = body_of(UserMessage(text="hi"), answered(called(odd)), result(odd))["messages"]
    assert own[2]["tool_calls"][0]["id"] == own[3]["tool_call_id"] == odd
    foreign = answered(called(odd), origin=CLAUDE)
    mapped = body_of(UserMessage(text="hi"), foreign, result(odd))["messages"]
    assert mapped[2]["tool_calls"][0]["id"] == mapped[3]["tool_call_id"] != odd


def test_pieces_of_one_answer_are_joined_as_their_wire_meant_them() -> None:
    def words(origin: Origin) -> str:
        parts = (TextPart(text="One."), ThinkingPart(text="Hm."), TextPart(text="Two."))
        message = answered(*parts, origin=origin)
        return body_of(UserMessage(text="hi"), message, UserMessage(text="ok"))["messages"][2][
            "content"
        ]

    assert words(OWN) == "One.Two."
    assert words(CLAUDE) == "One.\n\nTwo."


def test_strict_servers_hear_taking_turns() -> None:
    messages = body_of(
        UserMessage(text="one"),
        NoticeMessage(text="note"),
        answered(called()),
        result(),
        UserMessage(text="two"),
        answered(TextPart(text="a")),
        answered(TextPart(text="b")),
        compat=Compat(alternate_roles=True),
    )["messages"]
    assert [message["role"] for message in messages[1:]] == [
        "user", "assistant", "tool", "assistant", "user", "assistant", "user", "assistant", "user",
    ]  # fmt: skip
    assert messages[1]["content"] == "one\n\n<system-reminder>\nnote\n</system-reminder>"
