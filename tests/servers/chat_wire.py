"""A strict `POST /v1/chat/completions` on the loopback, with the oddities of compatible servers.

    script = [answer(think("Let me look."), call("read_file", {"path": "a.py"})),
              answer(text("Done."))]
    async with ChatWire(script, rules=Rules(alternate=True)) as wire:
        ...  # speak to wire.base_url (with /v1), look at wire.requests (parsed bodies)

Each accepted request takes the next reply. A reply is made of items (`text`, `think`, `call`, or
any `deltas`) and an ending (`answer`, `ends_early`), or is a whole HTTP reply. Items take the
oddities as arguments; `shaped` changes the bytes. A request that does not stream gets the same
answer in one piece. What the server refuses is in `tests.servers.chat_rules`; it refuses with the
status and the body `refuse` makes. A request beyond the script fails the test.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.servers.chat_rules import Issued, Rules, problems
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

Json = dict[str, Any]
Shape = Callable[[list[bytes]], Iterable[Piece]]

DONE = b"data: [DONE]\n\n"
ID_LEFT_OUT = "(none)"


# ---- replies ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Part of an answer: its deltas, and the fields of the message it becomes in one piece."""

    deltas: tuple[Json, ...]
    whole: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Items and how it ends. `finish` None: no reason is given; `after` are raw chunks or bytes."""

    items: tuple[Item, ...] = ()
    finish: str | None = None
    usage: Json | None = None
    usage_at: str = "own chunk"
    after: tuple[Json | bytes, ...] = ()
    shape: Shape = list


def text(words: str, *, pieces: int = 3) -> Item:
    """Words, in about `pieces` deltas."""
    deltas = tuple({"content": each} for each in in_pieces(words, pieces))
    return Item(deltas=deltas, whole={"content": words})


def think(words: str, *, name: str = "reasoning_content", pieces: int = 2) -> Item:
    """Reasoning in the field a server has for it."""
    deltas = tuple({name: each, "content": None} for each in in_pieces(words, pieces))
    return Item(deltas=deltas, whole={name: words})


def deltas(*given: Json, whole: Json | None = None) -> Item:
    """Any deltas, as they are."""
    return Item(deltas=given, whole=whole or {})


def call(
    name: str,
    arguments: Json | str,
    *,
    call_id: str = "call_1",
    index: int | None = 0,
    pieces: int = 4,
    repeats: bool = False,
    as_object: bool = False,
    state: Json | None = None,
) -> Item:
    """A tool call: name and id first, then its arguments in pieces.

    `call_id` `ID_LEFT_OUT` sends none, `index` None neither; `pieces` 0 sends all in one delta;
    `repeats` says name and id in each piece; `as_object` sends the arguments unencoded; `state` is
    what else hangs on the call.
    """
    raw = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    head: Json = {"type": "function"}
    if call_id != ID_LEFT_OUT:
        head["id"] = call_id
    place = {} if index is None else {"index": index}
    first = {**place, **head, **({"extra_content": state} if state else {})}
    sent: list[Json] = []
    if as_object or not pieces:
        function = {"name": name, "arguments": arguments if as_object else raw}
        sent.append({**first, "function": function})
    else:
        sent.append({**first, "function": {"name": name, "arguments": ""}})
        for each in in_pieces(raw, pieces):
            again = {**place, **head} if repeats else place
            named = {"name": name} if repeats else {}
            sent.append({**again, "function": {**named, "arguments": each}})
    whole = {**head, "function": {"name": name, "arguments": arguments if as_object else raw}}
    return Item(
        deltas=tuple({"tool_calls": [each]} for each in sent), whole={"tool_calls": [whole]}
    )


def usage(prompt: int, answered: int, **more: Any) -> Json:
    """Token counts as most servers report them; `more` are fields of single ones."""
    total = prompt + answered
    return {"prompt_tokens": prompt, "completion_tokens": answered, "total_tokens": total, **more}


def answer(
    *items: Item,
    finish: str | None = "stop",
    tokens: Json | None = None,
    usage_at: str = "own chunk",
    after: Sequence[Json | bytes] = (DONE,),
) -> Reply:
    """An answer that ends. `usage_at`: "own chunk", "last chunk" or "choice"; `after`: what follows
    the reason and the counts.
    """
    return Reply(items=items, finish=finish, usage=tokens, usage_at=usage_at, after=tuple(after))


def ends_early(*items: Item, after: Sequence[Json | bytes] = ()) -> Reply:
    """A stream that ends properly for HTTP, with neither reason nor done mark."""
    return Reply(items=items, after=tuple(after))


def shaped(reply: Reply, shape: Shape) -> Reply:
    """The reply with its events (each as bytes) cut, changed or broken by `shape`."""
    return replace(reply, shape=shape)


def http_error(status: int, message: str, *, code: str | None = None, **headers: str) -> Plain:
    """An error reply in the most common form."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return Plain.of_json({"error": error}, status=status, x_request_id="req_wire", **headers)


