"""A strict `POST /v1/responses` on the loopback: checks like the vendor, then plays a script.

    script = [answer(reasoning("Let me look."), call("read_file", {"path": "a.py"})),
              answer(text("Done.", phase="final_answer"))]
    async with OpenAIWire(script) as wire:
        ...  # speak to wire.base_url (with /v1), look at wire.requests (parsed bodies)

Each accepted request takes the next reply. A reply is made of items (`text`, `refusal`,
`reasoning`, `call`, `unknown_item`) and an ending (`answer`, `incomplete`, `failed`, `error_event`,
`ends_early`), or is a whole HTTP reply (`http_error`, or any answer of `tests.servers.loopback`).
`shaped` cuts its bytes in odd places. A request beyond the script fails the test.

The server stores nothing, as with `store: false`: it knows the ids and the encrypted reasoning it
has issued, and refuses all others (`tests.servers.openai_rules`).
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.servers.loopback import (
    Answer,
    LoopbackServer,
    Piece,
    Plain,
    Recorded,
    Served,
    Stream,
    in_pieces,
    in_thread,
)
from tests.servers.openai_rules import Issued, problems

Json = dict[str, Any]
Shape = Callable[[list[bytes]], Iterable[Piece]]

# ---- replies ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An output item. `deltas` are the events to be sent before it is done."""

    data: Json
    deltas: tuple[Json, ...] = ()
    done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Items and how it ends; `ending` None is a stream that just stops."""

    items: tuple[Item, ...] = ()
    ending: Json | None = None
    extra: tuple[Json | bytes, ...] = ()
    shape: Shape = list


def text(words: str, *, phase: str | None = None, pieces: int = 3) -> Item:
    """An assistant message, streamed in about `pieces` deltas."""
    content = {"type": "output_text", "text": words, "annotations": []}
    data: Json = {"type": "message", "role": "assistant", "content": [content]}
    if phase is not None:
        data["phase"] = phase
    kind = "response.output_text.delta"
    deltas = [
        {"type": kind, "content_index": 0, "delta": each} for each in in_pieces(words, pieces)
    ]
    return Item(data=data, deltas=tuple(deltas))


def refusal(words: str) -> Item:
    """A message in which the model declines."""
    content = {"type": "refusal", "refusal": words}
    data = {"type": "message", "role": "assistant", "content": [content]}
    delta = {"type": "response.refusal.delta", "content_index": 0, "delta": words}
    return Item(data=data, deltas=(delta,))


def reasoning(*summary: str, encrypted: bool = True, raw: str = "") -> Item:
    """A reasoning item; the server puts the encrypted content in."""
    sections = [{"type": "summary_text", "text": each} for each in summary]
    data: Json = {"type": "reasoning", "summary": sections, "encrypted_content": encrypted}
    deltas = [
        {"type": "response.reasoning_summary_text.delta", "summary_index": number, "delta": piece}
        for number, each in enumerate(summary)
        for piece in in_pieces(each, 2)
    ]
    if raw:
        data["content"] = [{"type": "reasoning_text", "text": raw}]
        kind = "response.reasoning_text.delta"
        deltas += [{"type": kind, "content_index": 0, "delta": each} for each in in_pieces(raw, 2)]
    return Item(data=data, deltas=tuple(deltas))


def call(
    name: str,
    arguments: Json | str,
    *,
    call_id: str | None = None,
    pieces: int = 4,
    status: str = "completed",
    done: bool = True,
) -> Item:
    """A function call, its arguments in pieces; `done=False` when the stream ends inside of it."""
    raw = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    data = {"type": "function_call", "name": name, "arguments": raw, "status": status}
    if call_id is not None:
        data["call_id"] = call_id
    kind = "response.function_call_arguments.delta"
    deltas = [{"type": kind, "delta": piece} for piece in in_pieces(raw, pieces)]
    return Item(data=data, deltas=tuple(deltas), done=done)


def unknown_item(**fields: Any) -> Item:
    """An item of a type nobody has heard of."""
    return Item(data={"type": "dream_call", **fields})


def usage(
    total_input: int, output: int, *, cached: int = 0, written: int = 0, reasoned: int = 0
) -> Json:
    """Token counts as the vendor reports them."""
    return {
        "input_tokens": total_input,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": reasoned},
        "total_tokens": total_input + output,
    }


def answer(*items: Item, tokens: Json | None = None, extra: Sequence[Json | bytes] = ()) -> Reply:
    """A response that completes; `extra` events (or raw bytes) come before its end."""
    ending = {"type": "response.completed", "status": "completed", "usage": tokens}
    return Reply(items=items, ending=ending, extra=tuple(extra))


def incomplete(reason: str, *items: Item, tokens: Json | None = None) -> Reply:
    """A response cut short by the server, with its reason."""
    details = {"incomplete_details": {"reason": reason}}
    ending = {"type": "response.incomplete", "status": "incomplete", "usage": tokens, **details}
    return Reply(items=items, ending=ending)


def failed(code: str, message: str, *items: Item, tokens: Json | None = None) -> Reply:
    """A response that fails after it began."""
    error = {"code": code, "message": message}
    ending = {"type": "response.failed", "status": "failed", "error": error, "usage": tokens}
    return Reply(items=items, ending=ending)


def error_event(code: str, message: str, *items: Item) -> Reply:
    """An `error` event inside of a stream that began with status 200."""
    return Reply(items=items, ending={"type": "error", "code": code, "message": message})


def ends_early(*items: Item, extra: Sequence[Json | bytes] = ()) -> Reply:
    """A stream that ends properly for HTTP, without a terminal event."""
    return Reply(items=items, extra=tuple(extra))


def shaped(reply: Reply, shape: Shape) -> Reply:
    """The reply with its events (each as bytes) cut, changed or broken by `shape`."""
    return replace(reply, shape=shape)


def http_error(status: int, message: str, *, code: str | None = None, **headers: str) -> Plain:
    """A vendor-shaped error reply."""
    kind = "invalid_request_error" if status < 429 else "server_error"
    error = {"message": message, "type": kind, "param": None, "code": code}
    return Plain.of_json({"error": error}, status=status, x_request_id="req_wire", **headers)


Scripted = Reply | Answer | Callable[[Json], Reply | Answer]
"""What answers a request; a function is given its body."""

# ---- the server ---------------------------------------------------------------------------------


@dataclass(slots=True)
class OpenAIWire(Served):
    """The endpoint; see the top of this module."""

    script: Sequence[Scripted]
    key: str = "test-key"
    query: Mapping[str, str] = field(default_factory=dict)
    models: Sequence[str] = ("gpt-6.1-sol",)
    issued: dict[str, Issued] = field(default_factory=dict)
    account: str = ""
    requests: list[Json] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    server: LoopbackServer = field(init=False)
    _next: Iterator[Scripted] = field(init=False)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.server = LoopbackServer(self._handle)
        self._next = iter(self.script)

    @property
    def base_url(self) -> str:
        return f"{self.server.base_url}/v1"

    def change_account(self) -> None:
        """From now on be another account's: what was sealed until now is worth nothing."""
        self.issued.clear()

    def _handle(self, request: Recorded) -> Answer:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return http_error(401, "Incorrect API key provided.", code="invalid_api_key")
        if request.query != self.query:
            return http_error(400, f"Invalid query ({request.path})")
        match request.method, request.route:
            case "GET", "/v1/models":
                return Plain.of_json(
                    {
                        "object": "list",
                        "data": [{"id": each, "object": "model"} for each in self.models],
                    }
                )
            case "POST", "/v1/responses":
                return self._respond(request.json())
            case _:
                return http_error(404, f"Invalid URL ({request.method} {request.path})")

    def _respond(self, body: Json) -> Answer:
        self.requests.append(body)
        found = problems(body, self.issued)
        if found:
            self.refused += found
            unverified = any("invalid_encrypted_content" in each for each in found)
            code = "invalid_encrypted_content" if unverified else "invalid_value"
            return http_error(400, "; ".join(found), code=code)
        reply = next(self._next, None)
        if reply is None:
            raise AssertionError(f"request {len(self.requests)} is beyond the script")
        if callable(reply):
            reply = reply(body)
        if not isinstance(reply, Reply):
            return reply
        headers = {"content-type": "text/event-stream; charset=utf-8", "x-request-id": "req_wire"}
        return Stream(reply.shape(list(self._encode(reply, body))), headers=headers)

    def _encode(self, reply: Reply, body: Json) -> Iterator[bytes]:
        for number, event in enumerate(self._events(reply, body["model"])):
            if isinstance(event, bytes):
                yield event
            else:
                data = json.dumps({**event, "sequence_number": number}, ensure_ascii=False)
                yield f"event: {event['type']}\ndata: {data}\n\n".encode()

    def _events(self, reply: Reply, model: str) -> Iterator[Json | bytes]:
        response = {"id": f"resp_{next(self._numbers)}", "object": "response", "model": model}
        for kind in ("created", "in_progress"):
            yield {
                "type": f"response.{kind}",
                "response": {**response, "status": "in_progress", "output": []},
            }
        output = self._issue(reply.items, model)
        for place, (item, data) in enumerate(zip(reply.items, output, strict=True)):
            yield from _item_events(item, data, place)
        yield from reply.extra
        match reply.ending:
            case None:
                return
            case {"type": "error"}:
                yield reply.ending
            case ending:
                rest = {name: value for name, value in ending.items() if name != "type"}
                finished = [
                    data for item, data in zip(reply.items, output, strict=True) if item.done
                ]
                yield {"type": ending["type"], "response": {**response, "output": finished, **rest}}

    def _issue(self, items: Sequence[Item], model: str) -> list[Json]:
        """Give each item its id (and call id, and encrypted content) and remember them."""
        prefixes = {"message": "msg", "reasoning": "rs", "function_call": "fc"}
        output: list[Json] = []
        for item in items:
            number = next(self._numbers)
            data = {"id": f"{prefixes.get(item.data['type'], 'it')}_{number}", **item.data}
            if data["type"] == "function_call":
                data.setdefault("call_id", f"call_{number}")
            if data["type"] == "message":
                data["status"] = "completed"
            if data["type"] == "reasoning":
                secret = f"sealed-{self.account}{number}"
                data["encrypted_content"] = secret if data["encrypted_content"] else None
            output.append(data)
        for before, data, after in zip([None, *output], output, [*output[1:], None], strict=False):
            led = before is not None and before["type"] == "reasoning"
            self.issued[data["id"]] = Issued(
                type=data["type"],
                encrypted=data.get("encrypted_content"),
                follower=after["id"] if after else None,
                leader=before["id"] if before is not None and led else None,
                model=model,
            )
        return output


def _item_events(item: Item, data: Json, place: int) -> Iterator[Json]:
    at = {"item_id": data["id"], "output_index": place}
    begun = data | {name: [] for name in ("content", "summary") if name in data}
    if data["type"] == "function_call":
        begun |= {"arguments": "", "status": "in_progress"}
    if data["type"] == "reasoning":
        begun["encrypted_content"] = "not-yet"
    yield {"type": "response.output_item.added", "output_index": place, "item": begun}
    for delta in item.deltas:
        yield {**delta, **at}
    if item.done:
        yield {"type": "response.output_item.done", "output_index": place, "item": data}


@contextlib.contextmanager
def serve_in_thread(script: Sequence[Scripted], **options: Any) -> Iterator[OpenAIWire]:
    """Run an `OpenAIWire` on its own loop in a thread; what it recorded can be read at any time."""
    with in_thread(OpenAIWire(script, **options)) as wire:
        yield wire
