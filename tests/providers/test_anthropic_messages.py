from __future__ import annotations

import asyncio
import itertools
import json
import traceback
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ConfigError, ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import (
    AssistantMessage,
    ServerPart,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.protocol.tools import ToolSpec
from codex_tui.providers.anthropic_messages.adapter import AnthropicMessages
from codex_tui.providers.base import (
    Endpoint,
    ModelRequest,
    PartDelta,
    PartFinished,
    PartStarted,
    StreamFinished,
)
from tests.servers.anthropic_wire import (
    AnthropicWire,
    Block,
    Call,
    Failure,
    Redacted,
    Reply,
    Text,
    Thinking,
    sse,
)
from tests.servers.loopback import (
    Cut,
    LoopbackServer,
    Plain,
    Reset,
    Stall,
    Stream,
    bytewise,
    cut_into,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_tui.protocol.messages import AssistantPart, Message
    from codex_tui.providers.base import StreamEvent
    from tests.servers.anthropic_wire import Scripted
    from tests.servers.loopback import Piece

KEY = "sk-ant-test-0123456789"
READ = ToolSpec(
    name="read_file",
    description="Read a file.",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}},
)


def endpoint(base_url: str, **changes: Any) -> Endpoint:
    settings: dict[str, Any] = {
        "name": "anthropic",
        "api": "anthropic-messages",
        "base_url": base_url,
        "title": "Anthropic",
        "api_key": KEY,
        "key_hint": "Set ANTHROPIC_API_KEY.",
        "timeout_s": 5.0,
        **changes,
    }
    return Endpoint(**settings)


def request(*messages: Message, **changes: Any) -> ModelRequest:
    settings: dict[str, Any] = {
        "model": "claude-opus-5-5",
        "system": "You help.",
        "messages": messages or (UserMessage(text="hello"),),
        "tools": (READ,),
        **changes,
    }
    return ModelRequest(**settings)


async def collect(provider: AnthropicMessages, asked: ModelRequest) -> list[StreamEvent]:
    async with aclosing(provider.stream(asked)) as stream:
        return [event async for event in stream]


async def play(
    script: Iterable[Scripted], asked: ModelRequest | None = None, **changes: Any
) -> list[StreamEvent]:
    """Let the strict server play a script to one request, and check that it was in order."""
    async with AnthropicWire(script, key=KEY) as wire:
        provider = AnthropicMessages(endpoint(wire.base_url, **changes))
        try:
            return await collect(provider, asked or request())
        finally:
            await provider.aclose()
            assert wire.refused == []


