"""What only the Messages wire has: signed thinking, blocks of its own, its own words for an end."""

from __future__ import annotations

import itertools
import json
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ProviderErrorKind
from codex_tui.protocol.messages import (
    AssistantMessage,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.providers.base import StreamFinished
from tests.providers.contract.support import (
    ask,
    fault_of,
    message_of,
    opened,
    play,
    request_of,
)
from tests.providers.contract.wire import KEY
from tests.providers.contract.wires import MESSAGES
from tests.servers.anthropic_wire import AnthropicWire, Block, Call, Redacted, Reply, Thinking
from tests.servers.loopback import LoopbackServer, Plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from codex_tui.protocol.messages import Message
    from codex_tui.providers.base import LLMProvider
    from tests.servers.anthropic_wire import Scripted
    from tests.servers.loopback import Piece

HI = UserMessage(text="hi")


@asynccontextmanager
async def serving(*script: Scripted) -> AsyncIterator[tuple[AnthropicWire, LLMProvider]]:
    """The strict server and a provider for it; nothing may be refused."""
    async with (
        AnthropicWire(script, key=KEY) as wire,
        opened(MESSAGES, wire.base_url) as provider,
    ):
        yield wire, provider
        assert wire.refused == []


async def answer(provider: LLMProvider, *messages: Message, **fields: Any) -> AssistantMessage:
    request = request_of(*messages, **{"model": MESSAGES.model, **fields})
    return message_of(await ask(provider, request), provider.endpoint.origin(request.model))


async def heard(reply: Reply, **fields: Any) -> AssistantMessage:
    return message_of(await play(MESSAGES, reply, **fields), MESSAGES.endpoint("").origin("m"))


async def test_a_whole_session_of_thinking_and_tools_is_accepted_and_its_prefix_never_moves() -> (
    None
):
    script = [
        Reply(Thinking("First."), Call("read_file", {}), Call("read_file", {"path": "b"})),
        Reply(Thinking("Second."), Redacted("opaque+data"), "Between.", Call("read_file", {})),
        Reply("Done."),
        Reply("Again."),
    ]  # fmt: skip
    async with serving(*script) as (wire, provider):
        messages: list[Message] = [HI]
        for _ in range(3):
            reply = await answer(provider, *messages, effort=Effort.HIGH)
            results = [
                ToolResultMessage(call_id=call.id, name=call.name, content=f"of {call.id}")
                for call in reply.tool_calls
            ]
            messages += [reply, *reversed(results)]
        await answer(provider, *messages, HI, effort=Effort.HIGH)
        assert wire.dropped == []
        bodies = [unmarked(body)["messages"] for body in wire.requests]
    assert [body["output_config"] for body in wire.requests] == [{"effort": "high"}] * 4
    for earlier, later in itertools.pairwise(bodies):
        assert later[: len(earlier)] == earlier


def unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: unmarked(each) for name, each in value.items() if name != "cache_control"}
    return [unmarked(each) for each in value] if isinstance(value, list) else value


async def test_rewriting_what_came_before_thinking_is_noticed_by_the_server(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "codex_tui.providers.anthropic_messages.thinking")
    async with serving(Reply(Thinking("Hm."), "Yes."), Reply("No.")) as (wire, provider):
        reply = await answer(provider, UserMessage(text="one"))
        await answer(provider, UserMessage(text="two"), reply, UserMessage(text="go on"))
        assert len(wire.dropped) == 1
    assert [record.getMessage() for record in caplog.records] == [
        "acme passed over 1 blocks: prefix_binding_mismatch"
    ]


async def test_server_tools_are_kept_with_their_input_and_half_known_blocks_are_not() -> None:
    weather = Block({"type": "weather_tool_result", "outlook": ["rain", 1.5], "id": "w1"})
    searched = Block(
        {"type": "server_tool_use", "id": "s1", "name": "web", "input": {}},
        [{"type": "input_json_delta", "partial_json": '{"q":'},
         {"type": "input_json_delta", "partial_json": ' "x"}'}],
    )  # fmt: skip
    grown = Block({"type": "mystery"}, [{"type": "mystery_delta", "more": 1}])
    script = Reply(weather, searched, grown, "Rain."), Reply("Ok.")
    async with serving(*script) as (wire, provider):
        reply = await answer(provider, HI)
        kept = {"type": "server_tool_use", "id": "s1", "name": "web", "input": {"q": "x"}}
        wire.issued[json.dumps(kept, sort_keys=True)] = ""
        await answer(provider, HI, reply, HI)
        sent = wire.requests[1]["messages"][1]["content"]
    assert [type(part) for part in reply.parts] == [ServerPart, ServerPart, TextPart]
    assert sent == [dict(weather.block), kept, {"type": "text", "text": "Rain."}]


