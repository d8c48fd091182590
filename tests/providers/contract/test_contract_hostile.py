"""A server may send anything: what comes of it is a proper answer or a proper error, and no call
runs that is not whole.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.messages import ToolCall
from codex_tui.providers.base import HostLearned, PartFinished, StreamFinished
from codex_tui.providers.wire_json import parse_json
from tests.providers.contract.support import (
    ask,
    check_fault,
    check_order,
    expected,
    opened,
    over_wires,
    play,
    request_of,
    trace,
)
from tests.providers.contract.wire import Say, Think, Use, Wire
from tests.providers.contract.wires import WIRES
from tests.servers.loopback import Cut, LoopbackServer, Plain, Reset, Stream, cut_into

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_tui.providers.base import LLMProvider, StreamEvent
    from tests.servers.loopback import Answer, Piece

pytestmark = pytest.mark.timeout(300)

SAID = (
    Think("Hm, well."),
    Say("Hello 🙂"),
    Use("read_file", {"path": "a.py", "lines": [1, 2]}),
    Use("list_files", {"path": "ü"}),
)


@dataclass
class Stage:
    """A server that answers every request with `answer`, and everybody who asks it."""

    runner: asyncio.Runner
    answer: Answer = field(default_factory=Plain)
    providers: dict[str, LLMProvider] = field(default_factory=dict)
    frames: dict[str, list[bytes]] = field(default_factory=dict, repr=False)

    def hear(self, wire: Wire, *pieces: Piece) -> list[StreamEvent] | None:
        """The events of an answer of these pieces; None where it was a proper error."""
        self.answer = Stream(pieces)
        return self._run(self.providers[wire.name], wire.model)

    def _run(self, provider: LLMProvider, model: str) -> list[StreamEvent] | None:
        try:
            events = self.runner.run(ask(provider, request_of(model=model)))
        except ProviderError as error:
            check_fault(error)
            return None
        return [event for event in events if not isinstance(event, HostLearned)]

    def ask_for_models(self, wire: Wire, reply: Plain) -> None:
        self.answer = reply
        try:
            for info in self.runner.run(self.providers[wire.name].list_models()):
                str(info).encode()
        except ProviderError as error:
            check_fault(error)

    def refuse(self, wire: Wire, reply: Plain) -> None:
        self.answer = reply
        assert self._run(self.providers[wire.name], wire.model) is None


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with asyncio.Runner() as runner:
        stage, stack = Stage(runner), AsyncExitStack()

        async def begin() -> None:
            server = await stack.enter_async_context(LoopbackServer(lambda _: stage.answer))
            for wire in WIRES:
                provider = await stack.enter_async_context(opened(wire, server.base_url))
                stage.providers[wire.name] = provider
                frames = stage.frames[wire.name] = []
                await play(wire, wire.reply(*SAID, sent=lambda sent, f=frames: f.extend(sent) or f))

        runner.run(begin())
        yield stage
        runner.run(stack.aclose())


hostile = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
numbers = st.integers(0, 10_000)
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 7, 1.5, 1e300, 10**30, 400, 429, "", "x", "{", "}", '"', "\ud800", "\x00",
    "error", "ping", "stop", "length", "refusal", "tool_use", "max_tokens", "message_stop",
    "message_delta", "content_block_start", "content_block_stop", "input_json_delta", "thinking",
    "response.output_item.added", "response.output_item.done", "response.completed", "reasoning",
    "response.incomplete", "response.failed", "incomplete", "completed", "function_call", "message",
    "compaction", "rate_limit_exceeded", [], {}, [None], [[]], [{}], {"a": 1}, {"type": "text"},
    {"error": {}}, {"message": "No."}, {"code": 400, "message": "stream_options"}, "9" * 400,
)  # fmt: skip
odd = st.sampled_from(ODD)
FIELDS = (
    "type", "index", "output_index", "delta", "item", "item_id", "content_block", "error",
    "message", "choices", "finish_reason", "usage", "response", "status", "id", "call_id", "name",
    "arguments", "partial_json", "content", "tool_calls", "function", "stop_reason", "code",
    "object",
)  # fmt: skip
changes = st.one_of(
    st.tuples(st.just("drop"), numbers, numbers),
    st.tuples(st.just("twice"), numbers, numbers),
    st.tuples(st.just("swap"), numbers, numbers),
    st.tuples(st.just("cut off"), numbers, numbers),
    st.tuples(st.just("byte"), numbers, numbers),
    st.tuples(st.just("value"), numbers, numbers, odd),
    st.tuples(st.just("value"), numbers, numbers, odd),
    st.tuples(st.just("field"), numbers, st.sampled_from(FIELDS), odd),
    st.tuples(st.just("new"), numbers, st.dictionaries(st.sampled_from(FIELDS), odd, max_size=4)),
)


def changed(frames: list[bytes], change: tuple[Any, ...]) -> list[bytes]:
    what, number, *how = change
    if not frames:
        return frames
    at = number % len(frames)
    match what, how:
        case "drop", _:
            return [*frames[:at], *frames[at + 1 :]]
        case "twice", [later]:
            place = at + later % (len(frames) - at)
            return [*frames[:place], frames[at], *frames[place:]]
        case "swap", [other]:
            place = other % len(frames)
            frames = [*frames]
            frames[at], frames[place] = frames[place], frames[at]
            return frames
        case "cut off", [length]:
            kept = frames[at][: length % max(1, len(frames[at]))]
            return [*frames[:at], kept, *frames[at + 1 :]]
        case "byte", [place]:
            frame = bytearray(frames[at] or b" ")
            frame[place % len(frame)] ^= 1 + place % 255
            return [*frames[:at], bytes(frame), *frames[at + 1 :]]
        case "new", [event]:
            return [*frames[:at], f"data: {json.dumps(event)}\n\n".encode(), *frames[at:]]
        case _:
            return [*frames[:at], rewritten(frames[at], how), *frames[at + 1 :]]


def rewritten(frame: bytes, how: list[Any]) -> bytes:
    """The frame with another value somewhere in it, or under a name; as it is if it is no JSON."""
    name, _, data = frame.partition(b"data: ")
    where, value = how
    try:
        event = json.loads(data)
    except ValueError:
        return frame
    inside = [each for each in _containers(event) if each or isinstance(where, str)]
    if not inside:
        return frame
    holder = inside[len(data) % len(inside) if isinstance(where, str) else where % len(inside)]
    keys = [*holder] if isinstance(holder, dict) else [*range(len(holder))]
    if isinstance(where, str) and isinstance(holder, dict):
        holder[where] = value
    elif keys:
        holder[keys[len(data) % len(keys)]] = value
    return name + b"data: " + json.dumps(event).encode() + b"\n\n"


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _containers(inner)


@over_wires
@hostile
@given(plan=st.lists(changes, max_size=5), size=st.sampled_from([11, 300, 100_000]))
def test_a_stream_of_anything_is_an_answer_or_an_error(
    stage: Stage, wire: Wire, plan: list[tuple[Any, ...]], size: int
) -> None:
    frames = stage.frames[wire.name]
    for change in plan:
        frames = changed(frames, change)
    events = stage.hear(wire, *cut_into(b"".join(frames), size))
    if events is None:
        return
    check_order(events)
    parts = [event.part for event in events if isinstance(event, PartFinished)]
    str(events).encode()
    for call in (part for part in parts if isinstance(part, ToolCall)):
        if call.complete:
            parse_json(call.arguments)


@over_wires
@hostile
@given(
    at=numbers,
    size=st.sampled_from([11, 300, 100_000]),
    end=st.sampled_from([None, Cut(), Reset()]),
)
def test_a_stream_that_is_cut_anywhere_is_whole_or_an_error(
    stage: Stage, wire: Wire, at: int, size: int, end: Piece | None
) -> None:
    whole = b"".join(stage.frames[wire.name])
    pieces = cut_into(whole[: at % (len(whole) + 1)], size)
    events = stage.hear(wire, *pieces, *([] if end is None else [end]))
    if events is None:
        return
    *told, ending = expected(*SAID, wire=wire)
    *heard, ended = trace(events)
    assert heard == told
    # Compatible servers count after the reason to stop; what is lost is a count.
    assert isinstance(ended, StreamFinished)
    assert ended in {ending, replace(ending, usage=None)}


names = st.sampled_from((
    "error", "message", "code", "type", "details", "error_code", "status", "detail", "data", "id",
    "models", "name", "pricing", "prompt", "completion", "architecture", "input_modalities",
    "capabilities", "effort", "meta", "n_ctx", "top_provider", "max_tokens", "context_length",
    "has_more", "last_id", "output_modalities", "display_name", "supported", "choices",
))  # fmt: skip
values = st.recursive(
    odd, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
delays = st.sampled_from(
    ("", "1", "-1", "nan", "9" * 400, "²", "Sun, 06 Nov 1994 08:49:37 GMT", "0 0 0", "1;2", "Mon")
)


@over_wires
@hostile
@given(
    status=st.sampled_from([200, 204, 300, 400, 401, 404, 413, 422, 429, 500, 529, 599]),
    body=values,
    after=delays,
)
def test_a_reply_of_anything_is_an_error_with_words(
    stage: Stage, wire: Wire, status: int, body: Any, after: str
) -> None:
    answers = status == 200 and isinstance(body, dict) and "choices" in body
    if answers:
        return  # an answer in one piece, which compatible servers give
    headers = {"content-type": "application/json", "retry-after": after, "date": after}
    stage.refuse(wire, Plain(status=status, headers=headers, body=json.dumps(body).encode()))


@over_wires
@hostile
@given(body=values)
def test_a_list_of_anything_is_a_list_or_an_error(stage: Stage, wire: Wire, body: Any) -> None:
    for reply in (body, {"data": body}, {"data": [body, body]}):
        stage.ask_for_models(wire, Plain.of_json(reply))
