"""What the adapters share below the vendor: time limits, failures in passing, a reply's events.

Both vendors' SDKs stand on httpx2 and let its exceptions through, so whoever calls an SDK catches
`TRANSPORT_FAILURES` beside the SDK's own.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import httpx2

from codex_tui.protocol.errors import ConfigError
from codex_tui.providers.faults import missing_key, not_a_stream
from codex_tui.providers.sse import decode_events

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from codex_tui.providers.base import Endpoint
    from codex_tui.providers.sse import ServerSentEvent

CONNECT_TIMEOUT_S: Final = 10.0
_DRAIN_TIMEOUT_S: Final = 0.1
_FIRST_BYTES: Final = 1024
_LAST_PORT: Final = 65_535

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


def request_timeout(endpoint: Endpoint) -> httpx2.Timeout:
    """Return the SDK's time limits: the endpoint's between two reads, ours for connecting."""
    return httpx2.Timeout(endpoint.timeout_s, connect=CONNECT_TIMEOUT_S)


def check_address(endpoint: Endpoint) -> None:
    """Raise `ConfigError` for a base URL that no client can be made for."""
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
            async for event in events:
                yield event


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
