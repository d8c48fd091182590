"""Anthropic's Messages API through the official SDK, the only module that imports it.

The SDK does addresses, authorization, the connection and HTTP errors. The request's body is ours
(`anthropic_render`) and travels past the SDK's conversion; the events are decoded by us
(`anthropic_stream`), because the SDK's stream neither reports a missing end nor a reply that is no
stream. No retries here: the agent owns them.

A stream holds one connection and closes it when the generator is closed or cancelled.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

import anthropic
import httpx2

from codex_tui.protocol.errors import ConfigError
from codex_tui.providers.anthropic_models import read_models
from codex_tui.providers.anthropic_render import render
from codex_tui.providers.anthropic_stream import MessageReader
from codex_tui.providers.anthropic_thinking import BINDING_BETA
from codex_tui.providers.faults import (
    connection_fault,
    ended_early,
    fault_from_status,
    missing_key,
    not_a_stream,
)
from codex_tui.providers.sse import decode_events

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from anthropic import AsyncAPIResponse

    from codex_tui.protocol.errors import ProviderError
    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import Endpoint, ModelRequest, StreamEvent
    from codex_tui.providers.sse import ServerSentEvent

CONNECT_TIMEOUT_S: Final = 10.0
LIST_TIMEOUT_S: Final = 10.0
_DRAIN_TIMEOUT_S: Final = 0.1
_FIRST_BYTES: Final = 1024

# What the SDK raises of its own, what passes through it, and what a header can do to both.
_FAILURES: Final = (
    anthropic.AnthropicError,
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    UnicodeError,
)


class AnthropicMessages:
    """An `LLMProvider` for one endpoint that speaks the Messages API."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        headers: dict[str, Any] = dict(endpoint.headers)
        if not endpoint.api_key:
            headers = {"Authorization": anthropic.omit, **headers}
        try:
            self._client = anthropic.AsyncAnthropic(
                api_key=endpoint.api_key or "none",  # with None the SDK looks for keys of its own
                base_url=endpoint.base_url,
                default_headers=headers,
                max_retries=0,
                timeout=anthropic.Timeout(endpoint.timeout_s, connect=CONNECT_TIMEOUT_S),
                open_telemetry=False,
            )
        except httpx2.InvalidURL as error:
            raise ConfigError(
                f"provider {endpoint.name!r}: base_url is not an address: {error}"
            ) from None
        # The SDK adds headers from the environment; only the endpoint says what a server is told.
        self._client._custom_headers = headers  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        # Resources are imported at first use; better here, in the registry's thread.
        self._messages = self._client.beta.messages.with_streaming_response
        self._models = self._client.models.with_raw_response

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Make one model call; see `LLMProvider.stream`."""
        self._require_key()
        body = render(request, self.endpoint)
        started = False
        try:
            # The arguments the signature insists on are overridden by the body, which also keeps
            # the SDK from writing its warnings about old models into the screen.
            async with self._messages.create(
                max_tokens=0,
                messages=[],
                model="",
                stream=True,
                extra_body=body,
                extra_headers=_beta_headers(body),
            ) as response:
                started = True
                async with aclosing(self._read(response, request.model)) as events:
                    async for event in events:
                        yield event
        except _FAILURES as error:
            raise self._fault(error, started=started) from None

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """Ask the server what it serves, in its own order."""
        self._require_key()
        try:
            async with asyncio.timeout(LIST_TIMEOUT_S):
                response = await self._models.list(limit=1000)
                text = await response.text()
        except TimeoutError as error:
            impatient = replace(self.endpoint, timeout_s=LIST_TIMEOUT_S)
            raise connection_fault(impatient, error, started=False) from None
        except _FAILURES as error:
            raise self._fault(error, started=False) from None
        try:
            return read_models(json.loads(text), self.endpoint)
        except ValueError:
            content_type = response.headers.get("content-type", "")
            raise fault_from_status(
                self.endpoint,
                status=response.status_code,
                body=None,
                text=text,
                headers={"content-type": content_type},
            ) from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _require_key(self) -> None:
        if self.endpoint.needs_key and not self.endpoint.api_key:
            raise missing_key(self.endpoint)

    async def _read(
        self, response: AsyncAPIResponse[Any], model: str
    ) -> AsyncGenerator[StreamEvent, None]:
        """Read a reply up to the message's end, and give that out last."""
        reader = MessageReader(self.endpoint, model, request_id=response.request_id)
        chunks = cast("AsyncGenerator[bytes, None]", response.iter_bytes())
        async with aclosing(chunks), aclosing(decode_events(chunks)) as events:
            await self._require_stream(response.headers.get("content-type", ""), chunks)
            async for event in events:
                for outcome in reader.feed(event):
                    yield outcome
                if reader.finished:
                    await _drain(events)
                    yield reader.outcome()
                    return
        raise ended_early(self.endpoint)

    async def _require_stream(self, content_type: str, chunks: AsyncGenerator[bytes, None]) -> None:
        if content_type.partition(";")[0].strip().lower() == "text/event-stream":
            return
        first = b""
        async for chunk in chunks:
            first += chunk
            if len(first) >= _FIRST_BYTES:
                break
        raise not_a_stream(
            self.endpoint, content_type=content_type, first=first.decode("utf-8", "replace")
        )

    def _fault(self, error: Exception, *, started: bool) -> ProviderError:
        """Translate; the cause is left behind, since it holds the request and the key in it."""
        if isinstance(error, anthropic.APIStatusError):
            return fault_from_status(
                self.endpoint,
                status=error.status_code,
                body=error.body,
                text=error.response.text,
                headers=error.response.headers,
            )
        return connection_fault(self.endpoint, error, started=started)


def _beta_headers(body: dict[str, Any]) -> dict[str, str]:
    thinking: dict[str, Any] = body.get("thinking", {})
    return {"anthropic-beta": BINDING_BETA} if "block_binding" in thinking else {}


async def _drain(events: AsyncGenerator[ServerSentEvent, None]) -> None:
    """Read on to the end of the reply, so that its connection can serve the next request."""
    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(_DRAIN_TIMEOUT_S):
            async for _ in events:
                continue
