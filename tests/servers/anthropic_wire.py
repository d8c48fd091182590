"""A strict stand-in for Anthropic's Messages endpoint, on the loopback server.

    script = [Reply(Thinking("Let me look."), Call("read_file", {"path": "a.py"})), Reply("Done.")]
    async with AnthropicWire(script) as wire:
        endpoint = Endpoint(..., base_url=wire.base_url, api_key=wire.key)

Every request to `/v1/messages` is judged as the vendor does (`anthropic_rules.problems`, plus key,
version and beta headers, and that replayed thinking stands in the conversation it was made in,
`thinking_seals`) and answered with the vendor's 401, 404 or 400 on any breach; a good one is
answered with the next item of the script. `wire.requests` are the bodies of all requests as parsed
JSON, `wire.refused` the sentences of every 400: assert that it is empty at the end of a test.
`wire.dropped` names thinking blocks whose conversation was altered before them when the request
asked to have them dropped.

A request for a compaction is answered with one block, whose summary is the text of the next
`Reply`, unless `wire.compacts` says otherwise; `compaction_rules` judges what comes back.

Items of the script:

- `Reply(*blocks, …)`: a streamed answer. A plain string is `Text`. `stop` defaults to what the
  blocks ask for. `sent` turns the list of frames (one server-sent event each) into what goes over
  the wire, which is the place for faults: `sent=lambda frames: [*frames[:4], Cut()]`.
- `Failure(status, type, message, …)`: the vendor's error body.
- any `Plain` or `Stream` of `loopback`, for what the vendor itself would never say.
- a function from the request's body to one of these.

A request beyond the end of the script fails the test. `GET /v1/models` serves `models`.

`serve_in_thread(script)` runs the same on a loop of its own, for tests that start the real program.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tests.servers.anthropic_rules import block_key, problems
from tests.servers.compaction_rules import BETA as COMPACTION_BETA
from tests.servers.compaction_rules import Summaries
from tests.servers.loopback import (
    Answer,
    LoopbackServer,
    Piece,
    Plain,
    Recorded,
    Served,
    Stream,
    in_thread,
)
from tests.servers.thinking_seals import Seals

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "MODELS", "AnthropicWire", "Block", "Call", "Failure", "Redacted", "Reply", "Text", "Thinking",
    "problems", "serve_in_thread", "sse",
]  # fmt: skip

BINDING_BETA = "thinking-binding-controls-2026-08-01"
UPDATES_BETA = "thinking-display-updates-2026-08-18"
BETAS = {
    BINDING_BETA, UPDATES_BETA, "thinking-token-count-2026-05-13", COMPACTION_BETA,
    "context-management-2025-06-27",
}  # fmt: skip
OWN_QUERY = frozenset({"beta", "limit", "after_id", "before_id"})
MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-4-5-20251001")


@dataclass(frozen=True, slots=True)
class Text:
    """Words, sent `piece` characters at a time."""

    text: str
    piece: int = 7


@dataclass(frozen=True, slots=True)
class Thinking:
    """Reasoning; the server signs it unless told not to."""

    text: str
    signed: bool = True
    piece: int = 9


@dataclass(frozen=True, slots=True)
class Redacted:
    """Reasoning nobody may read."""

    data: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call, its arguments `piece` characters at a time. A string goes out as it is."""

    name: str
    arguments: Mapping[str, Any] | str
    id: str | None = None
    piece: int = 5
    at_once: bool = False
    """The whole input in `content_block_start`, as some gateways do."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of any other type, whole at its start, followed by `deltas` as they are."""

    block: Mapping[str, Any]
    deltas: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """An HTTP error in the vendor's shape."""

    status: int
    type: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    error_code: str = ""

    def answer(self) -> Plain:
        error: dict[str, Any] = {"type": self.type, "message": self.message}
        if self.error_code:
            error["details"] = {"error_code": self.error_code}
        return Plain(
            status=self.status,
            headers={"content-type": "application/json", "request-id": "req_f", **self.headers},
            body=json.dumps({"type": "error", "error": error, "request_id": "req_f"}).encode(),
        )


