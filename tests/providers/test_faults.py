from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.providers.base import Endpoint
from codex_tui.providers.faults import (
    MAX_SAID_CHARACTERS,
    connection_fault,
    ended_early,
    fault_from_code,
    fault_from_status,
    missing_key,
    not_a_stream,
)
from codex_tui.providers.retry_after import requested_delay_s

ENDPOINT = Endpoint(
    name="acme",
    api="openai-responses",
    base_url="https://me:hunter2@api.acme.test/v1?x=y",
    title="Acme",
    api_key="key-0123456789",
    key_hint="Set ACME_API_KEY.",
    headers={"X-Auth-Token": "token-987654", "Authorization": "Basic dXNlcg==", "X-Team": "blue"},
    timeout_s=12.0,
)


def fault(status: int, body: Any = None, text: str = "", **headers: str) -> ProviderError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return fault_from_status(ENDPOINT, status=status, body=body, text=text, headers=named)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"error": {"code": "invalid_api_key", "message": "Incorrect"}}, "authentication"),
        (404, {"error": {"code": "model_not_found", "message": "gone"}}, "not_found"),
        (400, {"error": {"message": "The model `x` does not exist"}}, "not_found"),
        (404, {"detail": "Not Found"}, "not_found"),
        (429, {"error": {"type": "insufficient_quota", "message": "quota"}}, "billing"),
        (429, {"error": {"message": "You exceeded your current quota, please"}}, "billing"),
        (429, {"error": {"type": "rate_limit_error", "message": "Limit",
                         "details": {"error_code": "ramp_limit_exceeded"}}}, "billing"),
        (429, {"message": "Too many requests"}, "rate_limit"),
        (429, {"error": {"message": "Rate limit: maximum context length tokens per minute"}},
         "rate_limit"),
        (400, {"error": {"code": "context_length_exceeded", "message": "m"}}, "context_window"),
        (400, {"error": {"message": "This model's maximum context length is 8 tokens"}},
         "context_window"),
        (400, {"error": {"message": "the request exceeds the available context size"}},
         "context_window"),
        (500, {"error": {"message": "Trying to keep the first 9 tokens when context length is "
                                    "greater than the context length"}}, "context_window"),
        (400, [{"error": {"message": "input token count (9) exceeds the maximum"}}],
         "context_window"),
        (413, {}, "context_window"),
        (403, {}, "permission"),
        (408, {}, "timeout"),
        (422, {"detail": [{"msg": "bad"}]}, "invalid_request"),
        (418, None, "invalid_request"),
        (503, {"error": "loading model"}, "overloaded"),
        (529, None, "overloaded"),
        (400, {"error": {"code": "content_policy_violation", "message": "no"}}, "refusal"),
        (200, {"odd": True}, "unexpected_reply"),
    ],
)  # fmt: skip
def test_error_replies_are_told_apart(status: int, body: Any, kind: str) -> None:
    assert fault(status, body, "raw").kind.value == kind


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("overloaded_error", "Overloaded", "overloaded"),
        ("api_error", "Internal", "overloaded"),
        ("server_error", "", "overloaded"),
        ("rate_limit_exceeded", "Please try again in 11.054s.", "rate_limit"),
        ("insufficient_quota", "", "billing"),
        ("context_length_exceeded", "", "context_window"),
        ("bio_policy", "", "refusal"),
        ("invalid_request_error", "prompt is too long: 2 tokens > 1 maximum", "context_window"),
        ("what_is_this", "", "invalid_request"),
    ],
)
def test_errors_inside_a_stream_are_told_apart(code: str, message: str, kind: str) -> None:
    found = fault_from_code(ENDPOINT, code=code, message=message, request_id="r1")
    assert (found.kind.value, found.request_id, found.status) == (kind, "r1", None)
    assert (message or code) in found.message


RETRYABLE = {"rate_limit", "overloaded", "connection", "timeout", "stream_interrupted"}


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 413, 429, 500, 503, 504, 529])
def test_only_what_may_pass_is_tried_again(status: int) -> None:
    found = fault(status)
    assert found.retryable == (found.kind.value in RETRYABLE)
    assert found.hint or found.kind is ProviderErrorKind.INVALID_REQUEST


def test_a_server_may_forbid_a_retry() -> None:
    assert not fault(529, x_should_retry="false").retryable


@pytest.mark.parametrize(
    ("headers", "message", "delay_s"),
    [
        ({"retry-after": "7"}, "", 7.0),
        ({"retry-after-ms": "1500", "retry-after": "7"}, "", 1.5),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"},
         "", 30.0),
        ({"retry-after": "Sun, 22 Nov 2015 10:00:30 GMT"}, "", 0.0),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "nan"}, "", None),
        ({"retry-after": "-5"}, "", None),
        ({}, "Please try again in 11.054s. Visit", 11.054),
        ({}, "try again in 1m30s", 90.0),
        ({}, "Try again in 250ms.", 0.25),
        ({}, "try again in 500 milliseconds", 0.5),
        ({}, "retry after 6 minutes", 360.0),
        ({}, "try again later", None),
    ],
)  # fmt: skip
def test_the_delay_a_server_asks_for(
    headers: dict[str, str], message: str, delay_s: float | None
) -> None:
    assert requested_delay_s(headers, message) == (
        None if delay_s is None else pytest.approx(delay_s)
    )