async def fault_of(script: Iterable[Scripted], **changes: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await play(script, **changes)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert KEY not in shown
    return caught.value


def parts(events: Iterable[StreamEvent]) -> list[AssistantPart]:
    finished = [event for event in events if isinstance(event, PartFinished)]
    assert [event.index for event in finished] == list(range(len(finished)))
    return [event.part for event in finished]


def end(events: list[StreamEvent]) -> StreamFinished:
    last = events[-1]
    assert isinstance(last, StreamFinished)
    return last


def answer(asked: ModelRequest, events: list[StreamEvent], at: Endpoint) -> AssistantMessage:
    return AssistantMessage(
        parts=tuple(parts(events)), origin=at.origin(asked.model), stop=end(events).stop
    )


async def test_text_arrives_in_pieces_and_whole() -> None:
    usage = {
        "input_tokens": 10,
        "cache_creation_input_tokens": 200,
        "cache_read_input_tokens": 3000,
        "output_tokens": 42,
    }
    events = await play([Reply(Text("Grüße 🙂!", piece=5), usage=usage)])
    assert events == [
        PartStarted(index=0, kind="text"),
        PartDelta(index=0, text="Grüße"),
        PartDelta(index=0, text=" 🙂!"),
        PartFinished(index=0, part=TextPart(text="Grüße 🙂!")),
        StreamFinished(
            stop=StopReason.END,
            usage=Usage(
                input_tokens=3210,
                cache_read_tokens=3000,
                cache_write_tokens=200,
                output_tokens=42,
            ),
            response_id="msg_1",
            request_id="req_1",
            raw_stop="end_turn",
        ),
    ]


async def test_thinking_and_parallel_calls_keep_their_order() -> None:
    path = {"path": "naïve/ファイル.py"}
    events = await play([Reply(Thinking("Hm. Let me see."), "Looking.", Call("read_file", path),
                               Call("read_file", {}, id="toolu_x"))])  # fmt: skip
    thinking, text, first, second = parts(events)
    assert isinstance(thinking, ThinkingPart)
    assert thinking.text == "Hm. Let me see."
    assert thinking.opaque is not None
    assert json.loads(thinking.opaque.data)["signature"].startswith("sig_")
    assert text == TextPart(text="Looking.")
    assert isinstance(first, ToolCall)
    assert json.loads(first.arguments) == path
    assert second == ToolCall(id="toolu_x", name="read_file", arguments="{}")
    started = [event for event in events if isinstance(event, PartStarted)]
    assert [event.kind for event in started] == ["thinking", "text", "tool_call", "tool_call"]
    assert (started[2].call_id, started[2].name) == ("toolu_0001", "read_file")
    pieces = [event.text for event in events if isinstance(event, PartDelta) and event.index == 2]
    assert len(pieces) > 3
    assert "".join(pieces) == first.arguments
    assert end(events).stop is StopReason.TOOL_USE


async def test_a_whole_session_of_thinking_and_tools_is_accepted_and_its_prefix_never_moves() -> (
    None
):
    script = [
        Reply(Thinking("First."), Call("read_file", {}), Call("read_file", {"path": "b"})),
        Reply(Thinking("Second."), Redacted("opaque+data"), "Between.", Call("read_file", {})),
        Reply("Done."),
        Reply("Again."),
    ]  # fmt: skip
    async with AnthropicWire(script, key=KEY) as wire:
        at = endpoint(wire.base_url)
        provider = AnthropicMessages(at)
        messages: list[Message] = [UserMessage(text="do it")]
        for _ in range(3):
            asked = request(*messages, effort=Effort.HIGH)
            reply = answer(asked, await collect(provider, asked), at)
            results = [
                ToolResultMessage(call_id=call.id, name=call.name, content=f"of {call.id}")
                for call in reply.tool_calls
            ]
            messages += [reply, *reversed(results)]
        await collect(provider, request(*messages, UserMessage(text="and?"), effort=Effort.HIGH))
        await provider.aclose()
        assert wire.refused == []
        assert wire.dropped == []
        bodies = [_unmarked(body)["messages"] for body in wire.requests]
    assert [body["output_config"] for body in wire.requests] == [{"effort": "high"}] * 4
    for earlier, later in itertools.pairwise(bodies):
        assert later[: len(earlier)] == earlier


def _unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unmarked(each) for name, each in value.items() if name != "cache_control"}
    return [_unmarked(each) for each in value] if isinstance(value, list) else value


async def test_rewriting_what_came_before_thinking_is_noticed_by_the_server() -> None:
    async with AnthropicWire([Reply(Thinking("Hm."), "Yes."), Reply("No.")], key=KEY) as wire:
        at = endpoint(wire.base_url)
        provider = AnthropicMessages(at)
        asked = request(UserMessage(text="one"))
        reply = answer(asked, await collect(provider, asked), at)
        altered = request(UserMessage(text="two"), reply, UserMessage(text="go on"))
        await collect(provider, altered)
        await provider.aclose()
        assert wire.refused == []
        assert len(wire.dropped) == 1


FULL = [
    Thinking("Überlegung… 🤔"),
    Text("a\u2028b\u0085c\r\nd 🙂"),
    Call("read_file", {"path": "é"}),
]