Scripted = Reply | Answer | Callable[[Json], Reply | Answer]
"""What answers a request; a function is given its body."""

# ---- the server ---------------------------------------------------------------------------------


def _refuse(found: Sequence[str]) -> Plain:
    return http_error(400, "; ".join(found))


@dataclass(slots=True)
class ChatWire(Served):
    """The endpoint; see the top of this module. `key` None is a server that asks for none."""

    script: Sequence[Scripted]
    key: str | None = "test-key"
    query: Mapping[str, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    models: Any = field(default_factory=lambda: {"object": "list", "data": [{"id": "house-model"}]})
    refuse: Callable[[Sequence[str]], Answer] = _refuse
    issued: Issued = field(default_factory=Issued)
    requests: list[Json] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    server: LoopbackServer = field(init=False)
    _next: Iterator[Scripted] = field(init=False)

    def __post_init__(self) -> None:
        self.server = LoopbackServer(self._handle)
        self._next = iter(self.script)

    @property
    def base_url(self) -> str:
        return f"{self.server.base_url}/v1"

    def _handle(self, request: Recorded) -> Answer:
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            return http_error(401, "Incorrect API key provided.", code="invalid_api_key")
        if request.query != self.query:
            return http_error(400, f"Invalid query ({request.path})")
        match request.method, request.route:
            case "GET", "/v1/models" if self.models is not None:
                return Plain.of_json(self.models)
            case "POST", "/v1/chat/completions":
                return self._respond(request.json())
            case _:
                return http_error(404, f"Invalid URL ({request.method} {request.path})")

    def _respond(self, body: Json) -> Answer:
        self.requests.append(body)
        found = problems(body, self.rules, self.issued)
        if found:
            self.refused += found
            return self.refuse(found)
        reply = next(self._next, None)
        if reply is None:
            raise AssertionError(f"request {len(self.requests)} is beyond the script")
        if callable(reply):
            reply = reply(body)
        if not isinstance(reply, Reply):
            return reply
        self._remember(reply)
        base = {"id": f"chatcmpl-{len(self.requests)}", "model": body["model"]}
        if not body["stream"]:
            return Plain.of_json(_in_one_piece(reply, base), x_request_id="req_wire")
        headers = {"content-type": "text/event-stream; charset=utf-8", "x-request-id": "req_wire"}
        return Stream(reply.shape(list(_encode(reply, base))), headers=headers)

    def _remember(self, reply: Reply) -> None:
        details: list[Json] = []
        for delta in (each for item in reply.items for each in item.deltas):
            details += delta.get("reasoning_details", [])
            for piece in delta.get("tool_calls") or []:
                self.issued.ids.add(piece.get("id") or "")
                google = piece.get("extra_content", {}).get("google", {})
                self.issued.signatures.add(google.get("thought_signature", ""))
        if details:
            self.issued.details.add(json.dumps(details, sort_keys=True))


def _encode(reply: Reply, base: Json) -> Iterator[bytes]:
    for event in _events(reply, {**base, "object": "chat.completion.chunk"}):
        if isinstance(event, bytes):
            yield event
        else:
            yield f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def _events(reply: Reply, base: Json) -> Iterator[Json | bytes]:
    yield {**base, "choices": [_choice({"role": "assistant", "content": ""})]}
    for item in reply.items:
        yield from ({**base, "choices": [_choice(delta)]} for delta in item.deltas)
    if reply.finish is not None:
        last = {**_choice({}), "finish_reason": reply.finish}
        if reply.usage is not None and reply.usage_at == "choice":
            last["usage"] = reply.usage
        extra = {"usage": reply.usage} if reply.usage_at == "last chunk" else {}
        yield {**base, "choices": [last], **extra}
    if reply.usage is not None and reply.usage_at == "own chunk":
        yield {**base, "choices": [], "usage": reply.usage}
    yield from reply.after


def _choice(delta: Json) -> Json:
    return {"index": 0, "delta": delta, "finish_reason": None}


def _in_one_piece(reply: Reply, base: Json) -> Json:
    message: Json = {"role": "assistant", "content": ""}
    for item in reply.items:
        for name, value in item.whole.items():
            message[name] = message[name] + value if message.get(name) else value
    choice = {"index": 0, "message": message, "finish_reason": reply.finish}
    return {**base, "object": "chat.completion", "choices": [choice], "usage": reply.usage}


@contextlib.contextmanager
def serve_in_thread(script: Sequence[Scripted], **options: Any) -> Iterator[ChatWire]:
    """Run a `ChatWire` on its own loop in a thread; what it recorded can be read at any time."""
    with in_thread(ChatWire(script, **options)) as wire:
        yield wire
