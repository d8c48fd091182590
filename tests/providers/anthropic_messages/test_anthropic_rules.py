from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from codex_tui.protocol.messages import TextPart, UserMessage
from codex_tui.providers.anthropic_messages.adapter import AnthropicMessages
from codex_tui.providers.base import Endpoint, ModelRequest, PartFinished
from tests.servers.anthropic_wire import AnthropicWire, Reply, problems, serve_in_thread
from tests.servers.loopback import LoopbackServer

HI = {"role": "user", "content": "hi"}
USE = {"type": "tool_use", "id": "t1", "name": "read", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "out"}
TEXT = {"type": "text", "text": "x"}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ""}}
MARKED = {**TEXT, "cache_control": {"type": "ephemeral"}}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def body(*messages: Any, **changes: Any) -> dict[str, Any]:
    return {
        "model": "claude-opus-5-5", "max_tokens": 9, "messages": list(messages or [HI]), **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    "good",
    [
        body(),
        body(HI, assistant(USE), user(RESULT, TEXT)),
        body(HI, assistant({"type": "thinking", "thinking": "hm", "signature": "s"}, TEXT), HI),
        body(HI, thinking={"type": "adaptive", "display": "summarized"}),
        body(HI, {"role": "system", "content": "x"}),
        body(thinking={"type": "between_tools"}, model="claude-sonnet-5-5"),
    ],
)
def test_what_the_vendor_accepts_is_accepted(good: dict[str, Any]) -> None:
    assert problems(good, {"s": "hm"}) == []


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ({**body(), "max_tokens": None}, "max_tokens"),
        (body(temperature=1), "temperature"),
        (body(session="x"), "session"),
        (body({"role": "system", "content": "x"}), "role"),
        (body({"role": "user", "content": ""}), "non-empty"),
        (body(user({"type": "text", "text": " "})), "non-whitespace"),
        (body(assistant(TEXT), HI), "user role"),
        (body(HI, assistant(TEXT)), "prefill"),
        (body(HI, assistant(USE), HI), "tool_result"),
        (body(HI, assistant(USE), HI, user(RESULT)), "immediately after"),
        (body(HI, assistant(USE), user(TEXT, RESULT)), "before other content"),
        (body(HI, assistant(USE), user(RESULT, RESULT)), "one `tool_result`"),
        (body(HI, assistant(USE), user(RESULT), assistant(USE), user(RESULT)), "unique"),
        (body(user(RESULT)), "unexpected"),
        (body(HI, assistant({**USE, "id": "a|b"}), user({**RESULT, "tool_use_id": "a|b"})), "id"),
        (body(HI, assistant({**USE, "input": "{}"}), user(RESULT)), "dictionary"),
        (body(HI, assistant({"type": "thinking", "thinking": "no", "signature": "s"}, TEXT), HI),
         "signature"),
        (body(HI, assistant({"type": "redacted_thinking", "data": "d"}, TEXT), HI), "data"),
        (body(HI, assistant(TEXT, {"type": "thinking", "thinking": "hm", "signature": "s"}), HI),
         "final block"),
        (body(HI, assistant({"type": "web"}, TEXT), HI), "expected"),
        (body(user(USE)), "only be in assistant"),
        (body(user(*[MARKED] * 5)), "maximum of 4"),
        (body(user({**TEXT, "cache_control": {"type": "forever"}})), "cache_control"),
        (body(tools=[{"name": "a b", "input_schema": {"type": "object"}}]), "tools.0.name"),
        (body(tools=[{"name": "a", "input_schema": {"type": "array"}}]), "input_schema"),
        (body(tools=[{"name": "a", "parameters": {}}]), "parameters"),
        (body(thinking={"type": "disabled"}), "cannot be disabled"),
        (body(thinking={"type": "enabled", "budget_tokens": 2000}), "budget_tokens"),
        (body(output_config={"effort": "extreme"}), "effort"),
        (body(top_k=5), "top_k"),
        (body(tool_choice={"type": "any"}), "tool_choice"),
        (body(tool_choice={"type": "tool", "name": "x"}, model="claude-haiku-5-5",
              thinking={"type": "adaptive"}), "tool_choice"),
        (body(thinking={"type": "adaptive", "display": "loud"}), "display"),
        (body(thinking={"type": "adaptive", "block_binding": {"prefix": 1}}), "block_binding"),
        (body(thinking={"type": "adaptive", "block_binding":
                        {"prefix_mismatch_behavior": "drop_block"}}, model="claude-opus-4-8"),
         "block_binding"),
        (body(thinking={"type": "disabled"}, output_config={"effort": "max"},
              model="claude-opus-5"), "at effort 'max'"),
        (body(thinking={"type": "between_tools"}), "between_tools"),
        (body(thinking={"type": "between_tools"}, output_config={"effort": "xhigh"},
              model="claude-sonnet-5-5"), "between_tools"),
        (body(output_config={"effort": "xhigh"}, model="claude-opus-4-6"), "xhigh"),
        (body(output_config={"effort": "low"}, model="claude-haiku-4-5"), "effort"),
        (body(HI, {"role": "system", "content": "x"}, model="claude-sonnet-5"), "not for this"),
        (body(HI, {"role": "system", "content": "x"}, HI), "must be last"),
        (body({"role": "tool", "content": "x"}), "role"),
        (body(max_tokens=128_001), "128001 > 128000"),
        (body(max_tokens=64_001, model="claude-haiku-4-5"), "64001 > 64000"),
        (body(stream="yes"), "stream"),
        (body(HI, assistant({**TEXT, "text": "so "}), compaction={"type": "summarize"}),
         "trailing whitespace"),
        (body(user({**TEXT, "cache_control": {"type": "ephemeral", "ttl": "2h"}})), "ttl"),
        (body(user({**TEXT, "cache_control": {"type": "ephemeral", "ttl": "1h"}}),
              system=[MARKED]), "must not come after"),
        (body(system=[{**TEXT, "title": "x"}]), "system.0"),
        (body(user({**TEXT, "citations": 1})), "citations"),
        (body({"role": "user", "content": None}), "valid list"),
        (body(HI, assistant(USE), user({**RESULT, "is_error": "no"})), "is_error"),
        (body(HI, assistant(USE), user({**RESULT, "content": [{"type": "tool_use"}]})), "expected"),
        (body(HI, assistant(USE), user({**RESULT, "content": [{**TEXT, "id": 1}]})), "permitted"),
        (body(HI, assistant(USE), user({**RESULT, "content": [{**TEXT, "text": " "}]})),
         "non-whitespace"),
        (body(HI, assistant({"type": "thinking", "thinking": "hm", "signature": ""}, TEXT), HI),
         "signature: Field required"),
        (body(thinking={"type": "enabled", "budget_tokens": "2000"}, model="claude-haiku-4-5",
              max_tokens=5000), "budget_tokens"),
        (body(tools=[{"name": "a", "input_schema": {"type": "object", "oneOf": []}}]), "oneOf"),
        (body(tools=[{"name": "a", "input_schema": {"type": "object", "properties": {"a b": {}}}}]),
         "properties"),
        (body(tools=[{"name": "a", "description": 1, "input_schema": {"type": "object"}}]),
         "description"),
        (body(user(*[IMAGE] * 101)), "at most 100"),
        (body(user({**TEXT, "text": "x" * 32_000_000})), "maximum size"),
        (body(user({"type": "text", "text": "\ud800"})), "surrogate"),
    ],
)  # fmt: skip
def test_what_the_vendor_refuses_is_refused(bad: dict[str, Any], complaint: str) -> None:
    assert any(complaint in problem for problem in problems(bad, {"s": "hm"}))


async def one_answer(base_url: str) -> Any:
    provider = AnthropicMessages(
        Endpoint(name="a", api="anthropic-messages", base_url=base_url, api_key="test-key")
    )
    asked = ModelRequest(model="claude-opus-5-5", system="", messages=(UserMessage(text="hi"),))
    async with aclosing(provider.stream(asked)) as stream:
        parts = [event.part async for event in stream if isinstance(event, PartFinished)]
    await provider.aclose()
    return parts


def test_the_server_runs_in_a_thread() -> None:
    with serve_in_thread([Reply("hi")]) as wire:
        assert asyncio.run(one_answer(wire.base_url)) == [TextPart(text="hi")]
        assert wire.requests[0]["model"] == "claude-opus-5-5"


async def test_a_request_beyond_the_script_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="no answer"):
        async with AnthropicWire([]) as wire:
            with pytest.raises(Exception, match="500"):
                await one_answer(wire.base_url)


async def test_a_failing_handler_is_raised_when_the_server_closes() -> None:
    def handler(_: Any) -> Any:
        raise LookupError("in the handler")

    with pytest.raises(LookupError):
        async with LoopbackServer(handler) as server:
            with pytest.raises(Exception, match="500"):
                await one_answer(server.base_url)
