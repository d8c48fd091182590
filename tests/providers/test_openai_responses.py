from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest

from codex_tui.protocol.messages import (
    Opaque,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from codex_tui.providers.base import PartDelta, PartFinished, PartStarted, StreamFinished
from tests.providers.openai_support import (
    endpoint_at,
    message_of,
    opened,
    request_of,
    stream_all,
)
from tests.servers.loopback import Piece, Stall, bytewise, cut_into
from tests.servers.openai_wire import (
    Item,
    OpenAIWire,
    Shape,
    answer,
    call,
    incomplete,
    reasoning,
    refusal,
    shaped,
    text,
    unknown_item,
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


async def test_environment_adds_nothing_to_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-secret")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "admin-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Gateway: gateway-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    async with OpenAIWire([answer(text("ok"))]) as wire:
        await stream_all(endpoint_at(wire.base_url))
        assert not [
            value for value in wire.server.requests[0].headers.values() if "secret" in value
        ]


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


async def test_parallel_calls_arrive_in_order_with_their_arguments_in_pieces() -> None:
    script = [
        answer(
            text("Reading both.", phase="commentary"),
            call("read_file", {"path": "a.py"}, call_id="call_a", pieces=7),
            call("read_file", {"path": "ü.py"}, call_id="call_b", pieces=3),
        )
    ]
    async with OpenAIWire(script) as wire:
        endpoint = endpoint_at(wire.base_url)
        events = await stream_all(endpoint)
    message = message_of(events, endpoint)
    assert message.stop is StopReason.TOOL_USE
    assert [(c.id, c.name, c.arguments, c.complete) for c in message.tool_calls] == [
        ("call_a", "read_file", '{"path": "a.py"}', True),
        ("call_b", "read_file", '{"path": "ü.py"}', True),
    ]
    assert PartStarted(index=1, kind="tool_call", call_id="call_a", name="read_file") in events
    assert "".join(e.text for e in events if isinstance(e, PartDelta) and e.index == 2) == (
        '{"path": "ü.py"}'
    )


async def test_usage_counts_cached_tokens_as_part_of_the_input() -> None:
    tokens = usage(1000, 50, cached=800, written=100, reasoned=30)
    async with OpenAIWire([answer(text("ok"), tokens=tokens)]) as wire:
        endpoint = endpoint_at(wire.base_url)
        message = message_of(await stream_all(endpoint), endpoint)
    assert message.usage == Usage(
        input_tokens=1000,
        cache_read_tokens=800,
        cache_write_tokens=100,
        output_tokens=50,
        reasoning_tokens=30,
    )


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


def crlf(events: list[bytes]) -> list[Piece]:
    return [event.replace(b"\n", b"\r\n") for event in events]


def unnamed(events: list[bytes]) -> list[Piece]:
    return [b": keep-alive\n\n", *(event.partition(b"\n")[2] for event in events)]


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda events: bytewise(b"".join(events)), id="byte by byte"),
        pytest.param(lambda events: cut_into(b"".join(events), 7), id="cut inside characters"),
        pytest.param(lambda events: [b"".join(events)], id="all at once"),
        pytest.param(crlf, id="CRLF"),
        pytest.param(lambda e: bytewise(b"".join(crlf(e))), id="CRLF byte by byte"),
        pytest.param(unnamed, id="comments and no event names"),
        pytest.param(lambda events: [*events, b"data: [DONE]\n\n"], id="done mark"),
    ],
)
async def test_the_shape_of_the_bytes_does_not_matter(shape: Shape) -> None:
    words = "naïve 日本語 🙂 \u2028 end"
    script = [answer(text(words, pieces=20), call("read_file", {"path": words}))]
    async with OpenAIWire([shaped(script[0], shape)]) as wire:
        endpoint = endpoint_at(wire.base_url)
        message = message_of(await stream_all(endpoint), endpoint)
    assert message.text == words
    assert json.loads(message.tool_calls[0].arguments) == {"path": words}


async def test_unknown_events_are_passed_over_and_unknown_items_kept() -> None:
    script = [
        answer(
            text("a"),
            unknown_item(mood="calm"),
            text("b"),
            extra=[{"type": "response.dream.delta", "delta": "zzz"}, b'data: ["no object"]\n\n'],
        ),
        answer(text("ok")),
    ]
    async with OpenAIWire(script) as wire:
        endpoint = endpoint_at(wire.base_url)
        message = message_of(await stream_all(endpoint), endpoint)
        await stream_all(
            endpoint, request_of(UserMessage(text="hi"), message, UserMessage(text="go"))
        )
        replayed = wire.requests[1]["input"][2]
    assert [type(part) for part in message.parts] == [TextPart, ServerPart, TextPart]
    assert replayed == {"id": "it_3", "type": "dream_call", "mood": "calm"}