@pytest.mark.parametrize(
    "sent",
    [
        lambda frames: bytewise(b"".join(frames)),
        lambda frames: cut_into(b"".join(frames), 7),
        lambda frames: [b"".join(frames)],
        lambda frames: [frame.replace(b"\n", b"\r\n") for frame in frames],
        lambda frames: bytewise(b"".join([*frames, b":\n"]).replace(b"\n", b"\r")),
        lambda frames: [b"data: " + frame.partition(b"data: ")[2] for frame in frames],
        lambda frames: [*frames, b"data: [DONE]\n\n"],
    ],
    ids=["bytes", "sevens", "at once", "crlf", "cr bytewise", "no event lines", "done after"],
)
async def test_framing_does_not_matter(sent: Any) -> None:
    events = await play([Reply(*FULL, sent=sent)])
    thinking, text, call = parts(events)
    assert isinstance(thinking, ThinkingPart)
    assert thinking.text == "Überlegung… 🤔"
    assert text == TextPart(text="a\u2028b\u0085c\r\nd 🙂")
    assert isinstance(call, ToolCall)
    assert json.loads(call.arguments) == {"path": "é"}


async def test_unknown_events_and_deltas_are_passed_over() -> None:
    plain = await play([Reply(*FULL[1:])])
    assert await play([Reply(*FULL[1:], noise=True)]) == plain


async def test_unknown_blocks_are_kept_and_sent_back_as_they_were() -> None:
    weather = Block({"type": "weather_tool_result", "outlook": ["rain", 1.5], "id": "w1"})
    searched = Block(
        {"type": "server_tool_use", "id": "s1", "name": "web", "input": {}},
        [{"type": "input_json_delta", "partial_json": '{"q":'},
         {"type": "input_json_delta", "partial_json": ' "x"}'}],
    )  # fmt: skip
    grown = Block({"type": "mystery"}, [{"type": "mystery_delta", "more": 1}])
    async with AnthropicWire(
        [Reply(weather, searched, grown, "Rain."), Reply("Ok.")], key=KEY
    ) as wire:
        at = endpoint(wire.base_url)
        provider = AnthropicMessages(at)
        asked = request()
        reply = answer(asked, await collect(provider, asked), at)
        kept = {"type": "server_tool_use", "id": "s1", "name": "web", "input": {"q": "x"}}
        wire.issued[json.dumps(kept, sort_keys=True)] = ""
        await collect(provider, request(*asked.messages, reply, UserMessage(text="so?")))
        await provider.aclose()
        assert wire.refused == []
        sent = wire.requests[1]["messages"][1]["content"]
    assert [type(part) for part in reply.parts] == [ServerPart, ServerPart, TextPart]
    assert sent == [dict(weather.block), kept, {"type": "text", "text": "Rain."}]


async def test_arguments_given_at_once_are_taken_from_the_block() -> None:
    events = await play([Reply(Call("read_file", {"path": "a"}, at_once=True))])
    (call,) = parts(events)
    assert isinstance(call, ToolCall)
    assert json.loads(call.arguments) == {"path": "a"}
    assert call.complete


@pytest.mark.parametrize(
    ("arguments", "stop"),
    [
        ('{"path": "a.py", "content": "abc', "max_tokens"),
        ('{"path": "a.py"}', "max_tokens"),
        ("", "max_tokens"),
        ('{"path": "a.py"}', "refusal"),
        ('{"path": "a.py"}', "model_context_window_exceeded"),
        ('{"path": a.py}', "tool_use"),
        ('{"size": NaN}', "tool_use"),
    ],
)
async def test_a_call_that_was_cut_short_or_does_not_parse_is_incomplete(
    arguments: str, stop: str
) -> None:
    events = await play([Reply("x", Call("read_file", arguments), stop=stop)])
    call = parts(events)[1]
    assert isinstance(call, ToolCall)
    assert call.arguments == (arguments or "{}")
    assert not call.complete


async def test_only_the_last_call_of_a_cut_answer_is_incomplete() -> None:
    calls = [Call("read_file", {"path": "a"}), Call("read_file", {"path": "b"})]
    first, second = parts(await play([Reply(*calls, stop="max_tokens")]))
    assert isinstance(first, ToolCall)
    assert isinstance(second, ToolCall)
    assert (first.complete, second.complete) == (True, False)