def sse(event: Mapping[str, Any], *, named: bool = True) -> bytes:
    """Encode one event; without `named` there is no `event:` line."""
    name = f"event: {event['type']}\n" if named else ""
    return f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


class Reply:
    """A streamed answer; see the top of this module."""

    def __init__(
        self,
        *blocks: str | Text | Thinking | Redacted | Call | Block,
        stop: str = "",
        stop_details: Mapping[str, Any] | None = None,
        usage: Mapping[str, Any] | None = None,
        error: tuple[str, str] | None = None,
        noise: bool = False,
        sent: Callable[[list[bytes]], Iterable[Piece]] = list,
    ) -> None:
        self.blocks = [Text(block) if isinstance(block, str) else block for block in blocks]
        calls = any(isinstance(block, Call) for block in self.blocks)
        self.stop = stop or ("tool_use" if calls else "end_turn")
        self.stop_details = stop_details
        self.usage = usage or {"input_tokens": 11, "output_tokens": 7}
        self.error = error
        self.noise = noise
        self.sent = sent


Item = Reply | Failure | Plain | Stream
Scripted = Item | Callable[[dict[str, Any]], Item]


class AnthropicWire(Served):
    """The server; see the top of this module."""

    def __init__(
        self,
        script: Iterable[Scripted],
        key: str = "test-key",
        query: Mapping[str, str] | None = None,
        models: Sequence[str] = MODELS,
    ) -> None:
        self.key = key
        self.models = models
        self.query = dict(query or {})
        self.requests: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.dropped: list[str] = []
        self.issued: dict[str, str] = {}
        self.compacts: Literal["yes", "no", "emptily", "unheeded"] = "yes"
        self._summaries = Summaries()
        self._seals = Seals()
        self._passed_over: list[dict[str, str]] = []
        self._script = list(script)
        self._answered = 0
        self._calls = 0
        self.server = LoopbackServer(self._answer)

    def change_account(self) -> None:
        """From now on be another account's: what was signed until now is worth nothing."""
        self._seals = Seals()
        self._summaries = Summaries()
        self.issued.clear()

    def _answer(self, request: Recorded) -> Answer:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return Failure(401, "authentication_error", "invalid x-api-key").answer()
        path = request.route
        added = {name: text for name, text in request.query.items() if name not in OWN_QUERY}
        if added != self.query:
            return Failure(400, "invalid_request_error", f"query: {request.path}").answer()
        if (request.method, path) == ("GET", "/v1/models"):
            return Plain.of_json(
                {"data": [_model(name) for name in self.models], "has_more": False}
            )
        if (request.method, path) != ("POST", "/v1/messages"):
            return Failure(404, "not_found_error", "Not Found").answer()
        body = request.json()
        self.requests.append(body)
        if not str(body.get("model")).startswith("claude-"):
            return Failure(404, "not_found_error", f"model: {body.get('model')}").answer()
        found = [*problems(body, self.issued), *_header_problems(request, body)]
        found += self._misplaced_thinking(body)
        code, misused = self._misused_compaction(request, body)
        found += misused
        if found:
            self.refused += found
            said = "; ".join(found)
            return Failure(400, "invalid_request_error", said, error_code=code).answer()
        item = self._next(body)
        match item:
            case Reply():
                return Stream(item.sent(list(self._frames(item, body))), headers={
                    "content-type": "text/event-stream; charset=utf-8",
                    "request-id": f"req_{self._answered}",
                })  # fmt: skip
            case Failure():
                return item.answer()
            case _:
                return item

    def _next(self, body: dict[str, Any]) -> Item:
        assert self._answered < len(self._script), "the script has no answer for this request"
        item = self._script[self._answered]
        self._answered += 1
        return item(body) if callable(item) else item

    def _misplaced_thinking(self, body: dict[str, Any]) -> list[str]:
        """Find thinking replayed in another conversation than the one it was signed in."""
        binding = body.get("thinking", {}).get("block_binding") or {}
        drops = binding.get("prefix_mismatch_behavior") == "drop_block"
        refused: list[str] = []
        self._passed_over = []
        for path, reason in self._seals.judged(body):
            if reason == "prefix_binding_mismatch" and not drops:
                refused.append(f"{path}: `thinking` block is bound to a different conversation")
            elif reason != "signature":
                self._passed_over.append(
                    {"type": "thinking_dropped", "path": path, "reason": reason}
                )
        if not refused:
            self.dropped += [
                f"{each['path']}: bound to a different conversation"
                for each in self._passed_over
                if each["reason"] == "prefix_binding_mismatch"
            ]
        return [*refused, *self._unthought_calls(body)]

    def _misused_compaction(self, request: Recorded, body: dict[str, Any]) -> tuple[str, list[str]]:
        """Return the vendor's code for what is wrong with asked and returned summaries, and all of
        it in words.
        """
        betas = {*request.headers.get("anthropic-beta", "").split(",")}
        found = [*self._summaries.judged(body, betas)]
        if self.compacts == "no" and COMPACTION_BETA in betas:
            said = f"Unexpected value(s) `{COMPACTION_BETA}` for the `anthropic-beta` header"
            found.append(("", said))
        return next((code for code, _ in found if code), ""), [said for _, said in found]

    def _unthought_calls(self, body: dict[str, Any]) -> Iterator[str]:
        """With a budget, calls whose results come now have thinking before them."""
        *_, before, last = [{}, {}, *body["messages"]]
        answers = [
            block.get("type") for block in last.get("content", []) if isinstance(block, dict)
        ]
        if body.get("thinking", {}).get("type") != "enabled" or "tool_result" not in answers:
            return
        first = before["content"][0]
        number = len(body["messages"]) - 2
        thought = first.get("type") in {"thinking", "redacted_thinking"}
        if not thought or not self._seals.readable(first, body, number):
            yield f"messages.{number}.content.0: Expected `thinking`, but found `tool_use`"

    def _frames(self, reply: Reply, body: dict[str, Any]) -> Iterator[bytes]:
        if "compaction" in body and self.compacts != "unheeded":
            yield from self._summary_frames(reply, body)
            return
        before = {name: count for name, count in reply.usage.items() if name != "output_tokens"}
        yield sse({
            "type": "message_start",
            "message": {
                "id": f"msg_{self._answered}", "type": "message", "role": "assistant",
                "model": body["model"], "content": [], "stop_reason": None, "stop_sequence": None,
                "usage": {**before, "output_tokens": 1},
                **({"input_transformations": self._passed_over} if self._passed_over else {}),
            },
        })  # fmt: skip
        yield sse({"type": "ping"})
        for index, block in enumerate(reply.blocks):
            yield from self._block_frames(block, index, body)
            if reply.noise:
                yield from _noise(index)
        if reply.error is not None:
            kind, message = reply.error
            yield sse({"type": "error", "error": {"type": kind, "message": message}})
            return
        yield sse({
            "type": "message_delta",
            "delta": {
                "stop_reason": reply.stop, "stop_sequence": None,
                "stop_details": reply.stop_details,
            },
            "usage": {"input_tokens": None, "output_tokens": reply.usage.get("output_tokens", 1)},
        })  # fmt: skip
        yield sse({"type": "message_stop"})

    def _summary_frames(self, reply: Reply, body: dict[str, Any]) -> Iterator[bytes]:
        text = "".join(block.text for block in reply.blocks if isinstance(block, Text))
        block = self._summaries.make(body, None if self.compacts == "emptily" else text)
        delta = {name: block[name] for name in ("content", "encrypted_content")}
        nothing = {"input_tokens": 0, "output_tokens": 0}
        yield sse({
            "type": "message_start",
            "message": {
                "id": f"msg_{self._answered}", "type": "message", "role": "assistant",
                "model": body["model"], "content": [], "stop_reason": None, "stop_sequence": None,
                "usage": nothing,
            },
        })  # fmt: skip
        begun = {**block, "content": None, "encrypted_content": None}
        yield sse({"type": "content_block_start", "index": 0, "content_block": begun})
        delta = {"type": "compaction_delta", **delta}
        yield sse({"type": "content_block_delta", "index": 0, "delta": delta})
        yield sse({"type": "content_block_stop", "index": 0})
        yield sse({
            "type": "message_delta",
            "delta": {"stop_reason": "compaction", "stop_sequence": None},
            "usage": {**nothing, "iterations": [{"type": "compaction", **reply.usage}]},
        })  # fmt: skip
        yield sse({"type": "message_stop"})

    def _block_frames(
        self,
        block: Text | Thinking | Redacted | Call | Block,
        index: int,
        body: dict[str, Any],
    ) -> Iterator[bytes]:
        start, deltas = self._begin(block, body)
        yield sse({"type": "content_block_start", "index": index, "content_block": start})
        for delta in deltas:
            yield sse({"type": "content_block_delta", "index": index, "delta": delta})
        yield sse({"type": "content_block_stop", "index": index})

    def _begin(
        self, block: Text | Thinking | Redacted | Call | Block, body: dict[str, Any]
    ) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
        """Return how a block starts and what it grows by."""
        match block:
            case Text():
                pieces = _cut(block.text, block.piece)
                deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
                return {"type": "text", "text": ""}, deltas
            case Thinking():
                pieces = _cut(block.text, block.piece)
                deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
                if block.signed:
                    signature = self._sign(block.text, body)
                    deltas.append({"type": "signature_delta", "signature": signature})
                return {"type": "thinking", "thinking": "", "signature": ""}, deltas
            case Redacted():
                self.issued[block.data] = ""
                self._seals.seal(block.data, body)
                return {"type": "redacted_thinking", "data": block.data}, []
            case Call():
                return self._begin_call(block)
            case Block():
                self.issued[block_key(block.block)] = ""
                return block.block, list(block.deltas)

    def _begin_call(self, call: Call) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
        self._calls += 1
        text = call.arguments
        if not isinstance(text, str):
            text = json.dumps(text, ensure_ascii=False)
        call_id = f"toolu_{self._calls:04}" if call.id is None else call.id
        start = {"type": "tool_use", "id": call_id, "name": call.name}
        if call.at_once:
            return {**start, "input": json.loads(text)}, []
        pieces = ["", *_cut(text, call.piece)]
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        return {**start, "input": {}}, deltas

    def _sign(self, text: str, body: dict[str, Any]) -> str:
        signature = self._seals.sign(text, body)
        self.issued[signature] = text
        return signature


