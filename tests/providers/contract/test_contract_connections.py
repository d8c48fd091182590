"""Keys, addresses and connections: what is sent where, and what is let go of when."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ConfigError, ProviderError
from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.protocol.messages import (
    AssistantMessage,
    NoticeMessage,
    StopReason,
    TextPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from codex_tui.protocol.tools import ToolSpec
from codex_tui.providers.base import PartStarted
from tests.providers.contract.support import (
    answer_of,
    ask,
    check_fault,
    expected,
    fault_of,
    opened,
    over_places,
    over_wires,
    play,
    request_of,
    trace,
)
from tests.providers.contract.wire import KEY, Say, Wire
from tests.servers.loopback import LoopbackServer, Plain, Stall

if TYPE_CHECKING:
    from codex_tui.providers.base import LLMProvider
    from tests.servers.loopback import Piece, Recorded

PATIENCE_S = 5
HOSTILE = "lone \ud800, paired \ud83d\ude42, NUL \x00, escape \x1b[31m, line \u2028 end"
CLEAN = "lone \ufffd, paired 🙂, NUL \x00, escape \x1b[31m, line \u2028 end"


async def refused(provider: LLMProvider, wire: Wire) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await ask(provider, request_of(model=wire.model))
    check_fault(caught.value)
    return caught.value


@over_wires
async def test_key_and_headers_are_sent_and_nothing_from_the_environment(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for vendor in ("OPENAI", "ANTHROPIC"):
        for name in ("API_KEY", "ADMIN_KEY", "AUTH_TOKEN", "ORG_ID", "PROJECT_ID"):
            monkeypatch.setenv(f"{vendor}_{name}", f"{name}-of-the-environment")
        monkeypatch.setenv(f"{vendor}_CUSTOM_HEADERS", "X-Gateway: of-the-environment")
        monkeypatch.setenv(f"{vendor}_BASE_URL", "http://127.0.0.1:9/of-the-environment")
    async with wire.server([wire.reply()] * 2) as server:
        async with opened(wire, server.base_url, headers={"X-Team": "blue"}) as provider:
            await ask(provider, request_of(model=wire.model))
        keyless = {"api_key": None, "needs_key": False}
        async with opened(wire, server.base_url, **keyless) as provider:
            assert (await refused(provider, wire)).kind is Kind.AUTHENTICATION
        with_key, without = (request.headers for request in server.received)
    assert with_key["authorization"] == f"Bearer {KEY}"
    assert with_key["x-team"] == "blue"
    assert "of-the-environment" not in json.dumps([dict(with_key), dict(without)])


@over_places
async def test_proxy_of_the_environment_is_not_on_the_way_to_this_machine(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert trace(await play(wire, wire.reply(Say("ok")))) == expected(Say("ok"), wire=wire)


@over_wires
async def test_wrong_key_is_refused_with_its_cure(wire: Wire) -> None:
    async with wire.server([], key="another") as server:
        async with opened(wire, server.base_url) as provider:
            error = await refused(provider, wire)
            assert KEY not in f"{provider!r}{provider.endpoint!r}"
        assert len(server.received) == 1
    assert (error.kind, error.retryable, error.status) == (Kind.AUTHENTICATION, False, 401)
    assert "Set ACME_API_KEY." in (error.hint or "")


@over_wires
async def test_without_a_key_nothing_is_sent(wire: Wire) -> None:
    async with (
        wire.server([]) as server,
        opened(wire, server.base_url, api_key=None) as provider,
    ):
        error = await refused(provider, wire)
        with pytest.raises(ProviderError, match="no key"):
            await provider.list_models()
        assert server.received == []
    assert (error.kind, error.hint) == (Kind.AUTHENTICATION, "Set ACME_API_KEY.")


@over_wires
@pytest.mark.parametrize("end", ["\n", "\r\nX-Other: 1", "\x00", "ü", "日本", "\ud800"])
async def test_key_that_no_header_can_carry_is_an_error_that_does_not_show_it(
    wire: Wire, end: str
) -> None:
    error = await fault_of(wire, api_key=KEY + end + KEY)
    # One of the SDKs sends what is no ASCII as UTF-8; then the server refuses it.
    assert error.kind is Kind.INVALID_REQUEST or (error.status == 401 and not end.isascii())
    assert not error.retryable


@over_wires
@pytest.mark.parametrize("value", ["a\nX-Other: 1", "\x00", "\ud800"])
async def test_header_that_cannot_be_sent_is_an_error(wire: Wire, value: str) -> None:
    error = await fault_of(wire, headers={"X-Token": f"{value}{KEY}"})
    assert (error.kind, error.retryable) == (Kind.INVALID_REQUEST, False)


@over_wires
async def test_nobody_there_is_a_connection_error_with_the_address(wire: Wire) -> None:
    async with LoopbackServer(lambda _: Plain()) as server:
        address = server.base_url
    async with opened(wire, f"{address}/v1?token=t") as provider:
        error = await refused(provider, wire)
    assert (error.kind, error.retryable) == (Kind.CONNECTION, True)
    assert f"Nothing answers at {address}/v1" in error.message
    assert "token=t" not in str(error)


async def no_tls(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a greeting one does not understand as plain servers do."""
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