async def test_a_block_that_is_never_closed_ends_with_the_message() -> None:
    def without_stops(frames: list[bytes]) -> list[Piece]:
        return [frame for frame in frames if b"content_block_stop" not in frame]

    events = await play([Reply("x", Call("read_file", {}), sent=without_stops)])
    text, call = parts(events)
    assert text == TextPart(text="x")
    assert isinstance(call, ToolCall)
    assert not call.complete


@pytest.mark.parametrize(
    ("raw", "stop"),
    [
        ("end_turn", StopReason.END),
        ("stop_sequence", StopReason.END),
        ("max_tokens", StopReason.LENGTH),
        ("pause_turn", StopReason.PAUSE),
        ("model_context_window_exceeded", StopReason.CONTEXT),
        ("a_new_reason", StopReason.UNKNOWN),
    ],
)
async def test_stop_reasons(raw: str, stop: StopReason) -> None:
    finished = end(await play([Reply("x", stop=raw)]))
    assert (finished.stop, finished.raw_stop) == (stop, raw)


async def test_refusal_says_why() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "It could do harm."}
    finished = end(await play([Reply(stop="refusal", stop_details=details)]))
    assert finished.stop is StopReason.REFUSAL
    assert finished.detail == "cyber: It could do harm."


async def test_thinking_without_a_signature_cannot_be_replayed() -> None:
    (part,) = parts(await play([Reply(Thinking("Hm.", signed=False))]))
    assert part == ThinkingPart(text="Hm.", opaque=None)


async def test_deltas_before_a_fault_are_delivered() -> None:
    async with AnthropicWire(
        [Reply("Hello there", sent=lambda frames: [*frames[:4], Cut()])], key=KEY
    ) as wire:
        provider = AnthropicMessages(endpoint(wire.base_url))
        got: list[StreamEvent] = []
        with pytest.raises(ProviderError):
            async with aclosing(provider.stream(request())) as stream:
                async for event in stream:
                    got.append(event)  # noqa: PERF401 - what came before the fault is kept
        await provider.aclose()
    assert got == [PartStarted(index=0, kind="text"), PartDelta(index=0, text="Hello t")]


@pytest.mark.parametrize(
    "sent",
    [
        lambda frames: frames[:-1],
        lambda frames: frames[:1],
        lambda _: [],
        lambda frames: [*frames[:4], Cut()],
        lambda frames: [*frames[:4], Reset()],
        lambda frames: [*frames[:-1], frames[-1][:-1]],
        lambda frames: [*frames[:4], b'data: {"type": "content_block_de\n\n', *frames[4:]],
    ],
    ids=["no end", "start only", "empty", "cut", "reset", "half last event", "malformed"],
)
async def test_an_answer_without_its_end_is_interrupted(sent: Any) -> None:
    fault = await fault_of([Reply("Hello there", sent=sent)])
    assert fault.kind is ProviderErrorKind.STREAM_INTERRUPTED
    assert fault.retryable


@pytest.mark.parametrize("at", [0, 4])
async def test_silence_is_a_timeout(at: int) -> None:
    def stalled(frames: list[bytes]) -> list[Piece]:
        return [*frames[:at], Stall()]

    fault = await fault_of([Reply("Hello there", sent=stalled)], timeout_s=0.2)
    assert fault.kind is ProviderErrorKind.TIMEOUT
    assert fault.retryable
    assert "0.2 s" in fault.message


async def test_an_error_inside_the_stream_is_raised() -> None:
    fault = await fault_of([Reply("Hel", error=("overloaded_error", "Overloaded"))])
    assert fault.kind is ProviderErrorKind.OVERLOADED
    assert fault.retryable
    assert fault.request_id == "req_1"