async def test_refusal_is_shown_and_named() -> None:
    async with OpenAIWire([answer(refusal("I cannot help with that."))]) as wire:
        endpoint = endpoint_at(wire.base_url)
        events = await stream_all(endpoint)
    message = message_of(events, endpoint)
    assert message.text == "I cannot help with that."
    assert message.stop is StopReason.REFUSAL
    assert isinstance(events[-1], StreamFinished)
    assert events[-1].detail == "I cannot help with that."


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("max_output_tokens", StopReason.LENGTH),
        ("content_filter", StopReason.FILTER),
        ("max_messages", StopReason.UNKNOWN),
    ],
)
async def test_incomplete_answer_says_why(reason: str, stop: StopReason) -> None:
    async with OpenAIWire([incomplete(reason, text("half"))]) as wire:
        endpoint = endpoint_at(wire.base_url)
        events = await stream_all(endpoint)
    assert isinstance(events[-1], StreamFinished)
    assert (events[-1].stop, events[-1].raw_stop) == (stop, reason)
    assert message_of(events, endpoint).text == "half"


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


async def test_completed_answer_with_only_a_broken_call_asks_for_no_tools() -> None:
    async with OpenAIWire([answer(call("read_file", '{"path"'))]) as wire:
        endpoint = endpoint_at(wire.base_url)
        message = message_of(await stream_all(endpoint), endpoint)
    assert message.stop is StopReason.END
    assert not message.tool_calls[0].complete


async def test_call_without_arguments_has_an_empty_object() -> None:
    async with OpenAIWire([answer(call("list_files", ""))]) as wire:
        endpoint = endpoint_at(wire.base_url)
        message = message_of(await stream_all(endpoint), endpoint)
    assert isinstance(message.parts[0], ToolCall)
    assert (message.parts[0].arguments, message.parts[0].complete) == ("{}", True)


async def test_lone_surrogates_never_reach_the_wire_or_the_reader() -> None:
    lone = "\ud83d"
    event = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0}
    extra = [f"data: {json.dumps({**event, 'delta': lone})}\n\n".encode()]
    script = [answer(text("ok"), extra=extra), answer(text("ok"))]
    async with OpenAIWire(script) as wire:
        endpoint = endpoint_at(wire.base_url)
        request = request_of(UserMessage(text=f"a{lone}b"), system=f"s{lone}")
        await stream_all(endpoint, request)
        (body,) = wire.requests
    assert body["input"][0]["content"][0]["text"] == "a\ufffdb"
    assert body["instructions"] == "s\ufffd"


async def test_closing_the_stream_closes_the_connection() -> None:
    stall = Stall()
    script = [shaped(answer(text("Hello")), lambda events: [*events[:4], stall])]
    async with OpenAIWire(script) as wire, opened(endpoint_at(wire.base_url)) as provider:
        async with aclosing(provider.stream(request_of())) as stream:
            assert await anext(stream) == PartStarted(index=0, kind="text")
        async with asyncio.timeout(5):
            await wire.server.requests[0].client_left.wait()


async def test_cancelling_a_waiting_call_closes_the_connection() -> None:
    stall = Stall()
    script = [shaped(answer(text("Hello")), lambda _: [stall])]
    async with OpenAIWire(script) as wire:
        async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(stream_all(endpoint_at(wire.base_url)))
            await stall.reached.wait()
            running.cancel()
        async with asyncio.timeout(5):
            await wire.server.requests[0].client_left.wait()
    assert running.cancelled()


async def test_models_are_listed_with_what_the_catalogue_knows_first() -> None:
    models = ("text-embedding-4", "house-model", "gpt-6-astra", "gpt-6.1-sol", "whisper-2")
    async with (
        OpenAIWire([], models=models) as wire,
        opened(endpoint_at(wire.base_url)) as provider,
    ):
        found = await provider.list_models()
    assert [str(info.ref) for info in found] == [
        "openai/gpt-6.1-sol",
        "openai/gpt-6-astra",
        "openai/house-model",
    ]
    assert found[0].context_window == 1_050_000
    assert found[2].context_window is None


async def test_server_that_needs_no_key_is_asked_without_one() -> None:
    async with OpenAIWire([answer(text("ok"))], key="none") as wire:
        endpoint = endpoint_at(wire.base_url, api_key=None, needs_key=False)
        assert message_of(await stream_all(endpoint), endpoint).text == "ok"
