"""OpenAI's Responses API through the official SDK.

The SDK does addresses, authorization, the connection and HTTP errors. The request's body is ours
(`render`), passed by as it is because the SDK's own conversion blocks the event loop for
seconds in a long session; the events are decoded by us (`openai_stream`), because the SDK's stream
neither reports a missing end nor survives a malformed event. What a server refuses is a lesson
(`lessons`); the retries are the agent's.

A stream holds one connection and closes it when the generator is closed or cancelled.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.models import ModelInfo, ModelRef
from codex_tui.providers.faults import ended_early, garbled
from codex_tui.providers.kept_lessons import KeptLessons
from codex_tui.providers.lessons import Lessons
from codex_tui.providers.listed import configured, listable, read_list
from codex_tui.providers.openai_client import FAILURES, fault_of, open_client, renamed
from codex_tui.providers.openai_responses.items import as_item, as_items, as_text
from codex_tui.providers.openai_responses.lessons import lessons
from codex_tui.providers.openai_responses.render import render, renderings
from codex_tui.providers.openai_responses.stream import ResponseReader
from codex_tui.providers.strange import StrangeThings
from codex_tui.providers.transport import (
    drain,
    events_of,
    limited,
    posted,
    require_key,
)
from codex_tui.providers.wire_json import load_json

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from codex_tui.providers.base import Endpoint, ModelRequest, StreamEvent
    from codex_tui.providers.openai_responses.items import Item
    from codex_tui.providers.sse import ServerSentEvent

# Parts of the names of models that do not hold a conversation in text.
_OTHER_TRADES = (
    "audio", "dall-e", "embedding", "image", "moderation", "realtime", "sora", "transcribe",
    "translate", "tts", "whisper",
)  # fmt: skip


class OpenAIResponses:
    """An `LLMProvider` for one endpoint that speaks the Responses API."""

    def __init__(self, endpoint: Endpoint, *, kept_lessons: KeptLessons | None = None) -> None:
        self.endpoint = endpoint
        self._client = open_client(endpoint)
        self._strange = StrangeThings(endpoint.name)
        # Resources are imported at first use, which costs a tenth of a second; better here, in the
        # registry's thread, than in the first request.
        self._models = self._client.models.with_streaming_response
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
        """Ask the server, which knows no more of its models than their names; the configured names
        in a cloud.
        """
        require_key(self.endpoint)
        if self.endpoint.platform is not None:
            return configured(self.endpoint)
        try:
            async with self._models.list() as response:
                text = await read_list(self.endpoint, response)
        except FAILURES as error:
            raise fault_of(self.endpoint, error, started=False) from None
        # A thread: a router's list takes a while, and keys are pressed meanwhile.
        return await asyncio.to_thread(self._read_models, text)

    def _read_models(self, text: str) -> tuple[ModelInfo, ...]:
        try:
            listing = as_item(load_json(text))
        except ValueError:
            listing = {}
        if not isinstance(listing.get("data"), list):
            raise ProviderError(
                f"{self.endpoint.title or self.endpoint.name} does not say which models it serves.",
                kind=ProviderErrorKind.UNEXPECTED_REPLY,
                provider=self.endpoint.name,
                hint=f"Check base_url under [providers.{self.endpoint.name}].",
            )
        served = (as_text(model.get("id")) for model in as_items(listing["data"]))
        names = (name for name in served if name and _converses(name))
        return listable(ModelInfo(ref=ModelRef(self.endpoint.name, name)) for name in names)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _call(self, request: ModelRequest, body: Item) -> AsyncGenerator[StreamEvent, None]:
        started = False
        endpoint = limited(self.endpoint, request)
        try:
            told = renamed(endpoint, body)
            async with posted(self._client.post, "/responses", told, endpoint=endpoint) as response:
                started = True
                reader = ResponseReader(
                    self.endpoint,
                    request.model,
                    strange=self._strange,
                    request_id=response.request_id,
                )
                async with aclosing(events_of(self.endpoint, response)) as events:
                    async for event in events:
                        for outcome in self._read(reader, event):
                            if reader.finished:
                                await drain(events)
                            yield outcome
                        if reader.finished:
                            return
        except FAILURES as error:
            raise fault_of(endpoint, error, started=started) from None
        raise ended_early(self.endpoint)

    def _read(self, reader: ResponseReader, event: ServerSentEvent) -> Iterable[StreamEvent]:
        """Read one event; what is no JSON is a stream that broke, whatever follows."""
        if event.data.strip() in {"", "[DONE]"}:
            return ()  # gateways keep alive with nothing, and end streams as other wires do
        try:
            data = load_json(event.data)
        except ValueError:
            raise garbled(self.endpoint, event.data) from None
        return reader.read(as_item(data), event.event)


def _converses(model: str) -> bool:
    return not any(trade in model for trade in _OTHER_TRADES)