@pytest.mark.parametrize(
    ("failure", "kind", "retryable"),
    [
        (Failure(401, "authentication_error", "invalid x-api-key"), "authentication", False),
        (Failure(403, "permission_error", "no"), "permission", False),
        (Failure(402, "billing_error", "pay"), "billing", False),
        (Failure(404, "not_found_error", "model: claude-x"), "not_found", False),
        (Failure(413, "request_too_large", "too large"), "context_window", False),
        (Failure(429, "rate_limit_error", "slow down"), "rate_limit", True),
        (Failure(429, "rate_limit_error", "Limit reached.",
                 error_code="enforced_spend_limit_reached"), "billing", False),
        (Failure(400, "invalid_request_error", "Your credit balance is too low"), "billing", False),
        (Failure(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
         "context_window", False),
        (Failure(400, "invalid_request_error", "messages: nonsense"), "invalid_request", False),
        (Failure(500, "api_error", "Internal server error"), "overloaded", True),
        (Failure(504, "timeout_error", "took too long"), "timeout", True),
        (Failure(529, "overloaded_error", "Overloaded"), "overloaded", True),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Failure) else str(value),
)  # fmt: skip
async def test_error_replies(failure: Failure, kind: str, retryable: bool) -> None:
    fault = await fault_of([failure])
    assert (fault.kind.value, fault.retryable) == (kind, retryable)
    assert (fault.status, fault.request_id) == (failure.status, "req_f")
    assert failure.message in fault.message
    assert fault.hint or kind == "invalid_request"


async def test_an_error_reply_is_asked_for_once_only() -> None:
    async with AnthropicWire([Failure(529, "overloaded_error", "Overloaded")] * 3, key=KEY) as wire:
        provider = AnthropicMessages(endpoint(wire.base_url))
        with pytest.raises(ProviderError):
            await collect(provider, request())
        await provider.aclose()
        assert len(wire.requests) == 1


async def test_the_delay_a_server_asks_for_is_passed_on() -> None:
    fault = await fault_of([Failure(429, "rate_limit_error", "slow", {"retry-after": "7"})])
    assert fault.retry_after_s == 7.0


async def test_the_wrong_key_is_named_with_its_cure_and_not_shown() -> None:
    async with AnthropicWire([], key="another") as wire:
        provider = AnthropicMessages(endpoint(wire.base_url))
        with pytest.raises(ProviderError) as caught:
            await collect(provider, request())
        await provider.aclose()
    assert caught.value.kind is ProviderErrorKind.AUTHENTICATION
    assert "ANTHROPIC_API_KEY" in (caught.value.hint or "")
    assert KEY not in f"{caught.value!r}{caught.value}{provider.endpoint!r}"


async def test_a_key_that_a_server_echoes_is_not_shown() -> None:
    fault = await fault_of([Failure(401, "authentication_error", f"bad key {KEY}")])
    assert "bad key [key]" in fault.message


async def test_a_key_that_no_header_can_carry_is_an_error_without_the_key() -> None:
    async with LoopbackServer(lambda _: Plain()) as server:
        provider = AnthropicMessages(endpoint(server.base_url, api_key="two\nlines-geheim"))
        with pytest.raises(ProviderError) as caught:
            await collect(provider, request())
        await provider.aclose()
        assert server.requests == []
    assert caught.value.kind is ProviderErrorKind.INVALID_REQUEST
    assert not caught.value.retryable
    assert "geheim" not in "".join(traceback.format_exception(caught.value))


async def test_without_a_key_no_request_is_made() -> None:
    async with AnthropicWire([], key=KEY) as wire:
        provider = AnthropicMessages(endpoint(wire.base_url, api_key=None))
        for call in (collect(provider, request()), provider.list_models()):
            with pytest.raises(ProviderError) as caught:
                await call
            assert caught.value.kind is ProviderErrorKind.AUTHENTICATION
            assert caught.value.hint == "Set ANTHROPIC_API_KEY."
        await provider.aclose()
        assert wire.received == []


async def test_what_the_environment_holds_for_the_vendor_goes_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "from-environment")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Corporate: from-environment")
    async with LoopbackServer(lambda _: Plain(status=500)) as server:
        keyless = endpoint(
            server.base_url, api_key=None, needs_key=False, headers={"X-Mine": "yes"}
        )
        provider = AnthropicMessages(keyless)
        with pytest.raises(ProviderError):
            await collect(provider, request())
        await provider.aclose()
        headers = server.requests[0].headers
    assert "authorization" not in headers
    assert "from-environment" not in str(headers)
    assert headers["x-mine"] == "yes"