async def test_arguments_given_at_once_are_taken_from_the_block() -> None:
    (call,) = (await heard(Reply(Call("read_file", {"path": "a"}, at_once=True)))).tool_calls
    assert (json.loads(call.arguments), call.complete) == ({"path": "a"}, True)


async def test_arguments_nested_beyond_reason_make_no_call() -> None:
    deep = '{"a":' * 200 + "1" + "}" * 200
    (call,) = (await heard(Reply(Call("read_file", deep, at_once=True)))).tool_calls
    assert not call.complete


async def test_a_call_before_a_refusal_is_incomplete() -> None:
    reply = await heard(Reply("x", Call("read_file", {"path": "a.py"}), stop="refusal"))
    assert [call.complete for call in reply.tool_calls] == [False]


async def test_a_block_that_is_never_closed_ends_with_the_message() -> None:
    def without_stops(frames: list[bytes]) -> list[Piece]:
        return [frame for frame in frames if b"content_block_stop" not in frame]

    reply = await heard(Reply("x", Call("read_file", {}), sent=without_stops))
    assert reply.text == "x"
    assert [call.complete for call in reply.tool_calls] == [False]


async def test_a_reason_to_stop_is_not_yet_the_end() -> None:
    error = await fault_of(MESSAGES, Reply("Hello", sent=lambda frames: frames[:-1]))
    assert error.kind is ProviderErrorKind.STREAM_INTERRUPTED


async def test_a_refusal_names_its_category() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "It could do harm."}
    end = (await play(MESSAGES, Reply(stop="refusal", stop_details=details)))[-1]
    assert isinstance(end, StreamFinished)
    assert (end.stop, end.detail) == (StopReason.REFUSAL, "cyber: It could do harm.")


async def test_thinking_without_a_signature_cannot_be_replayed() -> None:
    (part,) = (await heard(Reply(Thinking("Hm.", signed=False)))).parts
    assert part == ThinkingPart(text="Hm.", note=True)


@pytest.mark.parametrize("effort", [None, *Effort])
@pytest.mark.parametrize(
    "model",
    [
        "claude-fable-5-2", "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5",
        "claude-opus-5", "claude-opus-4-8", "claude-sonnet-4-6", "claude-haiku-4-5-20251001",
        "claude-sonnet-9",
    ],
)  # fmt: skip
async def test_every_effort_is_accepted_by_every_model(model: str, effort: Effort | None) -> None:
    assert (await heard(Reply("ok"), model=model, effort=effort)).text == "ok"


async def test_headers_of_the_endpoint_win_and_no_key_is_no_header() -> None:
    async with LoopbackServer(lambda _: Plain.of_json({"data": []})) as server:
        headers = {"anthropic-version": "2023-06-01"}
        keyless = {"api_key": None, "needs_key": False, "headers": headers}
        async with opened(MESSAGES, server.base_url, **keyless) as provider:
            await provider.list_models()
        sent = server.requests[0].headers
    assert sent["anthropic-version"] == "2023-06-01"
    assert not sent.keys() & {"authorization", "x-api-key"}


async def test_models_are_listed_with_what_the_server_says_of_them() -> None:
    async with serving() as (_, provider):
        opus, _, haiku = await provider.list_models()
    assert opus.ref == ModelRef("acme", "claude-opus-5-5")
    assert (opus.context_window, opus.max_output, opus.image_input) == (1_000_000, 128_000, True)
    assert opus.efforts == (Effort.LOW, Effort.MEDIUM, Effort.HIGH, Effort.MAX)
    assert (opus.default_effort, opus.price) == (None, None)
    assert haiku.note == "deprecated"
