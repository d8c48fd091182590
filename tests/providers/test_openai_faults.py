from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from codex_tui.protocol.errors import ConfigError, ProviderError
from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.providers.base import PartDelta
from codex_tui.providers.openai_responses.adapter import OpenAIResponses
from tests.providers.openai_support import endpoint_at, fails, opened, request_of, stream_all
from tests.servers.loopback import Cut, LoopbackServer, Plain, Reset, Stall, Stream
from tests.servers.openai_wire import (
    OpenAIWire,
    Reply,
    Shape,
    answer,
    call,
    ends_early,
    error_event,
    failed,
    http_error,
    shaped,
    text,
)

HTML = b"<!doctype html><title>Sign in</title>"


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda events: [*events[:5], Cut()], id="cut"),
        pytest.param(lambda events: [*events[:5], Reset()], id="reset"),
        pytest.param(lambda events: events[:5], id="clean end"),
        pytest.param(lambda events: [b"".join(events)[:-2]], id="last blank line missing"),
        pytest.param(lambda events: [], id="nothing at all"),
        pytest.param(lambda events: [*events[:5], b"data: {oops\n\n", *events[5:]], id="no JSON"),
        pytest.param(lambda events: [*events[:-1], b"data: [DONE]\n\n"], id="only the done mark"),
    ],
)
async def test_stream_without_its_end_is_an_interruption(shape: Shape) -> None:
    async with OpenAIWire([shaped(answer(text("Hello")), shape)]) as wire:
        error = await fails(endpoint_at(wire.base_url))
    assert error.kind is Kind.STREAM_INTERRUPTED
    assert error.retryable


async def test_what_came_before_an_interruption_was_delivered() -> None:
    words = ""
    async with (
        OpenAIWire([ends_early(text("Hello"))]) as wire,
        opened(endpoint_at(wire.base_url)) as provider,
        aclosing(provider.stream(request_of())) as stream,
    ):
        with pytest.raises(ProviderError):
            async for event in stream:
                words += event.text if isinstance(event, PartDelta) else ""
    assert words == "Hello"


async def test_silence_times_out() -> None:
    stall = Stall()
    script = [shaped(answer(text("Hello")), lambda events: [*events[:5], stall])]
    async with OpenAIWire(script) as wire:
        error = await fails(endpoint_at(wire.base_url, timeout_s=0.2))
    assert error.kind is Kind.TIMEOUT
    assert "0.2 s" in error.message


@pytest.mark.parametrize(
    ("reply", "kind", "retryable"),
    [
        (failed("server_error", "The model tripped."), Kind.OVERLOADED, True),
        (failed("rate_limit_exceeded", "Please try again in 11.054s."), Kind.RATE_LIMIT, True),
        (failed("context_length_exceeded", "Too long."), Kind.CONTEXT_WINDOW, False),
        (failed("insufficient_quota", "You ran out."), Kind.BILLING, False),
        (failed("bio_policy", "No."), Kind.REFUSAL, False),
        (failed("", ""), Kind.OVERLOADED, True),
        (error_event("server_is_overloaded", "Busy."), Kind.OVERLOADED, True),
        (error_event("invalid_prompt", "Bad."), Kind.INVALID_REQUEST, False),
        (
            ends_early(text("x"), extra=[b'data: {"error": {"code": "slow_down"}}\n\n']),
            Kind.OVERLOADED,
            True,
        ),
    ],
)
async def test_failure_inside_a_stream_keeps_its_kind(
    reply: Reply, kind: Kind, retryable: bool
) -> None:
    async with OpenAIWire([reply]) as wire:
        error = await fails(endpoint_at(wire.base_url))
    assert (error.kind, error.retryable) == (kind, retryable)
    assert error.request_id == "req_wire"


async def test_failed_response_says_when_to_come_back() -> None:
    async with OpenAIWire([failed("rate_limit_exceeded", "try again in 11.054s")]) as wire:
        error = await fails(endpoint_at(wire.base_url))
    assert error.retry_after_s == pytest.approx(11.054)


@pytest.mark.parametrize(
    ("reply", "kind", "retryable"),
    [
        (
            http_error(404, "The model `x` does not exist", code="model_not_found"),
            Kind.NOT_FOUND,
            False,
        ),
        (http_error(403, "Not for you."), Kind.PERMISSION, False),
        (http_error(429, "Slow down.", code="rate_limit_exceeded"), Kind.RATE_LIMIT, True),
        (http_error(429, "You exceeded it.", code="insufficient_quota"), Kind.BILLING, False),
        (http_error(503, "Overloaded."), Kind.OVERLOADED, True),
        (http_error(500, "Oops."), Kind.OVERLOADED, True),
        (
            http_error(400, "Your input exceeds it.", code="context_length_exceeded"),
            Kind.CONTEXT_WINDOW,
            False,
        ),
        (http_error(400, "Bad item."), Kind.INVALID_REQUEST, False),
        (
            Plain(status=502, headers={"content-type": "text/html"}, body=HTML),
            Kind.UNEXPECTED_REPLY,
            True,
        ),
        (Plain(headers={"content-type": "text/html"}, body=HTML), Kind.UNEXPECTED_REPLY, False),
        (Plain.of_json({"output": []}), Kind.UNEXPECTED_REPLY, False),
        (Plain(body=b""), Kind.UNEXPECTED_REPLY, False),
    ],
)
async def test_reply_that_is_no_answer_is_told_apart(
    reply: Plain, kind: Kind, retryable: bool
) -> None:
    async with OpenAIWire([reply]) as wire:
        error = await fails(endpoint_at(wire.base_url))
        assert len(wire.requests) == 1, "the adapter itself never retries"
    assert (error.kind, error.retryable) == (kind, retryable)
    assert error.provider == "openai"


