"""What went wrong at a provider, in the user's words: every `ProviderError` of the adapters is made
here.

Owns what is said of a failure at hand, and the redaction and length of whatever a server said; the
taxonomy is in `fault_kinds`, the words of each kind are in `fault_words`. Knows no vendor's SDK: an
adapter hands in statuses, bodies and exceptions. Retries nothing.
"""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING, Final

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.providers.fault_kinds import (
    RETRYABLE,
    Said,
    is_html,
    kind_of,
    page_words,
    read_error,
)
from codex_tui.providers.fault_words import FAULT_WORDS
from codex_tui.providers.retry_after import requested_delay_s

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_tui.providers.base import Endpoint

MAX_SAID_CHARACTERS: Final = 300
_REQUEST_IDS: Final = ("request-id", "x-request-id", "x-amzn-requestid")
_MAX_PIECE: Final = 10 * MAX_SAID_CHARACTERS  # before what is secret in it is struck out

_SECRET_NAME = re.compile(
    r"key|auth|token|secret|cookie|password|signature|^(?:sig|code)$", re.IGNORECASE
)
_KEY_SHAPE = re.compile(r"\bsk-[A-Za-z0-9_*-]{6,}")


def fault_from_status(
    endpoint: Endpoint, *, status: int, body: object, text: str, headers: Mapping[str, str]
) -> ProviderError:
    """Translate an HTTP error reply, or a successful one that is not what was asked for.

    `body` is the parsed JSON (or anything else when there was none), `text` the reply as it came.
    """
    named = {name.lower(): value for name, value in headers.items()}
    if 300 <= status < 400:
        return _moved(endpoint, status, named.get("location", ""))
    if is_html(named.get("content-type", ""), text):
        said = Said((), f"{named.get('content-type', 'HTML')}: {page_words(text)}")
        kind = _kind_of_page(status)
    else:
        said = read_error(body, text)
        kind = kind_of(said, status) if status >= 400 else Kind.UNEXPECTED_REPLY
    retryable = _is_retryable(kind, named.get("x-should-retry", "").lower())
    return _fault(
        endpoint,
        kind,
        said.message,
        status=status,
        retryable=retryable,
        retry_after_s=requested_delay_s(named, said.message) if retryable else None,
        request_id=next((named[name] for name in _REQUEST_IDS if named.get(name)), None),
    )


def _is_retryable(kind: Kind, advice: str) -> bool:
    """Say whether asking again may help; a server's own advice counts where it can know better."""
    if kind in RETRYABLE:
        return advice != "false"
    return kind is Kind.INVALID_REQUEST and advice == "true"


def fault_from_code(
    endpoint: Endpoint, *, code: str, message: str, request_id: str | None = None
) -> ProviderError:
    """Translate an error that came inside a stream, where there is no status."""
    kind = kind_of(Said((code,), message), None)
    words = f"{message} ({code})" if message and kind is Kind.FILTER else message or code
    return _fault(
        endpoint,
        kind,
        words,
        retryable=kind in RETRYABLE,
        retry_after_s=requested_delay_s({}, message) if kind in RETRYABLE else None,
        request_id=request_id,
    )


def connection_fault(endpoint: Endpoint, cause: BaseException, *, started: bool) -> ProviderError:
    """Translate a failure of the transport; `started` once the reply's headers were there."""
    chain = tuple(_chain(cause))
    names = {base.__name__ for each in chain for base in type(each).__mro__}
    if "ConnectTimeout" not in names and ("TimeoutException" in names or "TimeoutError" in names):
        words = f"{_who(endpoint)} sent nothing for {endpoint.timeout_s:g} s"
        return _fault(endpoint, Kind.TIMEOUT, headline=words)
    if names & {"LocalProtocolError", "UnsupportedProtocol", "InvalidURL", "UnicodeEncodeError"}:
        words = f"The request to {_who(endpoint)} cannot be sent: its address, its key or one of"
        return _fault(
            endpoint,
            Kind.INVALID_REQUEST,
            headline=f"{words} its headers has characters that are not allowed",
            hint=_hint(endpoint, Kind.UNEXPECTED_REPLY),
        )
    if "DecodingError" in names:
        words = f"{_who(endpoint)} sent a reply that is not compressed the way it says"
        return _fault(endpoint, Kind.UNEXPECTED_REPLY, headline=words)
    if started:
        return ended_early(endpoint)
    return _fault(
        endpoint,
        Kind.CONNECTION,
        headline=_unreachable(endpoint, chain),
        retryable=not any(isinstance(each, ssl.SSLCertVerificationError) for each in chain),
    )


def ended_early(endpoint: Endpoint) -> ProviderError:
    """Say that a stream stopped before the wire's own terminal event."""
    words = f"The connection to {_who(endpoint)} broke off in the middle of the answer"
    return _fault(endpoint, Kind.STREAM_INTERRUPTED, headline=words)


def garbled(endpoint: Endpoint, piece: str) -> ProviderError:
    """Say that a stream holds something that cannot be read; `piece` is how that begins."""
    words = f"The answer of {_who(endpoint)} broke off: it sent what is no JSON"
    return _fault(endpoint, Kind.STREAM_INTERRUPTED, piece[:_MAX_PIECE], headline=words)


