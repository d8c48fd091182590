"""Replies that are no answer: every status and every shape of body is one kind of failure."""

from __future__ import annotations

import gzip
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.providers.transport import MAX_ERROR_BYTES
from tests.providers.contract.clouds import CLOUDS
from tests.providers.contract.support import (
    expected,
    fault_of,
    over_places,
    over_wires,
    play,
    trace,
)
from tests.providers.contract.wire import KEY, Say, Wire
from tests.providers.contract.wires import WIRES
from tests.servers.loopback import Cut, LoopbackServer, Plain, Stall, Stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

JSON = {"content-type": "application/json"}
PAGE = b"<!DOCTYPE html><title>Bad gateway</title>" + b"x" * 5000
IDS = {"request-id": "req_h", "x-request-id": "req_h"}
PASSING = {Kind.OVERLOADED, Kind.TIMEOUT, Kind.RATE_LIMIT}
STATUSES: Mapping[int, Kind] = {
    400: Kind.INVALID_REQUEST,
    401: Kind.AUTHENTICATION,
    402: Kind.BILLING,
    403: Kind.PERMISSION,
    404: Kind.NOT_FOUND,
    405: Kind.INVALID_REQUEST,
    408: Kind.TIMEOUT,
    409: Kind.INVALID_REQUEST,
    413: Kind.REQUEST_TOO_LARGE,
    415: Kind.INVALID_REQUEST,
    418: Kind.INVALID_REQUEST,
    422: Kind.INVALID_REQUEST,
    429: Kind.RATE_LIMIT,
    500: Kind.OVERLOADED,
    501: Kind.OVERLOADED,
    502: Kind.OVERLOADED,
    503: Kind.OVERLOADED,
    504: Kind.TIMEOUT,
    520: Kind.OVERLOADED,
    529: Kind.OVERLOADED,
}
SAYS: Mapping[str, Any] = {
    "the vendor's": None,
    "flat": {"message": "Words of the server."},
    "error in a string": {"error": "Words of the server."},
    "detail": {"detail": "Words of the server."},
    "a list": [{"error": {"message": "Words of the server."}}],
    "a list of problems": {"detail": [{"loc": ["body"], "msg": "Words of the server."}]},
    "a string": "Words of the server.",
    "Google's": {
        "error": {
            "code": 9,
            "message": "Words of the server.",
            "status": "X_Y",
            "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo"}],
        }
    },
    "AWS'": {"__type": "com.amazon#SomeException", "message": "Words of the server."},
    "Azure's": {"error": {"code": "9", "message": "Words of the server.", "innererror": {}}},
    "odd fields": {"error": {"code": 7, "type": None, "message": "Words of the server."}},
}


EVERY_STATUS = [(status, "the vendor's") for status in STATUSES]
EVERY_SHAPE = [(status, says) for says in SAYS for status in (401, 422, 429, 503)]


@over_wires
@pytest.mark.parametrize(("status", "says"), [*EVERY_STATUS, *EVERY_SHAPE])
async def test_error_reply_is_its_status_in_the_users_words(
    wire: Wire, status: int, says: str
) -> None:
    body = SAYS[says] or wire.error_body("some_error", "Words of the server.")
    reply = Plain(status=status, headers={**JSON, **IDS}, body=json.dumps(body).encode())
    error = await fault_of(wire, reply)
    assert (error.kind, error.status, error.request_id) == (STATUSES[status], status, "req_h")
    assert error.retryable == (error.kind in PASSING)
    assert "Words of the server." in error.message
    assert f"HTTP {status}" in error.message
    assert error.hint or error.kind is Kind.INVALID_REQUEST


@over_wires
@pytest.mark.parametrize("status", [400, 404, 429, 500])
@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"{}", b"\xff\xfe\x00", b"nope"])
async def test_error_reply_that_says_nothing_is_its_status(
    wire: Wire, status: int, body: bytes
) -> None:
    error = await fault_of(wire, Plain(status=status, headers=JSON, body=body))
    assert (error.kind, error.status) == (STATUSES[status], status)
    assert error.message


@over_wires
@pytest.mark.parametrize("status", [200, 401, 403, 404, 429, 500, 502, 503])
async def test_web_page_is_named_and_cut(wire: Wire, status: int) -> None:
    page = Plain(status=status, headers={"content-type": "text/html; charset=x"}, body=PAGE)
    error = await fault_of(wire, page)
    passing = status >= 500 or status == 429
    assert error.kind is (STATUSES[status] if passing else Kind.UNEXPECTED_REPLY)
    assert error.retryable == passing
    assert "text/html" in error.message
    assert "Bad gateway" in error.message
    assert "<" not in error.message
    assert len(error.message) < 450
    assert passing or "base_url" in (error.hint or "")