def test_the_delay_is_part_of_a_rate_limit_only() -> None:
    assert fault(429, {"message": "try again in 3s"}).retry_after_s == 3.0
    assert fault(400, {"message": "try again in 3s"}).retry_after_s is None


def test_secrets_are_cut_out_before_the_words_are_shortened() -> None:
    padding = "x" * (MAX_SAID_CHARACTERS - 5)
    echoed = f"key-0123456789 token-987654 dXNlcg== sk-proj-abc***xyz blue {padding} key-0123456789"
    found = fault(400, {"message": echoed})
    for secret in ("key-0", "token-9", "dXNl", "sk-proj", "hunter2"):
        assert secret not in str(found)
    assert "blue" in found.message
    assert len(found.message) < MAX_SAID_CHARACTERS + 60


def test_words_are_on_one_line() -> None:
    assert "a b c" in fault(400, {"message": "a\n b\r\n\tc"}).message


def test_a_refused_key_names_its_source() -> None:
    assert fault(401).hint == "Check the key. Set ACME_API_KEY."


def test_a_missing_key_is_no_request() -> None:
    found = missing_key(ENDPOINT)
    assert found.kind is ProviderErrorKind.AUTHENTICATION
    assert found.hint == "Set ACME_API_KEY."


@pytest.mark.parametrize("status", [200, 403, 502])
def test_a_web_page_is_named_with_its_first_words(status: int) -> None:
    found = fault(status, None, "<!DOCTYPE html><p>Sign in", content_type="text/html")
    assert found.kind is ProviderErrorKind.UNEXPECTED_REPLY
    assert "text/html: <!DOCTYPE html><p>Sign in" in found.message
    assert "https://api.acme.test/v1" in (found.hint or "")
    assert found.retryable == (status == 502)


def test_a_reply_that_is_no_stream_names_its_type() -> None:
    found = not_a_stream(ENDPOINT, content_type="application/json", first='{"ok": 1}')
    assert found.message == 'Acme answered with application/json, not a stream: {"ok": 1}'


class TimeoutException(Exception):  # noqa: N818 - named like the transports' own
    pass


class ConnectTimeout(TimeoutException):
    pass


class SlowRead(TimeoutException):
    pass


class LocalProtocolError(Exception):
    pass


def caused_by(cause: BaseException) -> Exception:
    outer = RuntimeError("Connection error.")
    outer.__cause__ = cause
    return outer


@pytest.mark.parametrize(
    ("cause", "started", "kind", "words"),
    [
        (caused_by(ConnectionRefusedError()), False, "connection", "Nothing answers at"),
        (caused_by(socket.gaierror(-2, "unknown")), False, "connection", "cannot be found"),
        (caused_by(ssl.SSLError(1, "bad record")), False, "connection", "No secure connection"),
        (caused_by(OSError("unreachable")), False, "connection", "No connection to Acme"),
        (ConnectTimeout(), False, "connection", "No connection to Acme"),
        (caused_by(SlowRead()), False, "timeout", "12 s"),
        (TimeoutError(), False, "timeout", "12 s"),
        (SlowRead(), True, "timeout", "12 s"),
        (ConnectionResetError(), True, "stream_interrupted", "broke off"),
        (LocalProtocolError("Illegal header value b'Bearer key-0123456789'"), False,
         "invalid_request", "not allowed"),
    ],
)  # fmt: skip
def test_failures_of_the_connection(cause: Exception, started: bool, kind: str, words: str) -> None:
    found = connection_fault(ENDPOINT, cause, started=started)
    assert found.kind.value == kind
    assert words in found.message
    assert found.retryable == (kind in RETRYABLE)
    assert "hunter2" not in str(found)
    assert "key-0" not in str(found)


def test_a_certificate_that_is_refused_is_not_tried_again() -> None:
    refused = caused_by(ssl.SSLCertVerificationError(1, "certificate verify failed"))
    found = connection_fault(ENDPOINT, refused, started=False)
    assert (found.kind, found.retryable) == (ProviderErrorKind.CONNECTION, False)


def test_a_cycle_of_causes_ends() -> None:
    one, two = RuntimeError("1"), RuntimeError("2")
    one.__cause__, two.__cause__ = two, one
    assert connection_fault(ENDPOINT, one, started=False).kind is ProviderErrorKind.CONNECTION


def test_an_early_end_may_be_tried_again() -> None:
    assert ended_early(ENDPOINT).retryable
