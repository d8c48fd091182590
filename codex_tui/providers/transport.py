"""What the adapters share below the vendor: time limits, failures in passing, a reply's events.

Both vendors' SDKs stand on httpx2 and let its exceptions through, so whoever calls an SDK catches
`TRANSPORT_FAILURES` beside the SDK's own.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import httpx2

from codex_tui.protocol.errors import ConfigError
from codex_tui.providers.faults import missing_key, not_a_stream, too_long
from codex_tui.providers.growing import encoded
from codex_tui.providers.sse import EventTooLongError, decode_events

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping

    from codex_tui.providers.base import Endpoint, ModelRequest
    from codex_tui.providers.sse import ServerSentEvent

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 10.0
MAX_ERROR_BYTES: Final = 64 * 1024
"""So much of an error reply is read; what a server has to say is in its first kilobyte."""
ERROR_TIMEOUT_S: Final = 10.0
"""So long the text of an error is waited for, in seconds; its status is known already."""
_DRAIN_TIMEOUT_S: Final = 0.1
_FIRST_BYTES: Final = 1024
# Headers that describe how the bytes came, not what they are.
_FRAMING: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_LAST_PORT: Final = 65_535

# How the SDKs' own `with_streaming_response` asks for a reply whose body nobody has read.
_UNREAD: Final = {"X-Stainless-Raw-Response": "stream"}

NO_PROXY: Final = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}
"""Servers on this machine, which a proxy named by the environment has no way to."""

TRANSPORT_FAILURES: Final = (
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    UnicodeError,  # a header or a body that cannot be encoded
)


class Reply(Protocol):
    """A reply whose body has not been read, as both SDKs hand it out."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The reply's headers, names in any case."""
        ...

    def iter_bytes(self) -> AsyncIterator[bytes]:
        """Read the body as it comes."""
        ...


@asynccontextmanager
async def posted(
    post: Callable[..., Awaitable[Any]],
    path: str,
    body: Mapping[str, object],
    *,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    endpoint: Endpoint,
) -> AsyncGenerator[Any]:
    """Post a body by the `post` of an SDK's client, within the time limits of `endpoint`, and give
    out the raw reply (`AsyncAPIResponse`).

    The body is encoded here, since most of it was encoded before (`growing`) and the SDK would do
    all of it again: tens of milliseconds in which no key is answered in a long session.
    """
    response = await post(
        path,
        cast_to=object,
        content=encoded(body),
        options={
            "headers": {**_UNREAD, **(headers or {})},
            "params": dict(query or {}),
            "timeout": request_timeout(endpoint),
        },
    )
    try:
        yield response
    finally:
        await response.close()


def limited(endpoint: Endpoint, request: ModelRequest) -> Endpoint:
    """Return the endpoint with the request's own time limit, where it has one."""
    return replace(endpoint, timeout_s=request.timeout_s) if request.timeout_s else endpoint


def request_timeout(endpoint: Endpoint) -> httpx2.Timeout:
    """Return the SDK's time limits: the endpoint's between two reads, ours for connecting."""
    return httpx2.Timeout(endpoint.timeout_s, connect=CONNECT_TIMEOUT_S)


async def bounded(response: httpx2.Response) -> httpx2.Response:
    """Return a reply that the SDKs can read: of an error no more than `MAX_ERROR_BYTES`, and what
    came within `ERROR_TIMEOUT_S` where the rest stalls or breaks off.
    """
    if response.is_success:
        return response
    said = bytearray()
    try:
        async with asyncio.timeout(ERROR_TIMEOUT_S), aclosing(_bytes_of(response)) as chunks:
            async for chunk in chunks:
                said += chunk
                if len(said) >= MAX_ERROR_BYTES:
                    break
    except (TimeoutError, httpx2.TransportError) as error:
        log.info("an error reply (HTTP %d) came in part: %r", response.status_code, error)
    finally:
        await response.aclose()
    sent = response.headers.multi_items()
    headers = [(name, text) for name, text in sent if name not in _FRAMING]
    return httpx2.Response(
        response.status_code,
        headers=headers,
        content=bytes(said[:MAX_ERROR_BYTES]),
        request=response.request,
        extensions=response.extensions,
    )


def _bytes_of(response: httpx2.Response) -> AsyncGenerator[bytes, Any]:
    return cast("AsyncGenerator[bytes, Any]", response.aiter_bytes())


def check_address(endpoint: Endpoint) -> None:
    """Raise `ConfigError` for a base URL that no client can be made for, and for a cloud that is
    not set up.
    """
    missing = endpoint.missing
    if missing:
        raise ConfigError(f"provider {endpoint.name!r} is not set up", hint=missing)
    try:
        port = httpx2.URL(endpoint.base_url).port
        told = f"there is no port {port}" if port is not None and port > _LAST_PORT else ""
    except httpx2.InvalidURL as error:
        told = str(error)
    if told:
        raise ConfigError(f"provider {endpoint.name!r}: base_url is not an address: {told}")


def require_key(endpoint: Endpoint) -> None:
    """Raise the authentication error before anything is sent where a needed key is missing."""
    if endpoint.needs_key and not endpoint.api_key:
        raise missing_key(endpoint)


async def events_of(endpoint: Endpoint, reply: Reply) -> AsyncGenerator[ServerSentEvent]:
    """Decode the reply's events; raises `ProviderError` when it is no event stream."""
    chunks = cast("AsyncGenerator[bytes, Any]", reply.iter_bytes())
    async with aclosing(chunks):
        content_type = reply.headers.get("content-type", "")
        if content_type.partition(";")[0].strip().lower() != "text/event-stream":
            first = await _beginning(chunks)
            raise not_a_stream(endpoint, content_type=content_type, first=first)
        async with aclosing(decode_events(chunks)) as events:
            try:
                async for event in events:
                    yield event
            except EventTooLongError:
                raise too_long(endpoint) from None


async def read_text(reply: Reply, max_bytes: int) -> str | None:
    """Read the body of a reply to its end; None as soon as it is longer than `max_bytes`."""
    body = bytearray()
    async with aclosing(cast("AsyncGenerator[bytes, Any]", reply.iter_bytes())) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > max_bytes:
                return None
    return body.decode("utf-8", "replace")


async def _beginning(chunks: AsyncIterator[bytes]) -> str:
    first = b""
    async for chunk in chunks:
        first += chunk
        if len(first) >= _FIRST_BYTES:
            break
    return first[:_FIRST_BYTES].decode("utf-8", "replace")


async def drain(events: AsyncIterator[ServerSentEvent]) -> None:
    """Read to the end, which is there at once, so that the connection can serve the next call."""
    with suppress(TimeoutError, *TRANSPORT_FAILURES):
        async with asyncio.timeout(_DRAIN_TIMEOUT_S):
            async for _ in events:
                continue
