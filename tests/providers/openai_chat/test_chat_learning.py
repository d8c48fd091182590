"""What a server refuses is left out from then on, at once and without a word to the user."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.messages import (
    AssistantMessage,
    Message,
    StopReason,
    TextPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.protocol.models import Effort
from codex_tui.providers.base import Endpoint
from codex_tui.providers.openai_chat.compat import Compat, with_compat
from codex_tui.providers.openai_chat.lessons import meanings
from codex_tui.providers.presets import compat_of
from tests.providers.chat_support import (
    ask,
    endpoint_at,
    fails,
    message_of,
    opened,
    request_of,
    stream_all,
)
from tests.servers.chat_rules import Rules
from tests.servers.chat_wire import ChatWire, answer, call, ends_early, http_error, text, think
from tests.servers.loopback import Answer, Plain

ELSEWHERE = Endpoint(name="openai", api="openai-responses", base_url="https://o").origin("gpt")


def as_template_failure(found: Sequence[str]) -> Answer:
    return http_error(500, f"Jinja Exception: {'; '.join(found)}")


def as_validation_error(found: Sequence[str]) -> Answer:
    detail = [{"type": "extra_forbidden", "loc": ["body", each], "msg": each} for each in found]
    return Plain.of_json({"detail": detail}, status=422)


def history(*more: Message) -> tuple[Message, ...]:
    called = AssistantMessage(
        parts=(TextPart(text="Reading."), ToolCall(id="call:1", name="read_file", arguments="{}")),
        origin=ELSEWHERE,
        stop=StopReason.TOOL_USE,
    )
    result = ToolResultMessage(call_id="call:1", name="read_file", content="x")
    return (UserMessage(text="hi"), called, result, UserMessage(text="go on"), *more)


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        (Rules(refused=frozenset({"stream_options"})), {}),
        (Rules(refused=frozenset({"reasoning_effort"})),
         {"effort": Effort.HIGH, "model": "gpt-oss-20b"}),
        (Rules(refused=frozenset({"max_tokens"})), {"max_output_tokens": 9}),
        (Rules(refused=frozenset({"max_tokens", "max_completion_tokens"})),
         {"max_output_tokens": 9}),
        (Rules(reasoning="required"), {"messages": history()}),
        (Rules(alternate=True), {"messages": history()}),
        (Rules(nine_letter_ids=True), {"messages": history()}),
        (Rules(signatures=True), {"messages": history()}),
        (Rules(streams_tools=False), {"messages": history()}),
        (Rules(reasoning="required", alternate=True, nine_letter_ids=True, signatures=True,
               refused=frozenset({"stream_options"})), {"messages": history()}),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "refuse",
    [
        lambda found: http_error(400, "; ".join(found)),
        as_validation_error,
        as_template_failure,
    ],
)
async def test_refusal_is_learned_from_and_remembered(
    rules: Rules, fields: dict[str, Any], refuse: Callable[[Sequence[str]], Answer]
) -> None:
    script = [answer(text("one")), answer(text("two"))]
    async with ChatWire(script, rules=rules, refuse=refuse) as wire:
        endpoint = endpoint_at(wire.base_url)
        messages = fields.get("messages", (UserMessage(text="hi"),))
        request = request_of(*messages, **{k: v for k, v in fields.items() if k != "messages"})
        async with opened(endpoint) as provider:
            first = message_of(await ask(provider, request), endpoint)
            asked = len(wire.requests)
            second = message_of(await ask(provider, request), endpoint)
        assert (first.text, second.text) == ("one", "two")
        assert wire.refused
        assert len(wire.requests) == asked + 1, "the second time nothing is refused"


async def test_lesson_is_written_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    rules = Rules(refused=frozenset({"stream_options"}))
    with caplog.at_level(logging.INFO, "codex_tui.providers.lessons"):
        async with ChatWire([answer(text("ok"))], rules=rules) as wire:
            await stream_all(endpoint_at(wire.base_url))
    assert [record.getMessage() for record in caplog.records] == [
        "house, model house-model: from now on include_usage: False"
        " (it is not asked to count its tokens)"
    ]


async def test_lesson_holds_for_its_model_alone() -> None:
    rules = Rules(refused=frozenset({"stream_options"}))
    async with ChatWire([answer(text("a")), answer(text("b"))], rules=rules) as wire:
        async with opened(endpoint_at(wire.base_url)) as provider:
            await ask(provider)
            await ask(provider, request_of(model="other"))
        assert ["stream_options" in each for each in wire.requests] == [True, False, True, False]


async def test_name_of_a_field_that_was_not_sent_teaches_nothing() -> None:
    async with ChatWire([http_error(400, "reasoning_effort and max_tokens are not for you")]) as w:
        await fails(endpoint_at(w.base_url))
        assert len(w.requests) == 1


async def test_refusal_after_something_was_shown_is_not_asked_again() -> None:
    late = {"error": {"message": "Unknown field stream_options", "code": 400}}
    async with ChatWire([ends_early(text("Hello"), after=[late])]) as wire:
        await fails(endpoint_at(wire.base_url))
        assert len(wire.requests) == 1


async def test_refusal_inside_a_stream_before_anything_was_shown_teaches() -> None:
    early = {"error": {"message": "Unknown field stream_options", "code": 400}}
    async with ChatWire([ends_early(after=[early]), answer(text("ok"))]) as wire:
        endpoint = endpoint_at(wire.base_url)
        assert message_of(await stream_all(endpoint), endpoint).text == "ok"


async def test_server_that_refuses_everything_is_not_asked_for_ever() -> None:
    said = "stream_options max_tokens max_completion_tokens reasoning_content roles must alternate"
    script = [http_error(400, said)] * 20
    async with ChatWire(script) as wire, opened(endpoint_at(wire.base_url)) as provider:
        with pytest.raises(ProviderError):
            await ask(provider, request_of(*history(), max_output_tokens=5))
        assert 2 <= len(wire.requests) <= 6


async def test_answers_with_tools_in_one_piece_become_the_same_events() -> None:
    reply = answer(
        think("Hm."), text("Look."), call("read_file", {"path": "a"}), finish="tool_calls"
    )
    async with ChatWire([reply, reply], rules=Rules(streams_tools=False)) as wire:
        endpoint = with_compat(endpoint_at(wire.base_url), {"stream_tools": False})
        message = message_of(await stream_all(endpoint), endpoint)
        assert wire.refused == []
    assert [part.type for part in message.parts] == ["thinking", "text", "tool_call"]
    assert message.stop is StopReason.TOOL_USE
    assert message.tool_calls[0].arguments == '{"path": "a"}'


def test_users_word_on_a_server_comes_last() -> None:
    mistral = Endpoint(name="mistral", api="openai-chat", base_url="https://api.mistral.ai/v1")
    assert compat_of(mistral).tool_id == "mistral9"
    mine = with_compat(mistral, {"tool_id": "plain", "stream_tools": False})
    assert compat_of(mine) == dataclasses.replace(
        compat_of(mistral), tool_id="plain", stream_tools=False
    )
    assert mine.name == "mistral"
    assert mine.base_url == mistral.base_url


@pytest.mark.parametrize(
    ("compat", "said", "change"),
    [
        (Compat(reasoning_effort="reasoning"), "unknown field: reasoning", "reasoning_effort"),
        (Compat(reasoning_echo="reasoning_content"), "unknown reasoning_content",
         "reasoning_echo"),
        (Compat(), "unknown reasoning_details", "echo_state"),
        (Compat(system_role="developer"), "unknown variant `developer`", "system_role"),
        (Compat(), "tools: [] is too short", "empty_tools"),
        (Compat(), "streaming is not supported with tools", "stream_tools"),
        (Compat(), "response_format.type must be text", "json_schema"),
        (Compat(), "Structured outputs are not available", "json_schema"),
        (Compat(), "After the optional system message, conversation roles must alternate",
         "alternate_roles"),
        (Compat(), "Unexpected role 'user' after role 'tool'", "alternate_roles"),
    ],
)  # fmt: skip
def test_refusals_name_what_to_leave_out(compat: Compat, said: str, change: str) -> None:
    first = next(meanings(compat, said))
    assert list(compat.differences(first)) == [change]


def test_words_that_name_nothing_teach_nothing() -> None:
    for said in (
        "Bad request",
        "the model is overloaded",
        "Invalid value for 'none'",
        "the worker died while streaming a tool call",
    ):
        assert list(meanings(Compat(), said)) == []
