"""Chat Completions through the official SDK: the adapter for every OpenAI-compatible server.

The SDK does addresses, authorization, the connection and HTTP errors. The request's body is ours
(`render`), what it holds follows what the server is known to take (`compat`), and the
chunks are decoded by us (`chat_stream`).

A refusal that names an optional part of the request is a lesson (`lessons`), after which the
request is made again without that part. That is the only repetition here: the agent owns the
retries.

A stream holds one connection and closes it when the generator is closed or cancelled.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.models import ModelInfo, ModelRef
from codex_tui.providers.faults import ended_early, not_a_stream, too_long
from codex_tui.providers.kept_lessons import KeptLessons
from codex_tui.providers.lessons import Lessons
from codex_tui.providers.listed import configured, read_list
from codex_tui.providers.openai_chat.compat import overridden, taught
from codex_tui.providers.openai_chat.lessons import lessons
from codex_tui.providers.openai_chat.models import read_models
from codex_tui.providers.openai_chat.render import render, renderings
from codex_tui.providers.openai_chat.stream import ChatReader
from codex_tui.providers.openai_client import FAILURES, fault_of, open_client, renamed
from codex_tui.providers.presets import compat_of
from codex_tui.providers.sse import MAX_EVENT_CHARS
from codex_tui.providers.strange import StrangeThings
from codex_tui.providers.stream_faults import is_error
from codex_tui.providers.transport import (
    drain,
    events_of,
    limited,
    posted,
    read_text,
    require_key,
)
from codex_tui.providers.wire_json import as_object, load_json, parse_json

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from openai import AsyncAPIResponse

    from codex_tui.providers.base import Endpoint, Flags, ModelRequest, StreamEvent
    from codex_tui.providers.openai_chat.compat import Compat
    from codex_tui.providers.sse import ServerSentEvent

AFTER_STOP_TIMEOUT_S: Final = 5.0
"""How long token counts are waited for once the answer is complete, in seconds."""

_NO_LISTING_STATUSES: Final = frozenset({404, 405, 501})
_FIRST_CHARACTERS: Final = 1024


class OpenAIChat:
    """An `LLMProvider` for one endpoint that speaks Chat Completions. `sees_nothing` is told of a
    model when its server refuses pictures.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        kept_lessons: KeptLessons | None = None,
        sees_nothing: Callable[[ModelRef], None] = lambda _ref: None,
    ) -> None:
        self.endpoint = endpoint
        self._sees_nothing = sees_nothing
        self._strange = StrangeThings(endpoint.name)
        self._client = open_client(endpoint)
        self._assumed = compat_of(endpoint)
        kept = renderings()
        self._lessons = Lessons(
            endpoint,
            render=lambda request: render(request, endpoint, self._compat(request), kept),
            send=self._call,
            meant=lambda request, said: lessons(self._compat(request), said),
            kept=kept_lessons or KeptLessons(),
            learned=self._take_lesson,
        )
        # Resources are imported at first use; better here, in the registry's thread.
        self._models = self._client.models.with_streaming_response

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        """Make one model call; see `LLMProvider.stream`."""
        return self._lessons.stream(request)

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """Ask the server; the configured names where it is known to have no list."""
        require_key(self.endpoint)
        if not self._assumed.lists_models or self.endpoint.platform is not None:
            return configured(self.endpoint)
        try:
            async with self._models.list() as response:
                text = await read_list(self.endpoint, response)
        except FAILURES as error:
            raise self._no_list(fault_of(self.endpoint, error, started=False)) from None
        try:
            # A thread: a router's list takes a while, and keys are pressed meanwhile.
            return await asyncio.to_thread(self._read_models, text)
        except ValueError:
            raise self._no_list() from None

    def _read_models(self, text: str) -> tuple[ModelInfo, ...]:
        return read_models(load_json(text), self.endpoint)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _compat(self, request: ModelRequest) -> Compat:
        return overridden(taught(self._assumed, request.learned), self.endpoint)

    def _take_lesson(self, model: str, flags: Flags) -> None:
        if flags.get("images") is False:
            self._sees_nothing(ModelRef(self.endpoint.name, model))

    async def _call(
        self, request: ModelRequest, body: dict[str, Any]
    ) -> AsyncGenerator[StreamEvent, None]:
        model, started = request.model, False
        endpoint = limited(self.endpoint, request)
        told, path = renamed(endpoint, body), "/chat/completions"
        if endpoint.platform is not None:
            path = endpoint.platform.chat_path(path, model)
        try:
            async with posted(self._client.post, path, told, endpoint=endpoint) as response:
                started = True
                reader = ChatReader(
                    self.endpoint, model, strange=self._strange, request_id=response.request_id
                )
                async with aclosing(self._read(reader, response)) as events:
                    async for event in events:
                        yield event
        except FAILURES as error:
            raise fault_of(endpoint, error, started=started) from None

    async def _read(
        self, reader: ChatReader, response: AsyncAPIResponse[Any]
    ) -> AsyncGenerator[StreamEvent, None]:
        """Read a reply to its end, and give that out last."""
        if _is_json(response.headers.get("content-type", "")):
            for outcome in await self._read_whole(reader, response):
                yield outcome
        else:
            async with aclosing(events_of(self.endpoint, response)) as events:
                while not reader.ended:
                    event = await _next(events, reader)
                    if event is None:
                        break
                    for outcome in reader.feed(event):
                        yield outcome
                await drain(events)
        if not (reader.stopped or reader.complete):
            raise ended_early(self.endpoint)
        for outcome in reader.finish():
            yield outcome

    async def _read_whole(
        self, reader: ChatReader, response: AsyncAPIResponse[Any]
    ) -> Iterable[StreamEvent]:
        text = await read_text(response, MAX_EVENT_CHARS)
        if text is None:
            raise too_long(self.endpoint)
        try:
            reply = as_object(parse_json(text))
        except ValueError:
            reply = {}
        if "choices" not in reply and not is_error(reply):
            content_type = response.headers.get("content-type", "")
            first = text[:_FIRST_CHARACTERS]
            raise not_a_stream(self.endpoint, content_type=content_type, first=first)
        return reader.feed_whole(reply)

    def _no_list(self, fault: ProviderError | None = None) -> ProviderError:
        """Say that the server does not list its models, unless something else went wrong."""
        if fault is not None and fault.status not in _NO_LISTING_STATUSES:
            return fault
        name = self.endpoint.name
        return ProviderError(
            f"{self.endpoint.title or name} does not say which models it serves.",
            kind=ProviderErrorKind.UNEXPECTED_REPLY if fault is None else fault.kind,
            provider=name,
            status=None if fault is None else fault.status,
            hint=f'Name them under [providers.{name}]: models = ["…"]; or check its base_url.',
        )


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


async def _next(
    events: AsyncGenerator[ServerSentEvent], reader: ChatReader
) -> ServerSentEvent | None:
    """Return the next event, None at the end. Once the model was done nothing can go wrong: what
    does not come, or does not come in time, is not missed.
    """
    try:
        async with asyncio.timeout(AFTER_STOP_TIMEOUT_S if reader.stopped else None):
            return await anext(events, None)
    except (TimeoutError, *FAILURES):
        if reader.stopped:
            return None
        raise