TELLING: list[tuple[int, str, str, Kind]] = [
    (429, "insufficient_quota", "You exceeded your current quota.", Kind.BILLING),
    (400, "invalid_request_error", "Your credit balance is too low.", Kind.BILLING),
    (429, "rate_limit_error", "You reached your spending limit.", Kind.BILLING),
    (403, "x", "Insufficient balance", Kind.BILLING),
    (429, "x", "Rate limit: maximum context length tokens per minute", Kind.RATE_LIMIT),
    (400, "content_policy_violation", "No.", Kind.FILTER),
    (404, "not_found_error", "model: claude-x", Kind.NOT_FOUND),
    (400, "model_not_found", "gone", Kind.NOT_FOUND),
    (400, "x", "The model `m` does not exist", Kind.NOT_FOUND),
    (400, "x", "messages: nonsense", Kind.INVALID_REQUEST),
    (500, "x", "the first 9 tokens exceed the context size", Kind.CONTEXT_WINDOW),
    (413, "request_too_large", "Request exceeds the maximum size", Kind.REQUEST_TOO_LARGE),
    # Larger than a whole minute's limit: no waiting helps.
    (429, "rate_limit_exceeded", "Request too large for m on tokens per min (TPM): Limit 9, "
     "Requested 12.", Kind.REQUEST_TOO_LARGE),
    (429, "x", "Too many tokens, please wait before trying again.", Kind.RATE_LIMIT),
    (400, "ThrottlingException", "Too many requests.", Kind.RATE_LIMIT),
    (429, "engine_overloaded_error", "The engine is overloaded.", Kind.OVERLOADED),
    # A quota that comes back by itself is a rate limit, one that does not is money.
    (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota. Please retry in 21.3s.",
     Kind.RATE_LIMIT),
    (429, "exceeded_current_quota_error", "Your account is suspended.", Kind.BILLING),
    (400, "x", "You have reached your specified API usage limits.", Kind.BILLING),
    (403, "x", "Your team has used all available credits.", Kind.BILLING),
    (429, "Arrearage", "Access denied.", Kind.BILLING),
    (400, "misalignment_policy_violation", "No.", Kind.FILTER),
    (403, "x", "The model `m` does not exist or you do not have access to it.", Kind.NOT_FOUND),
    (403, "PERMISSION_DENIED", "Not for you.", Kind.PERMISSION),
    # The same in the words of the servers there are.
    (400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum", Kind.CONTEXT_WINDOW),
    (400, "context_length_exceeded", "Your input exceeds it.", Kind.CONTEXT_WINDOW),
    *((400, "x", words, Kind.CONTEXT_WINDOW) for words in (
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens",
        "the request exceeds the available context size, try increasing it",
        "Please reduce the length of the messages or completion.",
        "Input is too long for requested model.",
        "The input token count (9) exceeds the maximum number of tokens allowed (8).",
        "This model's maximum prompt length is 131072 but the request contains 500000 tokens.",
        "Trying to keep the first 9 tokens when context length is greater than the context length",
        "prompt contains 9000 tokens, which is longer than the model context length of 8192",
        "input length and `max_tokens` exceed context limit: 9 + 8 > 16",
        "Your input exceeds the context window of this model.",
        "Prompt exceeds max length",
        "tokens in request more than max tokens allowed",
        "prompt token count of 9000 exceeds the limit of 8000",
        "invalid params, context window exceeds limit",
        "Your request exceeded model token limit: 262144",
        "Prompt contains 9 tokens and 0 draft tokens, too large for model with 8 maximum context "
        "length",
        "prompt too long; exceeded max context length by 5 tokens",
        "This endpoint's maximum context length is 8 tokens. However, you requested about 9 tokens",
        "Range of input length should be [1, 98304]",
        "input length 9 exceeds the limit of 8",
        "Error: context_length_exceeded",
    )),
]  # fmt: skip


@over_wires
@pytest.mark.parametrize(("status", "code", "words", "kind"), TELLING)
async def test_the_most_telling_sign_decides(
    wire: Wire, status: int, code: str, words: str, kind: Kind
) -> None:
    error = await fault_of(wire, Plain.of_json(wire.error_body(code, words), status=status))
    assert (error.kind, error.retryable) == (kind, kind in PASSING)
    assert words in error.message


@over_places
async def test_spend_limit_dressed_as_a_rate_limit_is_one(wire: Wire) -> None:
    body = wire.error_body("rate_limit_error", "Limit.")
    body["error"]["details"] = {"error_code": "ramp_limit_exceeded"}
    error = await fault_of(wire, Plain.of_json(body, status=429))
    assert (error.kind, error.retryable) == (Kind.BILLING, False)


@over_wires
async def test_request_is_named_as_its_cloud_does(wire: Wire) -> None:
    reply = Plain.of_json(wire.error_body("x", "m"), status=400, x_amzn_requestid="req_c")
    assert (await fault_of(wire, reply)).request_id == "req_c"


DELAYS: list[tuple[int, dict[str, str], str, float | None]] = [
    (429, {"retry-after": "7"}, "Slow.", 7.0),
    (529, {"retry-after-ms": "1500", "retry-after": "7"}, "Busy.", 1.5),
    (503, {"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT",
           "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, "Busy.", 30.0),
    (429, {"retry-after": "Sun, 22 Nov 2015 10:00:30 GMT"}, "Slow.", 0.0),
    *((429, {"retry-after": odd}, "Slow.", None) for odd in (
        "soon", "nan", "inf", "-5", "", "1e12", "1e300", "1795341600",
        "Wed, 21 Oct 99999999999999 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
    )),
    (429, {}, f"try again in {'9' * 400}s", None),
    (429, {}, "Please try again in 11.054s. Visit", 11.054),
    (429, {}, "try again in 1m30s", 90.0),
    (429, {}, "Try again in 250ms.", 0.25),
    (429, {}, "try again in 500 milliseconds", 0.5),
    (429, {}, "retry after 6 minutes", 360.0),
    (429, {}, "try again later", None),
    (400, {"retry-after": "7"}, "Bad, try again in 3s.", None),
]  # fmt: skip


@over_wires
@pytest.mark.parametrize(("status", "headers", "words", "delay_s"), DELAYS)
async def test_the_delay_a_server_asks_for_is_passed_on(
    wire: Wire, status: int, headers: dict[str, str], words: str, delay_s: float | None
) -> None:
    body = json.dumps(wire.error_body("x", words)).encode()
    error = await fault_of(wire, Plain(status=status, headers={**JSON, **headers}, body=body))
    assert error.retry_after_s == (None if delay_s is None else pytest.approx(delay_s))


@over_places
async def test_server_may_forbid_a_retry(wire: Wire) -> None:
    reply = Plain.of_json(wire.error_body("x", "m"), status=529, x_should_retry="false")
    assert not (await fault_of(wire, reply)).retryable


@over_wires
@pytest.mark.parametrize(
    ("status", "again"), [(400, True), (409, True), (401, False), (402, False)]
)
async def test_server_may_advise_a_retry_where_it_knows_better(
    wire: Wire, status: int, *, again: bool
) -> None:
    reply = Plain.of_json(wire.error_body("x", "m"), status=status, x_should_retry="true")
    assert (await fault_of(wire, reply)).retryable is again


@over_wires
@pytest.mark.parametrize("content_type", ["text/event-stream", "application/json"])
@pytest.mark.parametrize("chunk", [b"x" * 65_536, b"data: x\n" * 8_192], ids=["a line", "lines"])
async def test_answer_that_does_not_end_is_not_read_for_ever(
    wire: Wire, content_type: str, chunk: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex_tui.providers.sse.MAX_EVENT_CHARS", 1_000_000)
    monkeypatch.setattr("codex_tui.providers.openai_chat.adapter.MAX_EVENT_CHARS", 1_000_000)
    reply = Stream(itertools.repeat(chunk), headers={"content-type": content_type})
    error = await fault_of(wire, reply)
    assert (error.kind, error.retryable) == (Kind.UNEXPECTED_REPLY, False)


NO_STREAMS: dict[str, tuple[str, bytes, str]] = {
    "other JSON": ("application/json", b'{"detail": "wrong door"}', "wrong door"),
    "a list": ("application/json", b'["ok"]', "ok"),
    "no error": ("application/json", b'{"error": null}', "null"),
    "no message": ("application/json", b'{"message": 7}', "message"),
    "broken JSON": ("application/json; charset=utf-8", b"{", "{"),
    "words": ("text/plain", b"It works!", "It works!"),
    "nothing": ("", b"", "no content type"),
    "nothing in JSON": ("application/json", b"", "application/json"),
    "bytes": ("application/octet-stream", b"\x00\xff" * 5000, "octet-stream"),
}


@over_wires
@pytest.mark.parametrize("reply", NO_STREAMS.values(), ids=NO_STREAMS)
async def test_good_status_without_a_stream_is_no_answer(
    wire: Wire, reply: tuple[str, bytes, str]
) -> None:
    content_type, body, shown = reply
    headers = {"content-type": content_type} if content_type else {}
    error = await fault_of(wire, Plain(headers=headers, body=body))
    assert (error.kind, error.retryable) == (Kind.UNEXPECTED_REPLY, False)
    assert shown in error.message
    assert "base_url" in (error.hint or "")


@over_places
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirect_is_named_and_neither_key_nor_words_follow_it(
    wire: Wire, status: int
) -> None:
    async with LoopbackServer(lambda _: Plain()) as elsewhere:
        target = f"{elsewhere.base_url}/moved"
        reply = Plain(status=status, headers={"location": f"{target}?token=t"})
        error = await fault_of(wire, reply, headers={"X-Api-Key": KEY})
        assert elsewhere.requests == []
    assert (error.kind, error.retryable) == (Kind.UNEXPECTED_REPLY, False)
    assert target in error.message
    assert "token" not in error.message
    assert "base_url" in (error.hint or "")


@over_wires
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_wrong_compression_is_named(wire: Wire, status: int) -> None:
    headers = {"content-type": "text/event-stream", "content-encoding": "gzip"}
    error = await fault_of(wire, Plain(status=status, headers=headers, body=b"not compressed"))
    assert (error.kind, error.retryable) == (Kind.UNEXPECTED_REPLY, False)
    assert "compressed" in error.message


@over_places
async def test_right_compression_is_undone(wire: Wire) -> None:
    frames: list[bytes] = []
    plain = await play(
        wire, wire.reply(Say("Hello"), sent=lambda sent: frames.extend(sent) or sent)
    )
    headers = {"content-type": "text/event-stream", "content-encoding": "gzip"}
    packed = Stream([gzip.compress(b"".join(frames))], headers=headers)
    assert trace(await play(wire, packed)) == trace(plain) == expected(Say("Hello"), wire=wire)


@over_places
async def test_error_reply_that_breaks_off_or_stalls_is_its_status(wire: Wire) -> None:
    for rest in (Cut(), Stall()):
        reply = Stream([b'{"error": {"mess', rest], status=503, headers=JSON)
        error = await fault_of(wire, reply, timeout_s=0.2)
        assert (error.kind, error.status, error.retryable) == (Kind.OVERLOADED, 503, True)


@over_places
async def test_error_reply_without_end_is_read_in_part(wire: Wire) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 16 * 1024
            yield b"no! " * (4 * 1024)

    error = await fault_of(wire, Stream(endless(), status=400, headers=JSON))
    assert (error.kind, error.status) == (Kind.INVALID_REQUEST, 400)
    assert "no! no!" in error.message
    assert sent < 64 * MAX_ERROR_BYTES


@over_wires
async def test_error_reply_that_swells_is_cut(wire: Wire) -> None:
    packed = gzip.compress(b"x" * 8_000_000)
    headers = {"content-type": "text/plain", "content-encoding": "gzip", "x-request-id": "req_h"}
    error = await fault_of(wire, Plain(status=500, headers=headers, body=packed))
    assert (error.kind, error.request_id) == (Kind.OVERLOADED, "req_h")
    assert len(error.message) < 450


@pytest.mark.parametrize("wire", [*WIRES, *(c for c in CLOUDS if not c.signs)], ids=str)
async def test_key_that_a_server_repeats_is_struck_out(wire: Wire) -> None:
    words = f"The key {KEY} may not do this."
    reply = Plain.of_json(wire.error_body("permission_error", words), status=403)
    assert "The key [key] may not do this." in (await fault_of(wire, reply)).message
    page = Plain(headers={"content-type": "text/html"}, body=f"<html>{KEY}".encode())
    assert "[key]" in (await fault_of(wire, page)).message
    told = await fault_of(wire, wire.failing("invalid_prompt", words))
    assert "The key [key] may not do this." in told.message