@over_wires
async def test_server_without_tls_is_named(wire: Wire) -> None:
    async with await asyncio.start_server(no_tls, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with opened(wire, f"https://127.0.0.1:{port}") as provider:
            error = await refused(provider, wire)
    assert (error.kind, error.retryable) == (Kind.CONNECTION, True)
    assert "No secure connection" in error.message


@over_wires
@pytest.mark.parametrize("address", ["not an address", "ftp://127.0.0.1/v1", "http://", ""])
async def test_address_that_cannot_be_called_is_named(wire: Wire, address: str) -> None:
    async with opened(wire, address) as provider:
        error = await refused(provider, wire)
    assert (error.kind, error.retryable) == (Kind.INVALID_REQUEST, False)
    assert address in str(error)


@over_wires
@pytest.mark.parametrize("address", ["http://127.0.0.1:port", "http://[::1", "http://a:99999999"])
def test_address_that_is_none_is_a_configuration_error(wire: Wire, address: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        wire.adapter(wire.endpoint(address))


@over_places
@pytest.mark.parametrize("way", ["close", "cancel", "cancel between events"])
async def test_letting_go_of_a_stream_closes_its_connection(wire: Wire, way: str) -> None:
    stall = Stall()

    def stalls(frames: list[bytes]) -> list[Piece]:
        return [*wire.unended(frames), stall]

    reply = wire.reply(Say("Hello"), sent=stalls)
    async with (
        wire.server([reply, wire.reply(Say("ok"))]) as server,
        opened(wire, server.base_url) as provider,
        asyncio.timeout(PATIENCE_S),
    ):
        request = request_of(model=wire.model)
        if way == "close":
            async with aclosing(answer_of(provider, request)) as stream:
                assert await anext(stream) == PartStarted(index=0, kind="text")
        else:
            await cancelled(provider, request, stall if way == "cancel" else None)
        await server.received[0].client_left.wait()
        assert trace(await ask(provider, request)) == expected(Say("ok"), wire=wire)


async def cancelled(provider: LLMProvider, request: Any, stall: Stall | None) -> None:
    shown = asyncio.Event()

    async def read() -> None:
        async with aclosing(answer_of(provider, request)) as stream:
            async for _ in stream:
                shown.set()

    async with asyncio.TaskGroup() as group:
        reading = group.create_task(read())
        await (shown.wait() if stall is None else stall.reached.wait())
        reading.cancel()
    assert reading.cancelled()


@over_wires
@pytest.mark.parametrize("what", ["an answer", "the models"])
async def test_cancelling_before_the_reply_begins_closes_the_connection(
    wire: Wire, what: str
) -> None:
    got = asyncio.Event()

    async def silent(request: Recorded) -> Plain:
        got.set()
        await request.client_left.wait()
        return Plain()

    async with (
        asyncio.timeout(PATIENCE_S),
        LoopbackServer(silent) as server,
        opened(wire, server.base_url) as provider,
    ):
        work = ask(provider, request_of(model=wire.model))
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(work if what == "an answer" else listing(provider))
            if what != "an answer":
                work.close()
            await got.wait()
            waiting.cancel()
        assert waiting.cancelled()


async def listing(provider: LLMProvider) -> None:
    await provider.list_models()


@over_places
async def test_stream_that_is_closed_before_it_began_sends_nothing(wire: Wire) -> None:
    async with wire.server([]) as server, opened(wire, server.base_url) as provider:
        await provider.stream(request_of(model=wire.model)).aclose()
        assert server.received == []


@over_places
async def test_streams_of_one_provider_do_not_touch_each_other(wire: Wire) -> None:
    number = 8
    broken = wire.reply(Say("broken"), sent=wire.unended)
    script = [broken, *(wire.reply(Say(f"answer {n}" * 50)) for n in range(number)), broken]
    async with wire.server(script) as server, opened(wire, server.base_url) as provider:
        request = request_of(model=wire.model)
        asked = (ask(provider, request) for _ in script)
        results = await asyncio.gather(*asked, return_exceptions=True)
    answers = [trace(result) for result in results if isinstance(result, list)]
    errors = [result for result in results if isinstance(result, ProviderError)]
    whole = [expected(Say(f"answer {n}" * 50), wire=wire) for n in range(number)]
    assert sorted(map(str, answers)) == sorted(map(str, whole))
    assert [error.kind for error in errors] == [Kind.STREAM_INTERRUPTED] * 2


@over_places
async def test_provider_may_be_closed_twice_and_in_the_middle_of_a_stream(wire: Wire) -> None:
    stall = Stall()
    reply = wire.reply(Say("Hello"), sent=lambda frames: [*wire.unended(frames), stall])
    async with wire.server([reply]) as server, opened(wire, server.base_url) as provider:
        async with aclosing(answer_of(provider, request_of(model=wire.model))) as stream:
            assert await anext(stream) == PartStarted(index=0, kind="text")
            await provider.aclose()
            with pytest.raises(ProviderError) as caught:
                async for _ in stream:
                    continue
        await provider.aclose()
    assert caught.value.kind is Kind.STREAM_INTERRUPTED


@over_places
async def test_hostile_text_reaches_the_server_as_unicode(wire: Wire) -> None:
    tool = ToolSpec(name="t", description=HOSTILE, parameters={"type": "object", "title": HOSTILE})
    raw = json.dumps({"path": HOSTILE})
    origin = wire.endpoint("http://elsewhere").origin("m")
    answer = AssistantMessage(
        parts=(TextPart(text=HOSTILE), ToolCall(id="c", name="t", arguments=raw)),
        origin=origin,
        stop=StopReason.TOOL_USE,
    )
    result = ToolResultMessage(call_id="c", name="t", content=HOSTILE)
    words = (UserMessage(text=HOSTILE), answer, result, NoticeMessage(text=HOSTILE))
    async with wire.server([wire.reply()]) as server:
        async with opened(wire, server.base_url) as provider:
            await ask(provider, request_of(*words, model=wire.model, system=HOSTILE, tools=(tool,)))
        assert server.refused == []
        (body,) = server.requests
    sent = [text for text in strings(body) if "lone" in text]
    assert len(sent) == 8
    assert all(CLEAN in text for text in sent)


def strings(value: Any) -> list[str]:
    """All strings of a body, those inside of a call's arguments as they are meant."""
    match value:
        case {"arguments": str(raw), **rest}:
            return strings(rest) + strings(json.loads(raw))
        case dict():
            return [text for each in value.values() for text in strings(each)]
        case list():
            return [text for each in value for text in strings(each)]
        case str():
            return [value]
        case _:
            return []