@contextlib.contextmanager
def serve_in_thread(script: Iterable[Scripted], key: str = "test-key") -> Iterator[AnthropicWire]:
    """Run an `AnthropicWire` in a thread; what it recorded can be read at any time."""
    with in_thread(AnthropicWire(script, key)) as wire:
        yield wire


def _header_problems(request: Recorded, body: dict[str, Any]) -> Iterator[str]:
    if "anthropic-version" not in request.headers:
        yield "anthropic-version: header is required"
    betas = set(filter(None, request.headers.get("anthropic-beta", "").split(",")))
    for name in betas - BETAS:
        yield f"Unexpected value(s) `{name}` for the `anthropic-beta` header"
    thinking = body.get("thinking", {})
    if "block_binding" in thinking and BINDING_BETA not in betas:
        yield "thinking.block_binding: Extra inputs are not permitted"
    if thinking.get("display") == "updates" and UPDATES_BETA not in betas:
        yield "thinking.display: Input should be 'summarized' or 'omitted'"


def _noise(index: int) -> Iterator[bytes]:
    """Things a client has to pass over: a ping, an event and a delta nobody has heard of."""
    yield b": a comment\n\n"
    yield sse({"type": "ping"})
    yield sse({"type": "weather_report", "index": index, "outlook": ["rain"]})
    yield sse({"type": "content_block_delta", "index": 99, "delta": {"type": "text_delta"}})


def _model(name: str) -> dict[str, Any]:
    yes, no = {"supported": True}, {"supported": False}
    levels = {"low": yes, "medium": yes, "high": yes, "xhigh": no, "max": yes}
    return {
        "type": "model",
        "id": name,
        "display_name": name.replace("-", " ").title(),
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "deprecated" if "4-5" in name else "active",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
        "capabilities": {"effort": {"supported": True, **levels}, "image_input": yes},
    }


def _cut(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]