async def test_rate_limit_carries_the_delay_the_server_asked_for() -> None:
    async with OpenAIWire([http_error(429, "Slow.", retry_after="7")]) as wire:
        error = await fails(endpoint_at(wire.base_url))
    assert (error.retry_after_s, error.status, error.request_id) == (7.0, 429, "req_wire")


async def test_html_page_is_quoted_with_its_type() -> None:
    page = Plain(headers={"content-type": "text/html"}, body=HTML)
    async with OpenAIWire([page]) as wire:
        error = await fails(endpoint_at(wire.base_url))
    assert "text/html" in error.message
    assert "Sign in" in error.message


async def test_wrong_key_is_refused_and_not_repeated() -> None:
    async with OpenAIWire([]) as wire:
        endpoint = endpoint_at(
            wire.base_url, api_key="sk-wrong-1234", key_hint="Set OPENAI_API_KEY."
        )
        error = await fails(endpoint)
    assert error.kind is Kind.AUTHENTICATION
    assert "Set OPENAI_API_KEY." in str(error)
    assert "sk-wrong-1234" not in f"{error!r} {error} {endpoint!r} {OpenAIResponses(endpoint)!r}"


async def test_key_that_a_server_repeats_is_struck_out() -> None:
    reply = http_error(403, "The key test-key-9 may not do this.")
    async with OpenAIWire([reply], key="test-key-9") as wire:
        error = await fails(endpoint_at(wire.base_url, api_key="test-key-9"))
    assert "test-key-9" not in f"{error!r} {error}"


async def test_missing_key_is_said_before_any_request() -> None:
    async with OpenAIWire([]) as wire:
        endpoint = endpoint_at(wire.base_url, api_key=None, key_hint="Set OPENAI_API_KEY.")
        error = await fails(endpoint)
        async with opened(endpoint) as provider:
            with pytest.raises(ProviderError, match="no key"):
                await provider.list_models()
        assert wire.server.requests == []
    assert (error.kind, error.hint) == (Kind.AUTHENTICATION, "Set OPENAI_API_KEY.")


async def test_key_with_a_line_break_is_an_error_that_does_not_show_it() -> None:
    async with OpenAIWire([]) as wire:
        error = await fails(endpoint_at(wire.base_url, api_key="secret\nkey"))
    assert error.kind is Kind.INVALID_REQUEST
    assert "secret" not in f"{error!r} {error}"


async def test_key_that_is_no_ascii_is_an_error_that_does_not_show_it() -> None:
    async with OpenAIWire([]) as wire:
        error = await fails(endpoint_at(wire.base_url, api_key="schlüssel"))
    assert error.kind is Kind.INVALID_REQUEST
    assert "schlüssel" not in f"{error!r} {error}"


async def test_server_that_is_not_there_is_a_connection_error() -> None:
    async with LoopbackServer(lambda _: Plain()) as server:
        address = server.base_url
    error = await fails(endpoint_at(f"{address}/v1"))
    assert (error.kind, error.retryable) == (Kind.CONNECTION, True)
    assert address in error.message


@pytest.mark.parametrize("address", ["not an address", "ftp://127.0.0.1/v1"])
async def test_address_that_cannot_be_called_is_said(address: str) -> None:
    error = await fails(endpoint_at(address))
    assert error.kind is Kind.INVALID_REQUEST


async def test_address_that_is_malformed_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="base_url"):
        OpenAIResponses(endpoint_at("http://[::1"))


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (http_error(503, "Busy."), Kind.OVERLOADED),
        (Plain(headers={"content-type": "text/html"}, body=HTML), Kind.UNEXPECTED_REPLY),
        (Plain.of_json(["gpt"]), Kind.UNEXPECTED_REPLY),
        (Plain.of_json({"data": None}), Kind.UNEXPECTED_REPLY),
    ],
)
async def test_listing_models_fails_with_the_same_kinds(reply: Plain, kind: Kind) -> None:
    async with (
        LoopbackServer(lambda _: reply) as server,
        opened(endpoint_at(f"{server.base_url}/v1")) as provider,
    ):
        with pytest.raises(ProviderError) as caught:
            await provider.list_models()
    assert caught.value.kind is kind


async def test_listing_models_that_never_ends_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_tui.providers.transport.LIST_TIMEOUT_S", 0.2)
    async with (
        LoopbackServer(lambda _: Stream([b"{", Stall()])) as server,
        opened(endpoint_at(f"{server.base_url}/v1")) as provider,
    ):
        with pytest.raises(ProviderError, match=r"0\.2 s") as caught:
            await provider.list_models()
    assert caught.value.kind is Kind.TIMEOUT


async def test_provider_serves_again_after_a_failure() -> None:
    script = [ends_early(call("read_file", {})), answer(text("ok"))]
    async with OpenAIWire(script) as wire:
        endpoint = endpoint_at(wire.base_url)
        await fails(endpoint)
        async with asyncio.timeout(5):
            assert await stream_all(endpoint)