@pytest.mark.parametrize(
    ("content_type", "body", "shown"),
    [
        ("text/html; charset=utf-8", b"<html><h1>Welcome to the hotel</h1>", "Welcome to the"),
        ("application/json", b'{"detail": "wrong door"}', "wrong door"),
        ("", b"", "no content type"),
    ],
)
async def test_a_reply_that_is_no_stream_is_named(
    content_type: str, body: bytes, shown: str
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    fault = await fault_of([Plain(headers=headers, body=body)])
    assert fault.kind is ProviderErrorKind.UNEXPECTED_REPLY
    assert shown in fault.message
    assert content_type in fault.message
    assert "base_url" in (fault.hint or "")


async def test_an_html_error_page_is_named() -> None:
    page = b"<!DOCTYPE html><title>Bad gateway</title>" + b"x" * 5000
    reply = Plain(status=502, headers={"content-type": "text/html"}, body=page)
    fault = await fault_of([reply])
    assert fault.kind is ProviderErrorKind.UNEXPECTED_REPLY
    assert fault.retryable
    assert "Bad gateway" in fault.message
    assert len(fault.message) < 450


async def test_nothing_there_is_a_connection_error() -> None:
    async with LoopbackServer(lambda _: Plain()) as server:
        base_url = server.base_url
    provider = AnthropicMessages(endpoint(base_url))
    with pytest.raises(ProviderError) as caught:
        await collect(provider, request())
    await provider.aclose()
    assert caught.value.kind is ProviderErrorKind.CONNECTION
    assert caught.value.retryable
    assert base_url in caught.value.message


async def test_a_server_without_tls_is_named() -> None:
    async with LoopbackServer(lambda _: Plain()) as server:
        provider = AnthropicMessages(endpoint(server.base_url.replace("http:", "https:")))
        with pytest.raises(ProviderError, match="No secure connection") as caught:
            await collect(provider, request())
        await provider.aclose()
    assert caught.value.kind is ProviderErrorKind.CONNECTION


def test_an_address_that_is_none_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="base_url"):
        AnthropicMessages(endpoint("http://127.0.0.1:port"))


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("ftp://127.0.0.1", "invalid_request"),
        ("nonsense", "invalid_request"),
        ("http://[bad", "connection"),
    ],
)
async def test_an_address_nobody_can_call_is_named(address: str, kind: str) -> None:
    provider = AnthropicMessages(endpoint(address))
    with pytest.raises(ProviderError) as caught:
        await collect(provider, request())
    await provider.aclose()
    assert caught.value.kind.value == kind
    assert address in str(caught.value)


@pytest.mark.parametrize("way", ["close", "cancel"])
async def test_letting_go_of_a_stream_closes_its_connection(way: str) -> None:
    stall = Stall()
    script = [Reply("Hello there", sent=lambda frames: [*frames[:4], stall])]
    async with AnthropicWire(script, key=KEY) as wire:
        provider = AnthropicMessages(endpoint(wire.base_url))
        if way == "close":
            stream = provider.stream(request())
            assert await anext(stream) == PartStarted(index=0, kind="text")
            await stream.aclose()
        else:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(collect(provider, request()))
                await stall.reached.wait()
                reading.cancel()
        async with asyncio.timeout(5):
            await wire.received[0].client_left.wait()
        await provider.aclose()


async def test_a_server_that_never_closes_its_stream_does_not_hold_the_answer_back() -> None:
    events = await play([Reply("Hi", sent=lambda frames: [*frames, Stall()])])
    assert parts(events) == [TextPart(text="Hi")]


