"""Anthropic's Messages API through the official SDK, the only module that imports it.

The SDK does addresses, authorization, the connection and HTTP errors. The request's body is ours
(`anthropic_render`) and travels past the SDK's conversion; the events are decoded by us
(`anthropic_stream`), because the SDK's stream neither reports a missing end nor a reply that is no
stream. What a server refuses is a lesson (`lessons`); the retries are the agent's.

A stream holds one connection and closes it when the generator is closed or cancelled.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

import anthropic
from typing_extensions import override

from codex_tui.providers.anthropic_messages.lessons import lessons
from codex_tui.providers.anthropic_messages.models import read_models
from codex_tui.providers.anthropic_messages.render import render, renderings
from codex_tui.providers.anthropic_messages.stream import MessageReader
from codex_tui.providers.anthropic_messages.thinking import beta_headers, shows_notes
from codex_tui.providers.faults import connection_fault, ended_early, fault_from_status
from codex_tui.providers.lessons import Lessons
from codex_tui.providers.listed import MAX_MODELS, listable, read_list
from codex_tui.providers.strange import StrangeThings
from codex_tui.providers.transport import (
    TRANSPORT_FAILURES,
    bounded,
    check_address,
    drain,
    events_of,
    limited,
    posted,
    request_timeout,
    require_key,
)
from codex_tui.providers.wire_json import as_object, as_text, load_json

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import httpx2
    from anthropic import AsyncAPIResponse

    from codex_tui.protocol.errors import ProviderError
    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import Endpoint, ModelRequest, StreamEvent

_FAILURES: Final = (anthropic.AnthropicError, *TRANSPORT_FAILURES)


class _Http(anthropic.DefaultAsyncHttpxClient):
    """The SDK's own HTTP client, which would read an error reply of any length."""

    @override
    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        return await bounded(await super().send(request, **options))


class AnthropicMessages:
    """An `LLMProvider` for one endpoint that speaks the Messages API."""

    def __init__(self, endpoint: Endpoint) -> None:
        check_address(endpoint)
        self.endpoint = endpoint
        self._strange = StrangeThings(endpoint.name)
        headers: dict[str, Any] = dict(endpoint.headers)
        if not endpoint.api_key:
            headers = {"Authorization": anthropic.omit, **headers}
        self._client = anthropic.AsyncAnthropic(
            api_key=endpoint.api_key or "none",  # with None the SDK looks for keys of its own
            base_url=endpoint.base_url,
            default_headers=headers,
            default_query=dict(endpoint.query),
            max_retries=0,
            timeout=request_timeout(endpoint),
            open_telemetry=False,
            # A redirect would take the endpoint's headers and the conversation elsewhere.
            http_client=_Http(follow_redirects=False),
        )
        # The SDK adds headers from the environment; only the endpoint says what a server is told.
        self._client._custom_headers = headers  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        # Resources are imported at first use; better here, in the registry's thread.
        self._models = self._client.models.with_streaming_response
        kept = renderings()
        self._lessons = Lessons(
            endpoint,
            render=lambda request: render(request, endpoint, kept),
            send=self._call,
            meant=lambda request, said: lessons(request, endpoint, said),
        )

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Make one model call; see `LLMProvider.stream`."""
        require_key(self.endpoint)
        async with aclosing(self._lessons.stream(request)) as events:
            async for event in events:
                yield event

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """Ask the server what it serves, in its own order."""
        require_key(self.endpoint)
        served: tuple[ModelInfo, ...] = ()
        seen: set[str] = set()
        page = ""
        try:
            while page not in seen and len(served) <= MAX_MODELS:
                seen.add(page)
                models, page = await self._list_page(page)
                served = listable((*served, *models))
        except _FAILURES as error:
            raise _fault(self.endpoint, error, started=False) from None
        return served

    async def _list_page(self, after: str) -> tuple[tuple[ModelInfo, ...], str]:
        """Return a page of the list, and the id after which the next one begins; the same id again
        where there is none.
        """
        listing = self._models.list(limit=1000, after_id=after or anthropic.omit)
        async with listing as response:
            text = await read_list(self.endpoint, response)
        try:
            # A thread: a long list takes a while, and keys are pressed meanwhile.
            reply = await asyncio.to_thread(load_json, text)
            models = await asyncio.to_thread(read_models, reply, self.endpoint)
        except ValueError:
            raise fault_from_status(
                self.endpoint,
                status=response.status_code,
                body=None,
                text=text,
                headers={"content-type": response.headers.get("content-type", "")},
            ) from None
        fields = as_object(reply)
        more = fields.get("has_more") is True and models
        return models, as_text(fields.get("last_id")) if more else after

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _call(
        self, request: ModelRequest, body: dict[str, Any]
    ) -> AsyncGenerator[StreamEvent, None]:
        started = False
        endpoint = limited(self.endpoint, request)
        try:
            async with posted(
                self._client.post,
                "/v1/messages",
                body,
                headers=beta_headers(body),
                query={"beta": "true"},
                endpoint=endpoint,
            ) as response:
                started = True
                async with aclosing(self._read(response, request.model, body)) as events:
                    async for event in events:
                        yield event
        except _FAILURES as error:
            raise _fault(endpoint, error, started=started) from None

    async def _read(
        self, response: AsyncAPIResponse[Any], model: str, body: dict[str, Any]
    ) -> AsyncGenerator[StreamEvent, None]:
        """Read a reply up to the message's end, and give that out last."""
        reader = MessageReader(
            self.endpoint,
            model,
            strange=self._strange,
            request_id=response.request_id,
            notes=shows_notes(body),
        )
        async with aclosing(events_of(self.endpoint, response)) as events:
            async for event in events:
                for outcome in reader.feed(event):
                    yield outcome
                if reader.finished:
                    await drain(events)
                    yield reader.outcome()
                    return
        raise ended_early(self.endpoint)


def _fault(endpoint: Endpoint, error: Exception, *, started: bool) -> ProviderError:
    """Translate; the cause is left behind, since it holds the request and the key in it."""
    if isinstance(error, anthropic.APIStatusError):
        return fault_from_status(
            endpoint,
            status=error.status_code,
            body=error.body,
            text=error.response.text,
            headers=error.response.headers,
        )
    return connection_fault(endpoint, error, started=started)
