from __future__ import annotations

from itertools import pairwise

import pytest
from chat_app import ANSWER
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_tui.ui.symbols import UNICODE
from codex_tui.ui.widgets.blocks import MarkdownBlock
from codex_tui.ui.widgets.markdown_stream import MAX_CODE_LINES, MarkdownSplitter, Piece
from codex_tui.ui.widgets.rows import Frame

FRAME = Frame(width=60, symbols=UNICODE)


def split(text: str, *cuts: int) -> list[Piece]:
    splitter = MarkdownSplitter()
    pieces: list[Piece] = []
    for start, end in pairwise([0, *cuts, len(text)]):
        pieces += splitter.feed(text[start:end])
        assert splitter.tail is None or splitter.tail.source.strip()
    return pieces + splitter.close()


def sources(text: str) -> list[str]:
    return [piece.source for piece in split(text)]


LINES = st.lists(
    st.sampled_from(
        [
            *("words", "", "", "- item", "  more", "1. one", "> quote", "# title", "---"),
            *("```py", "```", "~~~", "  ```", "    code", "x = 1", "| a | b |", "|--|--|", "日本"),
            *("\ttab", "text\r", "👩\u200d👩", "`", "=", "<pre>", "\u202e"),
        ]
    ),
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(LINES, st.lists(st.integers(1, 3), min_size=200, max_size=200))
def test_pieces_do_not_depend_on_how_the_text_was_cut(lines: list[str], steps: list[int]) -> None:
    text = "\n".join(lines)
    cuts, at = [], 0
    for step in steps:
        at += step
        if at >= len(text):
            break
        cuts.append(at)
    assert split(text, *cuts) == split(text)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_streamed_fence_has_the_same_rows_as_at_once(step: int) -> None:
    def rows(pieces: list[Piece]) -> list[object]:
        return [row for piece in pieces for row in MarkdownBlock(piece=piece).layout(FRAME)]

    streamed = split(ANSWER, *range(step, len(ANSWER), step))
    assert rows(streamed) == rows(split(ANSWER))
    assert any(piece.code for piece in streamed)


def test_blank_lines_end_prose_but_not_list_items_or_fences() -> None:
    assert sources("a\nb\n\nc") == ["a\nb", "c"]
    assert sources("- a\n\n  more\n- b\n\nc") == ["- a\n\n  more\n- b", "c"]
    assert sources("```\na\n\nb\n```\nc") == ["```\na\n\nb\n```", "c"]
    assert sources("1. a\n   ```sh\n   x\n\n   y\n   ```\n\nend") == [
        "1. a\n   ```sh\n   x\n\n   y\n   ```",
        "end",
    ]


def test_fence_is_a_piece_of_code() -> None:
    piece = split("words\n````py x\n```\nx\n````\n")[1]
    assert piece.code == ("```", "x")
    assert piece.language == "py"
    assert not piece.joined


def test_fence_that_is_never_closed_ends_with_the_text() -> None:
    assert split("~~~\na\nb")[0].code == ("a", "b")
    assert split("```")[0].code == ("",)


def test_long_fence_is_cut_into_joined_pieces() -> None:
    body = [f"line {number}" if number % 10 else "" for number in range(1_000)]
    pieces = split("\n".join(["```py", *body, "```"]))
    assert [piece.joined for piece in pieces] == [False] + [True] * (len(pieces) - 1)
    assert max(len(piece.code or ()) for piece in pieces) <= 160
    assert [line for piece in pieces for line in piece.code or ()] == body
    assert "\n".join(piece.source for piece in pieces) == "\n".join(["```py", *body, "```"])


def test_long_tight_list_is_cut_between_items() -> None:
    items = [f"- item {number}" for number in range(200)]
    pieces = split("\n".join(items))
    assert len(pieces) == 5
    assert all(piece.joined for piece in pieces[1:])


def test_tail_shows_what_is_there_so_far() -> None:
    splitter = MarkdownSplitter()
    assert splitter.tail is None
    splitter.feed("Options:\n-")
    assert splitter.tail == Piece(source="Options:")
    splitter.feed(" one")
    assert splitter.tail == Piece(source="Options:\n- one")
    splitter.feed("\n\n```py\nx = ")
    assert splitter.tail == Piece(source="```py\nx = ", code=("x = ",), language="py")
    splitter.feed("1\n``")
    assert splitter.tail is not None
    assert splitter.tail.code == ("x = 1", "``")
    splitter.feed("`")
    assert splitter.tail.code == ("x = 1",)


def test_hostile_lines_are_clean_in_every_piece() -> None:
    assert split("a\x1b[0m\r\n\r\nb\u202e") == [
        Piece(source="a␛[0m"),
        Piece(source="b\\u202e"),
    ]


def test_the_open_end_of_an_endless_fence_never_grows() -> None:
    splitter = MarkdownSplitter()
    splitter.feed("```py\n")
    for number in range(2_000):
        splitter.feed(f"x = {number}\n")
        tail = splitter.tail
        assert tail is None or (tail.code is not None and len(tail.code) <= MAX_CODE_LINES)