def not_a_stream(endpoint: Endpoint, *, content_type: str, first: str) -> ProviderError:
    """Say that a successful reply is no event stream; `first` is how it begins."""
    words = f"{_who(endpoint)} answered with {content_type or 'no content type'}, not a stream"
    said = page_words(first) if is_html(content_type, first) else first
    return _fault(endpoint, Kind.UNEXPECTED_REPLY, said, headline=words)


def too_long(endpoint: Endpoint) -> ProviderError:
    """Say that a server's answer does not end."""
    words = f"{_who(endpoint)} sent more at once than any answer is long"
    return _fault(endpoint, Kind.UNEXPECTED_REPLY, headline=words)


def unheeded(endpoint: Endpoint, what: str) -> ProviderError:
    """Say that a part of the request was passed over; `what` is missing in the answer."""
    words = f"{_who(endpoint)} answered without {what}"
    return _fault(endpoint, Kind.UNEXPECTED_REPLY, headline=words, status=200)


def missing_key(endpoint: Endpoint) -> ProviderError:
    """Say that there is no key where one is needed; no request was made."""
    hint = endpoint.key_hint or f"Set api_key_env under [providers.{endpoint.name}]."
    words = f"There is no key for {_who(endpoint)}"
    return _fault(endpoint, Kind.AUTHENTICATION, headline=words, hint=hint)


def no_credentials(endpoint: Endpoint, said: str) -> ProviderError:
    """Say that a cloud's own chain of credentials has none, in the words of the SDK; nothing was
    sent.
    """
    hint = endpoint.platform.credentials_hint if endpoint.platform else endpoint.key_hint
    words = f"There are no credentials for {_who(endpoint)}"
    return _fault(endpoint, Kind.AUTHENTICATION, said, headline=words, hint=hint)


def _kind_of_page(status: int) -> Kind:
    """Tell a gateway whose server is gone for a while from an address that is not an API's."""
    kind = kind_of(Said((), ""), status) if status >= 400 else Kind.UNEXPECTED_REPLY
    return kind if kind in RETRYABLE else Kind.UNEXPECTED_REPLY


def _moved(endpoint: Endpoint, status: int, location: str) -> ProviderError:
    """Say where a server sends requests on to; keys and conversations do not follow."""
    return _fault(
        endpoint,
        Kind.UNEXPECTED_REPLY,
        location.partition("?")[0],
        headline=f"{_who(endpoint)} sends requests on to another address",
        hint=f"Set base_url under [providers.{endpoint.name}] to where the server is.",
        status=status,
    )


def _fault(
    endpoint: Endpoint,
    kind: Kind,
    said: str = "",
    *,
    headline: str = "",
    hint: str | None = None,
    status: int | None = None,
    retryable: bool | None = None,
    retry_after_s: float | None = None,
    request_id: str | None = None,
) -> ProviderError:
    head = headline or FAULT_WORDS[kind].headline.format(who=_who(endpoint))
    if status is not None:
        head += f" (HTTP {status})"
    words = _presentable(endpoint, said)
    return ProviderError(
        f"{head}: {words}" if words else f"{head}.",
        kind=kind,
        provider=endpoint.name,
        hint=_hint(endpoint, kind) if hint is None else hint,
        retryable=kind in RETRYABLE if retryable is None else retryable,
        retry_after_s=retry_after_s,
        status=status,
        request_id=request_id,
    )


def _hint(endpoint: Endpoint, kind: Kind) -> str | None:
    hint = FAULT_WORDS[kind].hint.format(
        key_hint=endpoint.key_hint, name=endpoint.name, address=endpoint.address
    )
    return hint.strip() or None


def _who(endpoint: Endpoint) -> str:
    return endpoint.title or endpoint.name


def _chain(cause: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    error: BaseException | None = cause
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _unreachable(endpoint: Endpoint, chain: tuple[BaseException, ...]) -> str:
    """Say why no connection came about, as far as the operating system knows."""
    address = endpoint.address
    for each in chain:
        match each:
            case socket.gaierror():
                return f"The host of {_who(endpoint)} cannot be found: {address}"
            case ssl.SSLError():
                # OpenSSL's own words are attributes that Python sets only on what it raises itself.
                told = (getattr(each, name, "") for name in ("verify_message", "reason"))
                reason = next(filter(None, told), "the handshake failed")
                return f"No secure connection to {_who(endpoint)} at {address}: {reason}"
            case ConnectionRefusedError():
                return f"Nothing answers at {address} ({_who(endpoint)})"
            case _:
                continue
    return f"No connection to {_who(endpoint)} at {address}"


def _presentable(endpoint: Endpoint, said: str) -> str:
    """Return a server's words on one line, without secrets, cut to a length people read."""
    secrets = [endpoint.api_key or ""]
    for name, value in (*endpoint.headers.items(), *endpoint.query.items()):
        if _SECRET_NAME.search(name):
            secrets += [value, value.rpartition(" ")[2]]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        said = said.replace(secret, "[key]")
    words = _KEY_SHAPE.sub("[key]", " ".join(said.split()))
    if len(words) <= MAX_SAID_CHARACTERS:
        return words
    return words[: MAX_SAID_CHARACTERS - 1].rstrip() + "…"
