"""What a model says arrives whole and in order, whatever the bytes look like."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.messages import ServerPart, StopReason, TextPart, ToolCall, Usage
from codex_tui.providers.base import PartDelta, PartFinished, PartStarted, StreamFinished
from tests.providers.contract.support import (
    answer_of,
    ask,
    expected,
    message_of,
    opened,
    over_all,
    over_places,
    over_wires,
    play,
    request_of,
    trace,
    words_of,
)
from tests.providers.contract.wire import Say, Think, Use, Wire
from tests.providers.contract.wires import MESSAGES, RESPONSES
from tests.servers import anthropic_wire, openai_wire
from tests.servers.loopback import Stall, bytewise, cut_into

if TYPE_CHECKING:
    from tests.providers.contract.wire import Shape
    from tests.servers.loopback import Piece

ODD = "naïve 日本語 🙂 a\u2028b\u2029c\u0085d\r\ne\u0000f\ufeffg end"
WHOLE = (
    Think("Überlegung… 🤔"),
    Say(ODD),
    Use("read_file", {"path": "ü/ファイル.py"}),
    Use("list_files", {"path": ODD}),
)


def crlf(frames: list[bytes]) -> bytes:
    return b"".join(frames).replace(b"\n", b"\r\n")


def unnamed(frames: list[bytes]) -> list[Piece]:
    """Without `event:` lines, which some gateways leave out."""
    return [frame[frame.index(b"data:") :] for frame in frames]


def in_lines(frames: list[bytes]) -> list[Piece]:
    """Data over several lines, and no space after the colon."""
    return [frame.replace(b"data: {", b"data:{\ndata:", 1) for frame in frames]


SHAPES: dict[str, Shape] = {
    "as sent": list,
    "byte by byte": lambda frames: bytewise(b"".join(frames)),
    "cut inside characters": lambda frames: cut_into(b"".join(frames), 7),
    "all at once": lambda frames: [b"".join(frames)],
    "CRLF": lambda frames: [crlf(frames)],
    "CRLF byte by byte": lambda frames: bytewise(crlf(frames)),
    "CR byte by byte": lambda frames: bytewise(b"".join(frames).replace(b"\n", b"\r") + b":\r"),
    "no event names": unnamed,
    "data in lines": in_lines,
    "byte order mark": lambda frames: [b"\xef\xbb\xbf", *frames],
    "done mark": lambda frames: [*frames, b"data: [DONE]\n\n"],
    "something after the end": lambda frames: [*frames, b"data: more\n\n", b"data: {oops"],
}


@over_all
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
async def test_the_shape_of_the_bytes_does_not_matter(wire: Wire, shape: Shape) -> None:
    events = await play(wire, wire.reply(*WHOLE, sent=shape))
    assert trace(events) == expected(*WHOLE, wire=wire)


@over_all
async def test_noise_between_all_events_changes_nothing(wire: Wire) -> None:
    def noisy(frames: list[bytes]) -> list[Piece]:
        return [*chain.from_iterable([*wire.noise, frame] for frame in frames)]

    events = await play(wire, wire.reply(*WHOLE, sent=noisy))
    assert trace(events) == expected(*WHOLE, wire=wire)


@over_all
async def test_unknown_fields_and_empty_deltas_change_nothing(wire: Wire) -> None:
    def padded(frames: list[bytes]) -> list[Piece]:
        return [*chain.from_iterable(map(with_padding, frames))]

    events = await play(wire, wire.reply(*WHOLE, sent=padded))
    assert trace(events) == expected(*WHOLE, wire=wire)


def with_padding(frame: bytes) -> list[Piece]:
    """The event with fields nobody knows, after one like it that brings nothing."""
    name, _, data = frame.partition(b"data: ")
    if not data.startswith(b"{"):
        return [frame]
    event = json.loads(data)
    padded = {"mood": ["calm"], **event, "obfuscation": "xxxx"}
    events = [padded] if emptied(event) == event else [emptied(event), padded]
    return [name + b"data: " + json.dumps(each).encode() + b"\n\n" for each in events]


def emptied(value: Any) -> Any:
    """An event with nothing in its deltas."""
    texts = {"text", "thinking", "partial_json", "content", "reasoning_content", "reasoning"}
    match value:
        case {"type": str(kind), "delta": str()} if kind.endswith(".delta"):
            return {**value, "delta": ""}
        case {"type": "content_block_delta"}:
            delta = {k: "" if k in texts else v for k, v in value["delta"].items()}
            return {**value, "delta": delta}
        case {"choices": [{"delta": dict(delta)} as choice], **rest}:
            delta = {k: "" if k in texts and v else v for k, v in delta.items()}
            for call in (calls := json.loads(json.dumps(delta.get("tool_calls", [])))):
                call["function"]["arguments"] = ""
            again = {**delta, "tool_calls": calls} if calls else delta
            return {**rest, "choices": [{**choice, "delta": again}]}
        case _:
            return value


@over_places
async def test_every_delta_is_passed_on_as_it_comes(wire: Wire) -> None:
    stall = Stall()

    def waits(frames: list[bytes]) -> list[Piece]:
        (first, *_) = (place for place, frame in enumerate(frames) if b"Hello" in frame)
        return [*frames[: first + 1], stall, *frames[first + 1 :]]

    reply = wire.reply(Say("Helloworld", size=5), sent=waits)
    async with (
        wire.server([reply]) as server,
        opened(wire, server.base_url) as provider,
        aclosing(answer_of(provider, request_of(model=wire.model))) as stream,
    ):
        assert await anext(stream) == PartStarted(index=0, kind="text")
        assert await anext(stream) == PartDelta(index=0, text="Hello")
        stall.release()
        assert await anext(stream) == PartDelta(index=0, text="world")
        assert [type(event) async for event in stream] == [PartFinished, StreamFinished]


@over_all
async def test_parts_that_grow_side_by_side_are_kept_apart(wire: Wire) -> None:
    def interleaved(frames: list[bytes]) -> list[Piece]:
        strands: dict[object, list[bytes]] = {}
        head: list[bytes] = []
        tail: list[bytes] = []
        for frame in frames:
            data = frame.partition(b"data: ")[2]
            place = wire.place(json.loads(data)) if data.startswith(b"{") else None
            if place is None:
                (tail if strands else head).append(frame)
            else:
                strands.setdefault(place, []).append(frame)
        rounds = chain.from_iterable(zip_longest(*strands.values(), fillvalue=b""))
        return [*head, *rounds, *tail]

    events = await play(wire, wire.reply(*WHOLE, sent=interleaved))
    assert trace(events) == expected(*WHOLE, wire=wire)


@over_all
@pytest.mark.parametrize("size", [1, 2_000_000], ids=["a letter at a time", "in one event"])
async def test_a_megabyte_of_arguments_and_words(wire: Wire, size: int) -> None:
    length = 1_000_000 if size > 1 else 3_000
    said = (Say("é" * length, size=size), Use("write_file", {"text": "x" * length}, size=size))
    events = await play(wire, wire.reply(*said))
    assert trace(events) == expected(*said, wire=wire)


@over_all
async def test_tokens_are_counted_with_the_cached_ones_in_the_input(wire: Wire) -> None:
    usage = Usage(
        input_tokens=3210,
        cache_read_tokens=3000,
        cache_write_tokens=200,
        output_tokens=42,
        reasoning_tokens=30,
    )
    events = await play(wire, wire.reply(Say("ok"), usage=usage))
    assert trace(events) == expected(Say("ok"), wire=wire, usage=usage)


@over_all
async def test_a_count_that_no_answer_can_have_is_none(wire: Wire) -> None:
    said = Usage(input_tokens=10**400, output_tokens=42, reasoning_tokens=-1)
    heard = Usage(input_tokens=0, output_tokens=42)
    events = await play(wire, wire.reply(Say("ok"), usage=said))
    assert trace(events) == expected(Say("ok"), wire=wire, usage=heard)


@over_places
async def test_the_end_names_the_reply_and_the_vendors_own_reason(wire: Wire) -> None:
    for stop, word in wire.stops.items():
        said = Use("read_file", {}) if stop is StopReason.TOOL_USE else Say("half")
        end = (await play(wire, wire.reply(said, stop=stop)))[-1]
        assert isinstance(end, StreamFinished)
        assert (end.stop, end.raw_stop, end.request_id) == (stop, word, wire.request_id)
        assert end.response_id


@over_places
async def test_a_refusal_says_why(wire: Wire) -> None:
    words = "I will not help with that."
    events = await play(wire, wire.refusal(words))
    assert isinstance(events[-1], StreamFinished)
    assert events[-1].stop is StopReason.REFUSAL
    assert events[-1].detail == words
    assert words_of(events) == words


@over_places
async def test_an_answer_of_nothing_is_an_answer(wire: Wire) -> None:
    assert trace(await play(wire, wire.reply())) == expected(wire=wire)


@over_wires
async def test_no_room_for_a_single_word_is_told_from_an_answer(wire: Wire) -> None:
    (end,) = await play(wire, wire.reply(stop=StopReason.LENGTH))
    assert isinstance(end, StreamFinished)
    assert end.stop in {StopReason.LENGTH, StopReason.CONTEXT}


@over_wires
async def test_lone_surrogates_never_reach_the_reader(wire: Wire) -> None:
    def halved(frames: list[bytes]) -> list[Piece]:
        return [frame.replace(b"LONE", b"\\ud83d") for frame in frames]

    said = (Think("a b LONE"), Say("a b LONE"), Use("read_LONE", '{"path": "LONE"}', "LONE"))
    whole = tuple(replace(each, size=99) for each in said)
    events = await play(wire, wire.reply(*whole, sent=halved))
    parts = [event.part for event in events if isinstance(event, PartFinished)]
    assert words_of(events) == 'a b \ufffda b \ufffd{"path": "\ufffd"}'
    for event in (*trace(events), *parts):
        str(event).encode()
    assert [part.name for part in parts if isinstance(part, ToolCall)] == ["read_\ufffd"]


@pytest.mark.parametrize("wire", [RESPONSES, MESSAGES], ids=str)
async def test_what_is_unknown_and_whole_goes_back_to_its_maker_as_it_came(wire: Wire) -> None:
    block = {"type": "dream_call", "id": "d1", "mood": ["calm", 1.5]}
    first = unknown_block(wire, block)
    async with wire.server([first, wire.reply(Say("ok"))]) as server:
        async with opened(wire, server.base_url) as provider:
            request = request_of(model=wire.model)
            answer = message_of(await ask(provider, request), provider.endpoint.origin(wire.model))
            assert [type(part) for part in answer.parts] == [TextPart, ServerPart, TextPart]
            again = request_of(*request.messages, answer, *request.messages, model=wire.model)
            assert await ask(provider, again)
        assert server.refused == []
        assert '"mood": ["calm", 1.5]' in json.dumps(server.requests[1])


def unknown_block(wire: Wire, block: dict[str, Any]) -> Any:
    """An answer with a block of a type nobody has heard of, between words."""
    if wire.api == "openai-responses":
        fields = {name: value for name, value in block.items() if name not in {"type", "id"}}
        words = openai_wire.text("a"), openai_wire.text("b")
        return openai_wire.answer(words[0], openai_wire.unknown_item(**fields), words[1])
    return anthropic_wire.Reply("a", anthropic_wire.Block(block), "b")
