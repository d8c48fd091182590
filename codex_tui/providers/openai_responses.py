"""OpenAI's Responses API through the official SDK, the only module that imports it.

The SDK does addresses, authorization, the connection and HTTP errors. The request's body is ours
(`openai_render`), passed by as it is because the SDK's own conversion blocks the event loop for
seconds in a long session; the events are decoded by us (`openai_stream`), because the SDK's stream
neither reports a missing end nor survives a malformed event. No retries here: the agent owns them.

A stream holds one connection and closes it when the generator is closed or cancelled.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import httpx2
import openai

from codex_tui.protocol.errors import ConfigError, ProviderError, ProviderErrorKind
from codex_tui.protocol.models import ModelRef
from codex_tui.providers.catalog import describe, known_models
from codex_tui.providers.faults import (
    connection_fault,
    ended_early,
    fault_from_status,
    missing_key,
    not_a_stream,
)
from codex_tui.providers.openai_items import as_item, as_items, as_text, parsed
from codex_tui.providers.openai_render import render
from codex_tui.providers.openai_stream import ResponseReader
from codex_tui.providers.sse import decode_events

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import Endpoint, ModelRequest, StreamEvent
    from codex_tui.providers.sse import ServerSentEvent

CONNECT_TIMEOUT_S = 10.0
LIST_TIMEOUT_S = 10.0

# What the SDK raises of its own, what passes through it, and what a header can do to both.
_FAILURES = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    UnicodeError,
)

_NO_KEY = "none"  # the SDK insists on one; a server that needs none ignores it
_FIRST_BYTES = 1024
_DRAIN_TIMEOUT_S = 0.1

# Parts of the names of models that do not hold a conversation in text.
_OTHER_TRADES = (
    "audio", "dall-e", "embedding", "image", "moderation", "realtime", "sora", "transcribe",
    "translate", "tts", "whisper",
)  # fmt: skip


class OpenAIResponses:
    """An `LLMProvider` for one endpoint that speaks the Responses API."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        headers = dict(endpoint.headers)
        try:
            self._client = openai.AsyncOpenAI(
                api_key=endpoint.api_key or _NO_KEY,
                base_url=endpoint.base_url,
                default_headers=headers,
                max_retries=0,
                timeout=httpx2.Timeout(endpoint.timeout_s, connect=CONNECT_TIMEOUT_S),
            )
        except httpx2.InvalidURL as error:
            raise ConfigError(
                f"provider {endpoint.name!r}: base_url is not an address: {error}"
            ) from None
        # The SDK fills these from the environment; only the endpoint says what a server is told.
        # For the headers there is no public way.
        self._client.organization = self._client.project = self._client.admin_api_key = None
        self._client._custom_headers = headers  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        # Resources are imported at first use, which costs a tenth of a second; better here, in the
        # registry's thread, than in the first request.
        self._responses = self._client.responses.with_streaming_response
        self._models = self._client.models.with_raw_response

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Make one model call; see `LLMProvider.stream`."""
        self._require_key()
        body = render(request, self.endpoint)
        started = False
        try:
            async with self._responses.create(stream=True, extra_body=body) as response:
                started = True
                chunks = cast("AsyncGenerator[bytes, None]", response.iter_bytes())
                reader = ResponseReader(
                    self.endpoint, request.model, request_id=response.request_id
                )
                async with aclosing(chunks):
                    await self._require_stream(response.headers.get("content-type", ""), chunks)
                    async with aclosing(decode_events(chunks)) as events:
                        async for event in events:
                            outcomes = self._read(reader, event)
                            if reader.finished:
                                await _drain(events)
                            for outcome in outcomes:
                                yield outcome
                            if reader.finished:
                                return
        except _FAILURES as error:
            raise self._fault(error, started=started) from None
        raise ended_early(self.endpoint)

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """Ask the server; what the catalogue knows comes first, in its order."""
        self._require_key()
        try:
            async with asyncio.timeout(LIST_TIMEOUT_S):
                response = await self._models.list()
        except TimeoutError as error:
            limited = replace(self.endpoint, timeout_s=LIST_TIMEOUT_S)
            raise connection_fault(limited, error, started=False) from None
        except _FAILURES as error:
            raise self._fault(error, started=False) from None
        listing = as_item(parsed(response.text))
        if not isinstance(listing.get("data"), list):
            raise ProviderError(
                f"{self.endpoint.title or self.endpoint.name} does not say which models it serves.",
                kind=ProviderErrorKind.UNEXPECTED_REPLY,
                provider=self.endpoint.name,
                hint=f"Check base_url under [providers.{self.endpoint.name}].",
            )
        served = [as_text(model.get("id")) for model in as_items(listing["data"])]
        return self._described([name for name in served if name and _converses(name)])

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _described(self, served: list[str]) -> tuple[ModelInfo, ...]:
        known = [info.ref.model for info in known_models(self.endpoint)]
        rank = {name: place for place, name in enumerate(known)}
        ordered = sorted(dict.fromkeys(served), key=lambda name: rank.get(name, len(rank)))
        return tuple(
            describe(ModelRef(self.endpoint.name, name), self.endpoint) for name in ordered
        )

    def _require_key(self) -> None:
        if self.endpoint.needs_key and not self.endpoint.api_key:
            raise missing_key(self.endpoint)

    async def _require_stream(self, content_type: str, chunks: AsyncIterator[bytes]) -> None:
        if content_type.lower().startswith("text/event-stream"):
            return
        first = b""
        async for chunk in chunks:
            first += chunk
            if len(first) >= _FIRST_BYTES:
                break
        text = first[:_FIRST_BYTES].decode("utf-8", "replace")
        raise not_a_stream(self.endpoint, content_type=content_type, first=text)

    def _read(self, reader: ResponseReader, event: ServerSentEvent) -> list[StreamEvent]:
        """Read one event; what is no JSON is a stream that broke, whatever follows."""
        if event.data == "[DONE]":
            return []
        data = parsed(event.data)
        if data is None:
            raise ended_early(self.endpoint)
        return list(reader.read(as_item(data)))

    def _fault(self, error: Exception, *, started: bool) -> ProviderError:
        if isinstance(error, openai.APIStatusError):
            return fault_from_status(
                self.endpoint,
                status=error.status_code,
                body=error.body,
                text=error.response.text,
                headers=error.response.headers,
            )
        return connection_fault(self.endpoint, error, started=started)


def _converses(model: str) -> bool:
    return not any(trade in model for trade in _OTHER_TRADES)


async def _drain(events: AsyncIterator[ServerSentEvent]) -> None:
    """Read to the end, which is there at once, so that the connection can serve the next call."""
    with suppress(TimeoutError, *_FAILURES):
        async with asyncio.timeout(_DRAIN_TIMEOUT_S):
            async for _ in events:
                continue
