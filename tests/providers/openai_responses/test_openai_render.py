from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from codex_tui.protocol.messages import (
    AssistantMessage,
    AssistantPart,
    NoticeMessage,
    Opaque,
    Origin,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    ToolStatus,
    UserMessage,
)
from codex_tui.protocol.models import Effort
from codex_tui.providers.openai_responses.items import UNFINISHED
from codex_tui.providers.openai_responses.render import render
from tests.providers.openai_support import MODEL, endpoint_at, request_of
from tests.servers.openai_rules import Issued, problems

ENDPOINT = endpoint_at("https://api.example/v1")
HERE = ENDPOINT.origin(MODEL)
CLAUDE = Origin(
    api="anthropic-messages",
    provider="anthropic",
    base_url="https://api.anthropic.com",
    model="claude-opus-5-5",
)
HI = UserMessage(text="hi")
ISSUED = {
    "rs_1": Issued(type="reasoning", encrypted="sealed", follower="msg_1"),
    "msg_1": Issued(type="message"),
    "fc_1": Issued(type="function_call"),
}


def opaque(kind: str, origin: Origin = HERE, **data: Any) -> Opaque:
    return Opaque(origin=origin, kind=kind, data=json.dumps(data))


def thought(origin: Origin = HERE, **data: Any) -> ThinkingPart:
    item = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "sealed", **data}
    return ThinkingPart(text="Hm.", opaque=opaque("reasoning", origin, **item))


def words(text: str = "Well.", origin: Origin = HERE) -> TextPart:
    return TextPart(text=text, opaque=opaque("message", origin, id="msg_1", status="completed"))


def tool_call(call_id: str = "call_1", **fields: Any) -> ToolCall:
    return ToolCall(**{"id": call_id, "name": "read_file", "arguments": '{"path":"a"}', **fields})


def said(*parts: AssistantPart, origin: Origin = HERE) -> AssistantMessage:
    return AssistantMessage(parts=parts, origin=origin, stop=StopReason.END)


def result(call_id: str = "call_1", content: str = "text", **fields: Any) -> ToolResultMessage:
    return ToolResultMessage(call_id=call_id, name="read_file", content=content, **fields)


def items_of(*messages: Any, model: str = MODEL) -> list[dict[str, Any]]:
    """The rendered input after the greeting, checked against the vendor's rules."""
    body = render(request_of(HI, *messages, model=model), ENDPOINT)
    assert problems(body, ISSUED) == []
    return body["input"][1:]


def types_of(*messages: Any, **fields: Any) -> list[str]:
    return [item["type"] for item in items_of(*messages, **fields)]


def test_own_reasoning_goes_back_with_the_item_it_led_to() -> None:
    first, second = items_of(said(thought(), words()))
    assert first["encrypted_content"] == "sealed"
    assert second == {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Well.", "annotations": []}],
        "id": "msg_1",
        "status": "completed",
    }


@pytest.mark.parametrize(
    "origin",
    [
        replace(HERE, model="gpt-6-astra"),
        replace(HERE, provider="gateway"),
        replace(HERE, base_url="https://eu.api.openai.com/v1"),
        CLAUDE,
    ],
)
def test_reasoning_of_another_origin_is_left_out_with_the_ids(origin: Origin) -> None:
    (item,) = items_of(said(thought(origin), words(origin=origin), origin=origin))
    assert "id" not in item
    assert item["content"][0]["text"] == "Well."


def test_reasoning_stays_behind_when_the_model_changes() -> None:
    (item,) = items_of(said(thought(), words()), model="gpt-6-astra")
    assert "id" not in item


def test_date_in_the_name_makes_no_other_model() -> None:
    dated = f"{MODEL}-2026-10-01"
    first, _ = items_of(said(thought(), words()), model=dated)
    assert first["encrypted_content"] == "sealed"
    origin = replace(HERE, model=dated)
    first, _ = items_of(said(thought(origin), words(origin=origin), origin=origin))
    assert first["encrypted_content"] == "sealed"


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((thought(),), id="alone"),
        pytest.param((thought(), tool_call(complete=False)), id="before an incomplete call"),
        pytest.param((thought(), words("")), id="before nothing said"),
        pytest.param((thought(), TextPart(text="Wel")), id="before a part cut short"),
        pytest.param((thought(encrypted_content=None), words()), id="not encrypted"),
        pytest.param((ThinkingPart(text="Hm."), words()), id="without its original"),
    ],
)
def test_reasoning_that_lost_what_it_led_to_is_left_out(parts: tuple[AssistantPart, ...]) -> None:
    rendered = items_of(said(*parts))
    assert all(item["type"] != "reasoning" and "id" not in item for item in rendered)


