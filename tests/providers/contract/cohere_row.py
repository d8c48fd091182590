"""The row of the suite for the adapter that the guide to providers takes as its example: a strict
server of Cohere's wire, and what the tests mean said in its words.

The server refuses what the vendor does: roles and fields it does not know, calls without their
results and results without their calls, empty messages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from codex_tui.protocol.messages import StopReason, Usage
from tests.providers.contract.wire import (
    COUNTED,
    KEY,
    Json,
    Said,
    Say,
    Server,
    Shape,
    Think,
    Use,
    Wire,
)
from tests.servers.loopback import Answer, LoopbackServer, Plain, Recorded, Stream

COMMENTS = [b": keep-alive\n\n", b"retry: 3000\n\n", b"id: 7\n\n", b"data:\n\n"]
FIELDS = {"model", "messages", "tools", "stream", "max_tokens", "temperature"}


@dataclass
class CohereServer:
    """Plays `script`; see the module's text."""

    script: Iterable[Answer]
    key: str
    received: list[Recorded] = field(default_factory=list)
    requests: list[Json] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._replies = iter(self.script)
        self._server = LoopbackServer(self._answer)
        self._stack = AsyncExitStack()

    @property
    def base_url(self) -> str:
        return f"{self._server.base_url}/v2"

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._server)
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._stack.aclose()

    def _answer(self, request: Recorded) -> Answer:
        self.received.append(request)
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return Plain.of_json({"message": "invalid api token"}, status=401)
        assert (request.method, request.route) == ("POST", "/v2/chat")
        body = request.json()
        self.requests.append(body)
        problems = [*_problems(body)]
        if problems:
            self.refused += problems
            return Plain.of_json({"message": problems[0]}, status=400)
        return next(self._replies)


def _problems(body: Json) -> Iterator[str]:
    if unknown := body.keys() - FIELDS:
        yield f"unknown fields {unknown}"
    open_calls: list[str] = []
    seen: set[str] = set()
    for message in body["messages"]:
        role = message.get("role")
        if role not in {"system", "user", "assistant", "tool"}:
            yield f"unknown role {role!r}"
        if role == "tool" and message["tool_call_id"] not in open_calls:
            yield "a result without its call"
        elif role == "tool":
            open_calls.remove(message["tool_call_id"])
        elif open_calls:
            yield "a call without its result"
        if not message.get("content") and not message.get("tool_calls"):
            yield f"an empty message of the {role}"
        open_calls += [call["id"] for call in message.get("tool_calls", ())]
        if seen & {*open_calls}:
            yield "an id is used twice"
        if role == "tool":
            seen.add(message["tool_call_id"])
    if open_calls:
        yield "a call without its result"


@dataclass(frozen=True, kw_only=True)
class Cohere(Wire):
    """Cohere's Chat, version 2."""

    api = "cohere-chat"
    ending = b'"type": "message-end"'
    stops: ClassVar = {
        StopReason.END: "COMPLETE",
        StopReason.TOOL_USE: "TOOL_CALL",
        StopReason.LENGTH: "MAX_TOKENS",
        StopReason.UNKNOWN: "MOONRISE",
    }

    def server(self, script: Iterable[Any], key: str = KEY) -> Server:
        return CohereServer(script, key)

    def reply(
        self,
        *said: Said,
        stop: StopReason | None = None,
        usage: Usage = COUNTED,
        sent: Shape = list,
    ) -> Any:
        end = _end(self._word(said, stop), usage)
        return self._streamed(_frames([*self._parts(said), end]), sent)

    def _word(self, said: Sequence[Said], stop: StopReason | None) -> str:
        calls = any(isinstance(each, Use) for each in said)
        natural = StopReason.TOOL_USE if calls else StopReason.END
        return self.stops[natural if stop in {None, StopReason.TOOL_USE} else stop]

    def _parts(self, said: Sequence[Said]) -> Iterator[Json]:
        yield {"type": "message-start", "id": "c1", "delta": {"message": {"role": "assistant"}}}
        for index, each in enumerate(said):
            match each:
                case Say(text, size):
                    yield from _content(index, "text", text, size)
                case Think(text, size):
                    yield from _content(index, "thinking", text, size)
                case Use():
                    yield from _call(index, each)

    def _streamed(self, frames: list[bytes], sent: Shape = list) -> Any:
        headers = {"content-type": "text/event-stream", "x-request-id": self.request_id}
        return Stream(list(sent(frames)), headers=headers)

    def refusal(self, words: str) -> Any:
        raise NotImplementedError("this wire has no field for that")

    def failing(self, code: str, message: str, *said: Said) -> Any:
        error = {"error": {"code": code, "message": message}}
        end = {"type": "message-end", "delta": {"finish_reason": "ERROR", **error}}
        return self._streamed(_frames([*self._parts(said), end]))

    def errors_inside(self, code: str, message: str) -> dict[str, bytes]:
        flat = {"code": code, "message": message}
        own = {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": flat}}
        (ended, nested, plain, words) = _frames([own, {"error": flat}, flat, {"error": message}])
        named = b"event: error\n" + plain
        return {"own": ended, "nested": nested, "flat": plain, "a string": words, "named": named}

    def error_body(self, code: str, message: str) -> Json:
        return {"message": message, "code": code}

    def place(self, event: Json) -> object:
        return event.get("index")

    @property
    def noise(self) -> list[bytes]:
        odd: list[Any] = [
            7, None, ["no object"], {}, {"type": "weather-report", "index": 0}, {"type": ["x"]},
            {"type": "content-delta", "index": 99, "delta": {"message": {"content": 5}}},
            {"type": "content-delta", "index": 0, "delta": None},
            {"type": "citation-start", "index": 0, "delta": {"message": {"citations": {}}}},
        ]  # fmt: skip
        return [*COMMENTS, b"event: ping\n\n", *_frames(odd)]


def _frames(events: Iterable[Any]) -> list[bytes]:
    return [f"data: {json.dumps(event)}\n\n".encode() for event in events]


def _content(index: int, kind: str, text: str, size: int) -> Iterator[Json]:
    begun = {"type": kind, kind: ""}
    yield {"type": "content-start", "index": index, "delta": {"message": {"content": begun}}}
    for start in range(0, len(text), size):
        grown = {"content": {kind: text[start : start + size]}}
        yield {"type": "content-delta", "index": index, "delta": {"message": grown}}
    yield {"type": "content-end", "index": index}


def _call(index: int, use: Use) -> Iterator[Json]:
    call_id = f"{use.name}_{index}" if use.id is None else use.id
    function = {"name": use.name, "arguments": ""}
    call = {"id": call_id, "type": "function", "function": function}
    yield {"type": "tool-call-start", "index": index, "delta": {"message": {"tool_calls": call}}}
    for start in range(0, len(use.raw), use.size):
        more = {"function": {"arguments": use.raw[start : start + use.size]}}
        grown = {"message": {"tool_calls": more}}
        yield {"type": "tool-call-delta", "index": index, "delta": grown}
    yield {"type": "tool-call-end", "index": index}


def _end(word: str, usage: Usage) -> Json:
    tokens = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    return {"type": "message-end", "delta": {"finish_reason": word, "usage": {"tokens": tokens}}}
