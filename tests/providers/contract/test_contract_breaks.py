"""A stream that breaks, stalls or turns into an error says so, and what came before is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.protocol.messages import StopReason
from codex_tui.providers.wire_json import MAX_READ_DEPTH
from tests.providers.contract.support import (
    ask,
    expected,
    fault_of,
    opened,
    over_all,
    over_places,
    over_wires,
    play,
    request_of,
    trace,
    words_of,
)
from tests.providers.contract.wire import Say, Think, Use, Wire
from tests.servers.loopback import Cut, Reset, Stall

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.providers.base import StreamEvent
    from tests.servers.loopback import Piece

    Break = Callable[[Wire, list[bytes]], list[Piece]]

SAID = (Think("Hm."), Say("Hello"), Use("read_file", {"path": "a"}))
NESTED = b"data: " + b'{"a":' * 20_000 + b"\n\n"
DEEP = b"data: " + b'{"a":' * MAX_READ_DEPTH + b"{}" + b"}" * MAX_READ_DEPTH + b"\n\n"


def half_of_the_end(wire: Wire, frames: list[bytes]) -> list[Piece]:
    """Everything up to the middle of the event that would be the end."""
    before = wire.unended(frames)
    return [*before, frames[len(before)][:-2]]


BREAKS: dict[str, Break] = {
    "nothing at all": lambda _, __: [],
    "the first event": lambda _, frames: frames[:1],
    "a clean end": lambda wire, frames: [*wire.unended(frames)],
    "only comments": lambda _, __: [b": keep-alive\n\n"] * 3,
    "closed": lambda wire, frames: [*wire.unended(frames), Cut()],
    "closed at once": lambda _, __: [Cut()],
    "reset": lambda wire, frames: [*wire.unended(frames), Reset()],
    "half of the end": half_of_the_end,
    "no JSON": lambda _, frames: [*frames[:2], b'data: {"oops\n\n', *frames[2:]],
    "no JSON but words": lambda _, frames: [*frames[:2], b"data: upstream gone\n\n", *frames[2:]],
    "nested a little too deep": lambda _, frames: [*frames[:2], DEEP, *frames[2:]],
    "nested beyond reason": lambda _, frames: [*frames[:2], NESTED, *frames[2:]],
}


@over_wires
@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
async def test_stream_without_its_end_is_an_interruption(wire: Wire, broken: Break) -> None:
    error = await fault_of(wire, wire.reply(*SAID, sent=lambda frames: broken(wire, frames)))
    assert (error.kind, error.retryable) == (Kind.STREAM_INTERRUPTED, True)
    assert "broke off" in error.message
    assert error.hint


@over_all
async def test_what_came_before_a_break_was_shown(wire: Wire) -> None:
    before: list[StreamEvent] = []
    await fault_of(wire, wire.reply(*SAID, sent=wire.unended), before=before)
    assert words_of(before) == 'Hm.Hello{"path": "a"}'


@over_places
@pytest.mark.parametrize("after", ["the headers", "some words"])
async def test_silence_is_a_timeout_that_names_its_limit(wire: Wire, after: str) -> None:
    def stalled(frames: list[bytes]) -> list[Piece]:
        return [*(wire.unended(frames) if after == "some words" else []), Stall()]

    error = await fault_of(wire, wire.reply(*SAID, sent=stalled), timeout_s=0.2)
    assert (error.kind, error.retryable) == (Kind.TIMEOUT, True)
    assert "0.2 s" in error.message
    assert "timeout_s" in (error.hint or "")


@over_places
async def test_server_that_never_closes_its_stream_does_not_hold_the_answer_back(
    wire: Wire,
) -> None:
    events = await play(wire, wire.reply(*SAID, sent=lambda frames: [*frames, Stall()]))
    assert trace(events) == expected(*SAID, wire=wire)


@over_places
async def test_break_after_the_end_is_none(wire: Wire) -> None:
    for last in (Cut(), Reset(), b"data: {oops\n\n"):
        reply = wire.reply(*SAID, sent=lambda frames, last=last: [*frames, last])
        assert trace(await play(wire, reply)) == expected(*SAID, wire=wire)


TOLD: list[tuple[str, str, Kind, float | None]] = [
    ("overloaded_error", "Overloaded", Kind.OVERLOADED, None),
    ("server_error", "The model tripped.", Kind.OVERLOADED, None),
    ("api_error", "Internal server error", Kind.OVERLOADED, None),
    ("server_is_overloaded", "Busy.", Kind.OVERLOADED, None),
    ("timeout_error", "Request timed out.", Kind.TIMEOUT, None),
    ("rate_limit_error", "Slow down.", Kind.RATE_LIMIT, None),
    ("rate_limit_exceeded", "Please try again in 11.054s. Visit", Kind.RATE_LIMIT, 11.054),
    ("rate_limit_exceeded", "Try again in 1m30s.", Kind.RATE_LIMIT, 90.0),
    ("insufficient_quota", "You exceeded your current quota.", Kind.BILLING, None),
    ("billing_error", "Your credit balance is too low.", Kind.BILLING, None),
    ("context_length_exceeded", "Your input exceeds it.", Kind.CONTEXT_WINDOW, None),
    ("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum", Kind.CONTEXT_WINDOW,
     None),
    ("content_filter", "No.", Kind.FILTER, None),
    ("bio_policy", "No.", Kind.FILTER, None),
    ("misalignment_policy_violation", "No.", Kind.FILTER, None),
    ("permission_error", "Not for you.", Kind.PERMISSION, None),
    ("not_found_error", "model: x", Kind.NOT_FOUND, None),
    ("request_too_large", "Too many bytes.", Kind.REQUEST_TOO_LARGE, None),
    ("spend_limit_reached", "No more.", Kind.BILLING, None),
    ("authentication_error", "The key was revoked.", Kind.AUTHENTICATION, None),
    ("invalid_prompt", "Bad prompt.", Kind.INVALID_REQUEST, None),
]  # fmt: skip
PASSING = {Kind.OVERLOADED, Kind.TIMEOUT, Kind.RATE_LIMIT}


@over_wires
@pytest.mark.parametrize(("code", "words", "kind", "delay_s"), TOLD)
async def test_error_inside_a_stream_keeps_its_kind(
    wire: Wire, code: str, words: str, kind: Kind, delay_s: float | None
) -> None:
    before: list[StreamEvent] = []
    error = await fault_of(wire, wire.failing(code, words, Say("Hello")), before=before)
    assert (error.kind, error.retryable) == (kind, kind in PASSING)
    assert error.retry_after_s == delay_s
    assert error.request_id == wire.request_id
    assert words in error.message
    assert error.hint or kind is Kind.INVALID_REQUEST
    assert words_of(before) == "Hello"


@over_places
async def test_error_before_any_word_is_the_same(wire: Wire) -> None:
    error = await fault_of(wire, wire.failing("overloaded_error", "Overloaded"))
    assert (error.kind, error.retryable) == (Kind.OVERLOADED, True)


@over_places
async def test_provider_serves_again_after_every_break(wire: Wire) -> None:
    def reply(broken: Break) -> Any:
        return wire.reply(*SAID, sent=lambda frames: broken(wire, frames))

    script = [*map(reply, BREAKS.values()), wire.reply(*SAID)]
    async with wire.server(script) as server, opened(wire, server.base_url) as provider:
        for _ in BREAKS:
            with pytest.raises(Exception, match="broke off"):
                await ask(provider, request_of(model=wire.model))
        events = await ask(provider, request_of(model=wire.model))
    assert trace(events) == expected(*SAID, wire=wire)


@over_places
async def test_error_inside_a_stream_is_one_in_every_shape(wire: Wire) -> None:
    for shape, frame in wire.errors_inside("overloaded_error", "Busy.").items():
        reply = wire.reply(*SAID, sent=lambda frames, frame=frame: [*wire.unended(frames), frame])
        error = await fault_of(wire, reply)
        assert (error.kind, error.retryable) == (Kind.OVERLOADED, True), shape
        assert "Busy." in error.message, shape


@over_wires
async def test_error_inside_a_stream_may_have_a_status_for_a_name(wire: Wire) -> None:
    frame = b'data: {"error": {"code": 429, "message": "Try again in 3s."}}\n\n'
    reply = wire.reply(*SAID, sent=lambda frames: [*wire.unended(frames), frame])
    error = await fault_of(wire, reply)
    assert (error.kind, error.retry_after_s) == (Kind.RATE_LIMIT, 3.0)


@over_wires
@pytest.mark.parametrize("number", ["9" * 5_000, "42", "600", "\u0664\u0662\u0669", -429, True])
async def test_a_number_that_is_no_status_is_a_name_like_any_other(
    wire: Wire, number: object
) -> None:
    error = {"error": {"code": number, "status": number, "message": "No."}}
    frame = f"data: {json.dumps(error)}\n\n".encode()
    reply = wire.reply(*SAID, sent=lambda frames: [*wire.unended(frames), frame])
    told = await fault_of(wire, reply)
    assert told.kind in {Kind.OVERLOADED, Kind.INVALID_REQUEST}
    assert told.status is None


@over_wires
async def test_what_nobody_knows_passes_and_is_logged_once(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "codex_tui.providers.strange")
    script = [wire.reply(Say("ok"), stop=StopReason.UNKNOWN)] * 2
    async with wire.server(script) as server, opened(wire, server.base_url) as provider:
        for _ in script:
            events = await ask(provider, request_of(model=wire.model))
            assert trace(events) == expected(Say("ok"), wire=wire, stop=StopReason.UNKNOWN)
    named = [message for message in caplog.messages if wire.stops[StopReason.UNKNOWN] in message]
    assert len(named) == 1