def test_reasoning_at_the_end_leaves_what_came_before_it_whole() -> None:
    rendered = items_of(said(thought(), words(), thought()))
    assert [item["id"] for item in rendered] == ["rs_1", "msg_1"]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (ToolStatus.OK, "text"),
        (ToolStatus.ERROR, "[failed]\ntext"),
        (ToolStatus.DENIED, "[not allowed]\ntext"),
        (ToolStatus.CANCELLED, "[cancelled]\ntext"),
        (ToolStatus.INTERRUPTED, "[interrupted]\ntext"),
    ],
)
def test_status_of_a_result_is_said_in_words(status: ToolStatus, told: str) -> None:
    assert items_of(said(tool_call()), result(status=status))[-1]["output"] == told


def test_phase_is_sent_again() -> None:
    rendered = items_of(
        said(TextPart(text="a", phase="commentary"), TextPart(text="b", phase="final"))
    )
    assert [item["phase"] for item in rendered] == ["commentary", "final_answer"]


def test_notices_are_the_developers_words() -> None:
    (item,) = items_of(NoticeMessage(text="The mode is auto-edit."))
    assert item["role"] == "developer"
    assert item["content"] == [{"type": "input_text", "text": "The mode is auto-edit."}]


def test_vendor_items_go_back_to_their_origin_alone() -> None:
    kept = ServerPart(opaque=opaque("web_search_call", id="ws_1", type="web_search_call"))
    body = render(request_of(HI, said(kept)), ENDPOINT)
    assert body["input"][1:] == [{"id": "ws_1", "type": "web_search_call"}]
    assert items_of(said(kept), model="gpt-6-astra") == []


def test_unfinished_vendor_items_are_not_sent() -> None:
    assert items_of(said(ServerPart(opaque=opaque(UNFINISHED, id="ws_1")))) == []


def test_longer_history_leaves_the_bytes_before_it_alone() -> None:
    history: list[Any] = [
        HI,
        said(thought(), words()),
        UserMessage(text="go"),
        said(tool_call("call_0")),
        result("call_0"),
        said(tool_call("call_0"), origin=CLAUDE),
        result("call_0"),
        NoticeMessage(text="n"),
    ]
    whole = render(request_of(*history), ENDPOINT)
    for length in (1, 2, 3, 5, 7):
        part = render(request_of(*history[:length]), ENDPOINT)
        assert whole["input"][: len(part["input"])] == part["input"]
        assert {**whole, "input": 0} == {**part, "input": 0}


@pytest.mark.parametrize(
    ("model", "effort", "sent"),
    [
        ("gpt-6.1-sol", None, {"summary": "auto"}),
        ("gpt-6.1-sol", Effort.HIGH, {"effort": "high", "summary": "auto"}),
        ("gpt-6.1-sol", Effort.OFF, {"effort": "low", "summary": "auto"}),
        ("gpt-6-sol", Effort.OFF, {"effort": "none"}),
        ("gpt-6-sol", Effort.MINIMAL, {"effort": "none"}),
        ("gpt-5.3-codex", Effort.MAX, {"effort": "xhigh", "summary": "auto"}),
        ("gpt-6.2-sol", Effort.MAX, {"effort": "max", "summary": "auto"}),
        ("house-model", Effort.HIGH, {"effort": "high", "summary": "auto"}),
        ("house-model", None, None),
    ],
)
def test_effort_is_mapped_to_what_the_model_takes(
    model: str, effort: Effort | None, sent: dict[str, str] | None
) -> None:
    body = render(request_of(model=model, effort=effort), ENDPOINT)
    assert body.get("reasoning") == sent
    assert problems(body, {}) == []


def test_optional_fields_are_left_out_when_there_is_nothing_to_say() -> None:
    body = render(request_of(system="", tools=(), session=""), ENDPOINT)
    assert not body.keys() & {"instructions", "tools", "parallel_tool_calls", "prompt_cache_key"}
    assert "max_output_tokens" not in body
    assert render(request_of(max_output_tokens=4096), ENDPOINT)["max_output_tokens"] == 4096


def test_tools_have_the_loose_function_form() -> None:
    (tool,) = render(request_of(), ENDPOINT)["tools"]
    assert tool == {
        "type": "function",
        "name": "read_file",
        "description": "Read a file.",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
        "strict": False,
    }
