"""What goes wrong with compatible servers, and what is said about it."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import Any

import pytest

from codex_tui.protocol.errors import ConfigError, ProviderError
from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.providers.base import PartDelta
from codex_tui.providers.openai_chat.adapter import OpenAIChat
from tests.providers.chat_support import (
    endpoint_at,
    fails,
    message_of,
    opened,
    request_of,
    stream_all,
)
from tests.servers.chat_wire import (
    DONE,
    ChatWire,
    Shape,
    answer,
    call,
    ends_early,
    http_error,
    shaped,
    text,
)
from tests.servers.loopback import Cut, LoopbackServer, Plain, Reset, Stall

HTML = b"<!doctype html><title>Sign in</title>"


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda events: [*events[:3], Cut()], id="cut"),
        pytest.param(lambda events: [*events[:3], Reset()], id="reset"),
        pytest.param(lambda events: events[:3], id="clean end"),
        pytest.param(lambda events: [*events[:3], events[4][:-2]], id="last blank line missing"),
        pytest.param(lambda events: [], id="nothing at all"),
        pytest.param(lambda events: [*events[:3], b"data: {oops\n\n", *events[3:]], id="no JSON"),
        pytest.param(lambda events: [DONE], id="only the done mark"),
    ],
)
async def test_stream_without_its_end_is_an_interruption(shape: Shape) -> None:
    async with ChatWire([shaped(answer(text("Hello")), shape)]) as wire:
        error = await fails(endpoint_at(wire.base_url))
    assert error.kind is Kind.STREAM_INTERRUPTED
    assert error.retryable


async def test_whole_calls_without_an_end_are_an_interruption() -> None:
    async with ChatWire([ends_early(call("read_file", {"path": "a"}))]) as wire:
        assert (await fails(endpoint_at(wire.base_url))).kind is Kind.STREAM_INTERRUPTED


async def test_what_came_before_an_interruption_was_delivered() -> None:
    words = ""
    async with (
        ChatWire([ends_early(text("Hello"))]) as wire,
        opened(endpoint_at(wire.base_url)) as provider,
        aclosing(provider.stream(request_of())) as stream,
    ):
        with pytest.raises(ProviderError):
            async for event in stream:
                words += event.text if isinstance(event, PartDelta) else ""
    assert words == "Hello"


async def test_silence_times_out() -> None:
    reply = shaped(answer(text("Hello")), lambda events: [*events[:3], Stall()])
    async with ChatWire([reply]) as wire:
        error = await fails(endpoint_at(wire.base_url, timeout_s=0.2))
    assert error.kind is Kind.TIMEOUT
    assert "0.2 s" in error.message


@pytest.mark.parametrize(
    ("payload", "kind", "retryable"),
    [
        ({"error": {"message": "Slow.", "code": 429}}, Kind.RATE_LIMIT, True),
        ({"error": {"message": "Busy.", "code": "503"}}, Kind.OVERLOADED, True),
        ({"error": {"message": "Bad.", "code": 400, "type": "BadRequest"}}, Kind.INVALID_REQUEST,
         False),
        ({"error": {"message": "You ran out.", "type": "insufficient_quota"}}, Kind.BILLING, False),
        ({"error": {"message": "m", "code": "context_length_exceeded"}}, Kind.CONTEXT_WINDOW,
         False),
        ({"error": "the model runner has stopped"}, Kind.OVERLOADED, True),
        ({"error": {}, "message": "Oops."}, Kind.OVERLOADED, True),
        ({"object": "error", "message": "Bad.", "code": 422}, Kind.INVALID_REQUEST, False),
        ({"message": "Oops.", "code": "server_error"}, Kind.OVERLOADED, True),
        ({"choices": [{"error": {"message": "Upstream.", "code": 502}}]}, Kind.OVERLOADED, True),
        ({"choices": [{"delta": {}, "finish_reason": "error"}]}, Kind.OVERLOADED, True),
        ({"choices": [{"delta": {}, "finish_reason": "network_error"}]}, Kind.OVERLOADED, True),
    ],
)  # fmt: skip
async def test_failure_inside_a_stream_keeps_its_kind(
    payload: dict[str, Any], kind: Kind, retryable: bool
) -> None:
    async with ChatWire([ends_early(text("x"), after=[payload])]) as wire:
        error = await fails(endpoint_at(wire.base_url))
        assert len(wire.requests) == 1
    assert (error.kind, error.retryable) == (kind, retryable)
    assert error.request_id == "req_wire"


async def test_event_named_error_is_one_whatever_its_shape() -> None:
    event = b'event: error\ndata: {"detail": "The worker died."}\n\n'
    async with ChatWire([ends_early(after=[event])]) as wire:
        error = await fails(endpoint_at(wire.base_url))
    assert error.kind is Kind.OVERLOADED
    assert "The worker died." in error.message


async def test_error_in_one_piece_with_a_good_status_is_one() -> None:
    reply = Plain.of_json({"error": {"message": "No such model", "code": 404}})
    async with ChatWire([reply]) as wire:
        assert (await fails(endpoint_at(wire.base_url))).kind is Kind.NOT_FOUND


@pytest.mark.parametrize(
    ("reply", "kind", "retryable"),
    [
        (http_error(404, "The model `x` does not exist"), Kind.NOT_FOUND, False),
        (http_error(403, "Not for you."), Kind.PERMISSION, False),
        (http_error(429, "Slow down."), Kind.RATE_LIMIT, True),
        (http_error(503, "Loading model"), Kind.OVERLOADED, True),
        (http_error(500, "Oops."), Kind.OVERLOADED, True),
        (http_error(400, "the request exceeds the available context size"), Kind.CONTEXT_WINDOW,
         False),
        (http_error(400, "Bad."), Kind.INVALID_REQUEST, False),
        (Plain.of_json([{"error": {"code": 400, "message": "Invalid."}}], status=400),
         Kind.INVALID_REQUEST, False),
        (Plain.of_json({"detail": "Not Found"}, status=404), Kind.NOT_FOUND, False),
        (Plain(headers={"content-type": "text/html"}, body=HTML), Kind.UNEXPECTED_REPLY, False),
        (Plain(status=502, headers={"content-type": "text/html"}, body=HTML),
         Kind.UNEXPECTED_REPLY, True),
        (Plain.of_json({"status": "ok"}), Kind.UNEXPECTED_REPLY, False),
        (Plain.of_json("ok"), Kind.UNEXPECTED_REPLY, False),
        (Plain(headers={"content-type": "application/json"}, body=b"{"), Kind.UNEXPECTED_REPLY,
         False),
        (Plain(body=b""), Kind.UNEXPECTED_REPLY, False),
    ],
)  # fmt: skip
async def test_reply_that_is_no_answer_is_told_apart(
    reply: Plain, kind: Kind, retryable: bool
) -> None:
    async with ChatWire([reply]) as wire:
        error = await fails(endpoint_at(wire.base_url))
        assert len(wire.requests) == 1, "what teaches nothing is not asked again"
    assert (error.kind, error.retryable) == (kind, retryable)
    assert error.provider == "house"


async def test_environment_adds_nothing_to_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-secret")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "admin-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Gateway: gateway-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "key-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    async with ChatWire([answer(text("ok"))], key=None) as wire:
        endpoint = endpoint_at(
            wire.base_url, api_key=None, needs_key=False, headers={"X-Team": "blue"}
        )
        await stream_all(endpoint)
        headers = wire.server.requests[0].headers
    assert headers["x-team"] == "blue"
    assert "secret" not in json.dumps(dict(headers))


async def test_wrong_key_is_refused_and_never_shown() -> None:
    async with ChatWire([]) as wire:
        endpoint = endpoint_at(wire.base_url, api_key="wrong-1234", key_hint="Set HOUSE_KEY.")
        error = await fails(endpoint)
    assert error.kind is Kind.AUTHENTICATION
    assert "Set HOUSE_KEY." in str(error)
    assert "wrong-1234" not in f"{error!r} {error} {endpoint!r}"


async def test_missing_key_is_said_before_any_request() -> None:
    async with ChatWire([]) as wire:
        endpoint = endpoint_at(wire.base_url, api_key=None, key_hint="Set HOUSE_KEY.")
        error = await fails(endpoint)
        async with opened(endpoint) as provider:
            with pytest.raises(ProviderError, match="no key"):
                await provider.list_models()
        assert wire.server.requests == []
    assert (error.kind, error.hint) == (Kind.AUTHENTICATION, "Set HOUSE_KEY.")


async def test_server_that_is_not_there_is_a_connection_error() -> None:
    async with LoopbackServer(lambda _: Plain()) as server:
        address = server.base_url
    error = await fails(endpoint_at(f"{address}/v1"))
    assert (error.kind, error.retryable) == (Kind.CONNECTION, True)
    assert address in error.message


async def test_address_that_is_malformed_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="base_url"):
        OpenAIChat(endpoint_at("http://[::1"))


async def test_provider_serves_again_after_a_failure() -> None:
    script = [ends_early(text("x")), answer(text("ok"))]
    async with ChatWire(script) as wire:
        endpoint = endpoint_at(wire.base_url)
        await fails(endpoint)
        assert message_of(await stream_all(endpoint), endpoint).text == "ok"