async def test_hostile_text_reaches_the_server_as_unicode() -> None:
    history = (
        UserMessage(text="lone \ud800 and paired \ud83d\ude42"),
        AssistantMessage(
            parts=(ToolCall(id="c", name="read_file", arguments='{"path": "\\ud800"}'),),
            origin=endpoint("http://x").origin("m"),
            stop=StopReason.TOOL_USE,
        ),
        ToolResultMessage(call_id="c", name="read_file", content="\udcff"),
    )
    async with AnthropicWire([Reply("ok")], key=KEY) as wire:
        provider = AnthropicMessages(endpoint(wire.base_url))
        await collect(provider, request(*history, system="\udc00"))
        await provider.aclose()
        body = wire.requests[0]
        assert wire.refused == []
    assert body["messages"][0]["content"][0]["text"] == "lone � and paired 🙂"
    assert body["messages"][1]["content"][0]["input"] == {"path": "�"}


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
    events = await play([Reply("ok")], request(model=model, effort=effort))
    assert parts(events) == [TextPart(text="ok")]


async def test_headers_of_the_endpoint_are_sent_and_win() -> None:
    async with AnthropicWire([Reply("ok")], key=KEY) as wire:
        headers = {"X-Team": "blue", "anthropic-version": "2023-06-01"}
        provider = AnthropicMessages(endpoint(wire.base_url, headers=headers))
        await collect(provider, request())
        await provider.aclose()
        sent = wire.received[0].headers
    assert (sent["x-team"], sent["anthropic-version"]) == ("blue", "2023-06-01")


async def test_models_are_listed_with_what_the_server_and_the_catalogue_know() -> None:
    async with AnthropicWire([], key=KEY) as wire:
        provider = AnthropicMessages(endpoint(wire.base_url))
        models = await provider.list_models()
        await provider.aclose()
    opus, _, haiku = models
    assert opus.ref == ModelRef("anthropic", "claude-opus-5-5")
    assert (opus.context_window, opus.max_output, opus.image_input) == (1_000_000, 128_000, True)
    assert opus.efforts == (Effort.LOW, Effort.MEDIUM, Effort.HIGH, Effort.MAX)
    assert opus.default_effort is Effort.MEDIUM
    assert opus.price is not None
    assert haiku.note == "deprecated"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Plain(headers={"content-type": "text/html"}, body=b"<html>hi"), "unexpected_reply"),
        (Plain(headers={"content-type": "application/json"}, body=b"[]"), "unexpected_reply"),
        (Plain(status=401, body=b'{"error": "no"}'), "authentication"),
        (Stream([Cut()], status=200), "connection"),
    ],
)
async def test_a_model_list_that_cannot_be_had(reply: Any, kind: str) -> None:
    async with LoopbackServer(lambda _: reply) as server:
        provider = AnthropicMessages(endpoint(server.base_url))
        with pytest.raises(ProviderError) as caught:
            await provider.list_models()
        await provider.aclose()
    assert caught.value.kind.value == kind


async def test_a_model_list_is_not_waited_for_longer_than_its_own_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("codex_tui.providers.transport.LIST_TIMEOUT_S", 0.2)
    async with LoopbackServer(lambda _: Stream([Stall()])) as server:
        provider = AnthropicMessages(endpoint(server.base_url))
        with pytest.raises(ProviderError, match=r"nothing for 0\.2 s") as caught:
            await provider.list_models()
        await provider.aclose()
    assert caught.value.kind is ProviderErrorKind.TIMEOUT


async def test_events_in_shapes_nobody_promised_do_not_break_the_stream() -> None:
    odd = [
        b"data: 7\n\n",
        b"data: null\n\n",
        b'data: {"type": ["x"]}\n\n',
        b'data: {"type": "content_block_start"}\n\n',
        b'data: {"type": "content_block_delta", "delta": 5}\n\n',
        b'data: {"type": "content_block_stop", "index": "x"}\n\n',
        b'data: {"type": "message_delta", "usage": {"output_tokens": null}, "delta": null}\n\n',
        sse({"type": "message_start", "message": {"usage": {"input_tokens": True}}}),
    ]

    def mixed(frames: list[bytes]) -> list[Piece]:
        return [piece for frame in frames[:-1] for piece in (frame, *odd)] + [frames[-1]]

    events = await play([Reply("Hello there", sent=mixed)])
    assert parts(events) == [TextPart(text="Hello there")]
