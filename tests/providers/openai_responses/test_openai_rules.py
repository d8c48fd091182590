from __future__ import annotations

from typing import Any

import pytest

from codex_tui.protocol.errors import ProviderErrorKind
from codex_tui.protocol.messages import UserMessage
from codex_tui.providers.openai_responses.render import render
from tests.providers.openai_support import (
    endpoint_at,
    fails,
    message_of,
    request_of,
    stream_all,
)
from tests.servers.openai_rules import Issued, problems
from tests.servers.openai_wire import answer, serve_in_thread, text

WORDS = {"type": "output_text", "text": "a", "annotations": []}
SAID = {"type": "message", "role": "assistant", "content": [WORDS]}
ASKED = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a"}]}
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "x"}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed"}
ISSUED = {
    "rs_1": Issued(type="reasoning", encrypted="sealed", follower="msg_1"),
    "msg_1": Issued(type="message"),
}


def good_body() -> dict[str, Any]:
    request = request_of(UserMessage(text="hi"), max_output_tokens=100)
    return render(request, endpoint_at("https://api.example/v1"))


def test_good_request_has_no_problems() -> None:
    body = good_body()
    body["input"] += [THOUGHT, {**SAID, "id": "msg_1", "status": "completed"}, CALL, OUTPUT, ASKED]
    assert problems(body, ISSUED) == []


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.2},
        {"store": True},
        {"stream": False},
        {"include": []},
        {"input": []},
        {"model": None},
        {"prompt_cache_key": "x" * 65},
        {"max_output_tokens": 3},
        {"reasoning": {"effort": "off"}},
        {"reasoning": {"budget": 1}},
        {"tools": [{"type": "function", "name": "f"}]},
        {"tools": []},
        {"max_output_tokens": 128_001},
        {"stream_options": {"include_usage": True}},
        {"reasoning": {"effort": "low"}, "model": "gpt-4.1"},
        {"reasoning": {"effort": "minimal"}, "model": "gpt-6.1-sol"},
        {"reasoning": {"summary": "long"}},
        {"instructions": "\ud83d"},
    ],
)
def test_bad_parameters_are_refused(change: dict[str, Any]) -> None:
    assert problems({**good_body(), **change}, {})


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([CALL], id="call without output"),
        pytest.param([OUTPUT], id="output without call"),
        pytest.param([CALL, ASKED, OUTPUT], id="message before the output"),
        pytest.param([CALL, CALL, OUTPUT, OUTPUT], id="call id twice"),
        pytest.param([CALL, OUTPUT, OUTPUT], id="two outputs"),
        pytest.param(
            [CALL, {**CALL, "call_id": "c2"}, {**OUTPUT, "call_id": "c2"}, OUTPUT], id="order"
        ),
        pytest.param(
            [{**CALL, "call_id": "x" * 65}, {**OUTPUT, "call_id": "x" * 65}], id="long id"
        ),
        pytest.param([{**CALL, "arguments": "{"}, OUTPUT], id="arguments"),
        pytest.param([{**CALL, "name": "a b"}, OUTPUT], id="name"),
        pytest.param([{**CALL, "id": "fc_9"}, OUTPUT], id="unknown id"),
        pytest.param([THOUGHT], id="reasoning alone"),
        pytest.param([THOUGHT, SAID], id="reasoning before something else"),
        pytest.param([{**THOUGHT, "encrypted_content": "x"}, SAID], id="foreign reasoning"),
        pytest.param([{**THOUGHT, "encrypted_content": None}, SAID], id="reasoning in clear"),
        pytest.param([{**SAID, "content": [{"type": "output_text", "text": ""}]}], id="empty text"),
        pytest.param([{**SAID, "content": []}], id="empty content"),
        pytest.param([{**SAID, "phase": "final"}], id="phase"),
        pytest.param([{**ASKED, "role": "system2"}], id="role"),
        pytest.param([{**ASKED, "content": SAID["content"]}], id="output text of a user"),
        pytest.param([{"type": "tool_result"}], id="foreign item"),
        pytest.param([THOUGHT, {**SAID, "id": "msg_1"}] * 2, id="the same item twice"),
        pytest.param([{**THOUGHT, "phase": "x"}, {**SAID, "id": "msg_1"}], id="field of reasoning"),
        pytest.param([{**SAID, "status": "done"}], id="status"),
        pytest.param([{**CALL, "status": "failed"}, OUTPUT], id="status of a call"),
        pytest.param([{**SAID, "content": [{**WORDS, "id": "x"}]}], id="field of a text"),
        pytest.param(
            [{**SAID, "content": [{"type": "output_text", "text": "a"}]}],
            id="text without annotations",
        ),
        pytest.param([CALL, {**OUTPUT, "output": "x" * 10_485_761}], id="a very long output"),
        pytest.param(
            [
                {
                    **ASKED,
                    "content": [
                        {**ASKED["content"][0], "prompt_cache_breakpoint": {"mode": "implicit"}}
                    ],
                }
            ],
            id="breakpoint",
        ),
    ],
)
def test_bad_items_are_refused(items: list[dict[str, Any]]) -> None:
    body = good_body()
    body["input"] += items
    assert problems(body, ISSUED)


async def test_wire_refuses_like_the_vendor_and_runs_in_a_thread() -> None:
    with serve_in_thread([answer(text("ok"))], key="thread-key") as wire:
        endpoint = endpoint_at(wire.base_url, api_key="thread-key")
        error = await fails(endpoint, request_of(max_output_tokens=1))
        assert (error.kind, error.status) == (ProviderErrorKind.INVALID_REQUEST, 400)
        assert "max_output_tokens" in error.message
        assert message_of(await stream_all(endpoint), endpoint).text == "ok"
        assert len(wire.requests) == 2
