from __future__ import annotations

import json

import pytest

from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.protocol.messages import (
    Opaque,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from codex_tui.providers.base import PartDelta, PartFinished, PartStarted, StreamFinished
from tests.providers.openai_support import (
    endpoint_at,
    fails,
    message_of,
    opened,
    request_of,
    stream_all,
)
from tests.servers.openai_wire import (
    Item,
    OpenAIWire,
    Reply,
    answer,
    call,
    ends_early,
    error_event,
    failed,
    incomplete,
    reasoning,
    shaped,
    text,
    usage,
)


async def test_text_streams_as_a_whole_list_of_events() -> None:
    script = [answer(text("Hello", phase="final_answer", pieces=2), tokens=usage(10, 3))]
    async with OpenAIWire(script) as wire:
        endpoint = endpoint_at(wire.base_url)
        events = await stream_all(endpoint)
    opaque = Opaque(
        origin=endpoint.origin("gpt-6.1-sol"),
        kind="message",
        data='{"id":"msg_2","phase":"final_answer","status":"completed"}',
    )
    assert events == [
        PartStarted(index=0, kind="text"),
        PartDelta(index=0, text="Hel"),
        PartDelta(index=0, text="lo"),
        PartFinished(index=0, part=TextPart(text="Hello", phase="final", opaque=opaque)),
        StreamFinished(
            stop=StopReason.END,
            usage=Usage(input_tokens=10, output_tokens=3),
            response_id="resp_1",
            request_id="req_wire",
            raw_stop="completed",
        ),
    ]


async def test_request_carries_what_the_endpoint_and_the_request_say() -> None:
    async with OpenAIWire([answer(text("ok"))]) as wire:
        endpoint = endpoint_at(wire.base_url, headers={"X-Team": "blue"})
        await stream_all(endpoint, request_of(session="x" * 80))
        (body,) = wire.requests
        headers = wire.server.requests[0].headers
    assert headers["authorization"] == "Bearer test-key"
    assert headers["x-team"] == "blue"
    assert body["instructions"] == "Be brief."
    assert body["prompt_cache_key"] == "x" * 64
    assert body["reasoning"] == {"summary": "auto"}
    assert body["stream_options"] == {"include_obfuscation": False}
    assert [tool["name"] for tool in body["tools"]] == ["read_file"]


async def test_reasoning_becomes_one_part_with_its_sections_apart() -> None:
    script = [answer(reasoning("First.", "Then."), text("Done."))]
    async with OpenAIWire(script) as wire:
        endpoint = endpoint_at(wire.base_url)
        events = await stream_all(endpoint)
    thinking, words = message_of(events, endpoint).parts
    assert isinstance(thinking, ThinkingPart)
    assert thinking.text == "First.\n\nThen."
    assert (
        "".join(e.text for e in events if isinstance(e, PartDelta) and e.index == 0)
        == thinking.text
    )
    assert thinking.opaque is not None
    assert json.loads(thinking.opaque.data) == {
        "id": "rs_2",
        "type": "reasoning",
        "summary": [
            {"type": "summary_text", "text": "First."},
            {"type": "summary_text", "text": "Then."},
        ],
        "encrypted_content": "sealed-2",
    }
    assert isinstance(words, TextPart)


async def test_open_models_show_their_reasoning_itself() -> None:
    async with OpenAIWire([answer(reasoning(raw="Because."), text("Done."))]) as wire:
        endpoint = endpoint_at(wire.base_url)
        message = message_of(await stream_all(endpoint), endpoint)
    assert isinstance(message.parts[0], ThinkingPart)
    assert message.parts[0].text == "Because."


async def test_own_answers_go_back_verbatim_and_are_accepted() -> None:
    script = [
        answer(
            reasoning("Look."),
            text("I read it.", phase="commentary"),
            call("read_file", {"path": "a"}, call_id="call_a"),
        ),
        answer(text("Done.", phase="final_answer")),
    ]
    async with OpenAIWire(script) as wire:
        endpoint = endpoint_at(wire.base_url)
        first = message_of(await stream_all(endpoint), endpoint)
        result = ToolResultMessage(call_id="call_a", name="read_file", content="text of a")
        await stream_all(endpoint, request_of(UserMessage(text="hi"), first, result))
        _, second = wire.requests
    assert [item.get("id") for item in second["input"]] == [None, "rs_2", "msg_3", "fc_4", None]
    assert second["input"][1]["encrypted_content"] == "sealed-2"
    assert second["input"][2]["phase"] == "commentary"
    assert second["input"][4] == {
        "type": "function_call_output",
        "call_id": "call_a",
        "output": "text of a",
    }


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(call("read_file", '{"path": "a', done=False), id="never done"),
        pytest.param(call("read_file", '{"path": "a"}', status="incomplete"), id="incomplete"),
        pytest.param(call("read_file", '{"path": "a'), id="not JSON"),
        pytest.param(call("read_file", "[" * 100_000), id="nested beyond reason"),
    ],
)
async def test_truncated_call_is_never_complete(broken: Item) -> None:
    async with OpenAIWire([incomplete("max_output_tokens", text("Reading."), broken)]) as wire:
        endpoint = endpoint_at(wire.base_url)
        message = message_of(await stream_all(endpoint), endpoint)
    assert message.stop is StopReason.LENGTH
    (found,) = message.tool_calls
    assert not found.complete
    assert found.arguments.startswith(("{", "["))


async def test_cut_answer_is_one_though_only_the_events_name_says_so() -> None:
    def bare(frames: list[bytes]) -> list[bytes]:
        return [*frames[:-1], b'data: {"type": "response.incomplete", "response": {}}\n\n']

    async with OpenAIWire([shaped(answer(call("read_file", {})), bare)]) as wire:
        endpoint = endpoint_at(wire.base_url)
        message = message_of(await stream_all(endpoint), endpoint)
    assert (message.stop, len(message.tool_calls)) == (StopReason.UNKNOWN, 1)


async def test_models_are_listed_by_name_in_the_servers_order() -> None:
    models = ("text-embedding-4", "house-model", "gpt-6-astra", "gpt-6.1-sol", "whisper-2")
    async with (
        OpenAIWire([], models=models) as wire,
        opened(endpoint_at(wire.base_url)) as provider,
    ):
        found = await provider.list_models()
    assert [str(info.ref) for info in found] == [
        "openai/house-model",
        "openai/gpt-6-astra",
        "openai/gpt-6.1-sol",
    ]
    assert found[2].context_window is None


async def test_server_that_needs_no_key_is_asked_without_one() -> None:
    async with OpenAIWire([answer(text("ok"))], key="none") as wire:
        endpoint = endpoint_at(wire.base_url, api_key=None, needs_key=False)
        assert message_of(await stream_all(endpoint), endpoint).text == "ok"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (failed("", ""), Kind.OVERLOADED),
        (error_event("server_is_overloaded", "Busy."), Kind.OVERLOADED),
        (error_event("invalid_prompt", "Bad."), Kind.INVALID_REQUEST),
        (
            ends_early(text("x"), extra=[b'data: {"error": {"code": "slow_down"}}\n\n']),
            Kind.OVERLOADED,
        ),
        (ends_early(text("x"), extra=[b"data: [DONE]\n\n"]), Kind.STREAM_INTERRUPTED),
    ],
)
async def test_failure_comes_in_several_forms(reply: Reply, kind: Kind) -> None:
    async with OpenAIWire([reply]) as wire:
        assert (await fails(endpoint_at(wire.base_url))).kind is kind
