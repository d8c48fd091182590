from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.providers.sse import ServerSentEvent, decode_events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable


async def decode(chunks: Iterable[bytes]) -> list[ServerSentEvent]:
    async def source() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return [event async for event in decode_events(source())]


STREAM = "event: a\ndata: één 🙂\n\n: comment\n\ndata:two\ndata: lines\nid: 7\n\ndata\n\n: end\n"
EVENTS = [
    ServerSentEvent("a", "één 🙂"),
    ServerSentEvent("", "two\nlines"),
    ServerSentEvent("", ""),
]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
async def test_any_line_end_and_any_cut_give_the_same_events(end: str, size: int) -> None:
    data = STREAM.replace("\n", end).encode()
    events = await decode(data[at : at + size] for at in range(0, len(data), size))
    assert events == EVENTS


@given(cuts=st.lists(st.integers(0, len(STREAM.encode())), max_size=8))
async def test_cuts_do_not_matter(cuts: list[int]) -> None:
    data = STREAM.encode()
    marks = [0, *sorted(cuts), len(data)]
    events = await decode(data[a:b] for a, b in itertools.pairwise(marks))
    assert events == EVENTS


async def test_event_without_its_blank_line_is_not_an_event() -> None:
    assert await decode([b"data: whole\n\ndata: half\n"]) == [ServerSentEvent("", "whole")]


async def test_comments_and_unknown_fields_give_no_event() -> None:
    assert await decode([b": keep-alive\n\nretry: 5\n\nevent: lonely\n\n"]) == []


async def test_event_name_does_not_leak_into_the_next_event() -> None:
    events = await decode([b"event: first\ndata: 1\n\ndata: 2\n\n"])
    assert events == [ServerSentEvent("first", "1"), ServerSentEvent("", "2")]


async def test_only_one_space_after_the_colon_is_dropped() -> None:
    assert await decode([b"data:  x \n\n"]) == [ServerSentEvent("", " x ")]


async def test_byte_order_mark_is_dropped_and_bad_bytes_are_replaced() -> None:
    assert await decode([b"\xef\xbb\xbfdata: a\xffb\n\n"]) == [ServerSentEvent("", "a�b")]


async def test_unicode_line_separators_are_part_of_the_data() -> None:
    data = "data: a\u2028b\u0085c\x0bd\n\n".encode()
    assert await decode([data]) == [ServerSentEvent("", "a\u2028b\u0085c\x0bd")]


async def test_a_carriage_return_waits_for_its_line_feed_over_a_split_character() -> None:
    pieces = [b"data: a\r", b"", b"\ndata: \xc3", b"\xa9\r\n\r", b"\n"]
    assert await decode(pieces) == [ServerSentEvent("", "a\né")]


async def test_a_long_line_comes_whole_out_of_small_pieces() -> None:
    piece = b"x" * 1_000
    [event] = await decode([b"data: ", *itertools.repeat(piece, 8_000), b"\n\n"])
    assert len(event.data) == 8_000_000
