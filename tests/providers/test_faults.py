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
    fault_from_status,
)

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


RETRYABLE = {"rate_limit", "overloaded", "connection", "timeout", "stream_interrupted"}


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
