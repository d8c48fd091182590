"""Anthropic's Messages API through the official SDK.

The SDK does addresses, authorization, the connection and HTTP errors (`client`). The request's body
is ours (`render`) and travels past the SDK's conversion; the events are decoded by us (`stream`),
because the SDK's stream neither reports a missing end nor a reply that is no stream. What a server
refuses is a lesson (`lessons`); the retries are the agent's.

A stream holds one connection and closes it when the generator is closed or cancelled.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import anthropic

from codex_tui.providers.anthropic_messages.client import FAILURES, fault_of, open_client, placed
from codex_tui.providers.anthropic_messages.compaction import FIELD, betas_of, summary_in
from codex_tui.providers.anthropic_messages.lessons import lessons
from codex_tui.providers.anthropic_messages.models import read_models
from codex_tui.providers.anthropic_messages.render import render, renderings
from codex_tui.providers.anthropic_messages.stream import MessageReader
from codex_tui.providers.anthropic_messages.thinking import beta_headers, shows_notes
from codex_tui.providers.faults import ended_early, fault_from_status
from codex_tui.providers.kept_lessons import KeptLessons
from codex_tui.providers.lessons import Lessons
from codex_tui.providers.listed import MAX_MODELS, configured, listable, read_list
from codex_tui.providers.strange import StrangeThings
from codex_tui.providers.transport import (
    drain,
    events_of,
    limited,
    posted,
    require_key,
)
from codex_tui.providers.wire_json import as_object, as_text, load_json

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from anthropic import AsyncAPIResponse
    from anthropic.resources.models import AsyncModelsWithStreamingResponse

    from codex_tui.protocol.models import ModelInfo
    from codex_tui.providers.base import Endpoint, ModelRequest, StreamEvent


class AnthropicMessages:
    """An `LLMProvider` for one endpoint that speaks the Messages API."""

    def __init__(self, endpoint: Endpoint, *, kept_lessons: KeptLessons | None = None) -> None:
        self.endpoint = endpoint
        self._strange = StrangeThings(endpoint.name)
        self._client = open_client(endpoint)
        # Resources are imported at first use; better here, in the registry's thread.
        self._models = (
            self._client.models.with_streaming_response
            if isinstance(self._client, anthropic.AsyncAnthropic)
            else None
        )
        kept = renderings()
        self._lessons = Lessons(
            endpoint,
            render=lambda request: render(request, endpoint, kept),
            send=self._call,
            meant=lambda request, said: lessons(request, endpoint, said),
            kept=kept_lessons or KeptLessons(),
        )

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Make one model call; see `LLMProvider.stream`."""
        return self._lessons.stream(request)

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """Ask the server what it serves, in its own order; the configured names in a cloud."""
        require_key(self.endpoint)
        if self._models is None:
            return configured(self.endpoint)
        served: tuple[ModelInfo, ...] = ()
        seen: set[str] = set()
        page = ""
        try:
            while page not in seen and len(served) <= MAX_MODELS:
                seen.add(page)
                models, page = await self._list_page(self._models, page)
                served = listable((*served, *models))
        except FAILURES as error:
            raise fault_of(self.endpoint, error, started=False) from None
        return served

    async def _list_page(
        self, served: AsyncModelsWithStreamingResponse, after: str
    ) -> tuple[tuple[ModelInfo, ...], str]:
        """Return a page of the list, and the id after which the next one begins; the same id again
        where there is none.
        """
        listing = served.list(limit=1000, after_id=after or anthropic.omit)
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
        path, told = placed(endpoint, "/v1/messages", body)
        try:
            async with posted(
                self._client.post,
                path,
                told,
                headers=beta_headers(body, *betas_of(body)),
                query={"beta": "true"} if path == "/v1/messages" else {},
                endpoint=endpoint,
            ) as response:
                started = True
                async with aclosing(self._read(response, request.model, body)) as events:
                    asked = summary_in(endpoint, events) if FIELD in body else events
                    async with aclosing(asked) as outcomes:
                        async for outcome in outcomes:
                            yield outcome
        except FAILURES as error:
            raise fault_of(endpoint, error, started=started) from None

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
