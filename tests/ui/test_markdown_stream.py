from __future__ import annotations

from itertools import pairwise

import pytest
from chat_app import ANSWER
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.selection import SELECT_ALL

from codex_tui.ui.symbols import UNICODE
from codex_tui.ui.widgets.blocks import MarkdownBlock
from codex_tui.ui.widgets.line_cuts import MAX_CHARS
from codex_tui.ui.widgets.markdown_stream import MAX_CODE_LINES, MarkdownSplitter, Piece
from codex_tui.ui.widgets.rows import Frame
from codex_tui.ui.widgets.selecting import selected_text

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


WORDS = "lorem ipsum dolor sit amet 123 4.5 - * 日本語 👩\u200d👩 **bold** "


def joined(pieces: list[Piece]) -> str:
    return "".join(
        (piece.joint if piece.joined else "\n\n" if at else "") + piece.source
        for at, piece in enumerate(pieces)
    )


@pytest.mark.parametrize(
    "line",
    [
        WORDS * 2_000,
        "aGVsbG8+d29ybGQ=" * 5_000,
        "日本語のテキスト" * 5_000,
        "👩\u200d👩" * 15_000,
        "1234 - * # > " * 5_000,
        "x" * (MAX_CHARS - 1) + " \t " + "y" * 10,
    ],
    ids=["words", "base64", "wide", "joined emoji", "signs", "blanks at the limit"],
)
def test_a_line_of_any_length_is_cut_into_pieces_that_join_to_itself(line: str) -> None:
    line = line.strip()
    pieces = split(line + "\nsecond line\n\nend\n")
    assert max(len(piece.source) for piece in pieces) <= MAX_CHARS + len("\nsecond line")
    assert [piece.joined for piece in pieces] == [False, *[True] * (len(pieces) - 2), False]
    assert joined(pieces) == line + "\nsecond line\n\nend"
    words = [row.text.strip() for row in MarkdownBlock(piece=pieces[1]).layout(FRAME)]
    assert words[0]


def test_a_cut_prose_begins_with_a_word_where_it_can() -> None:
    pieces = split("- * 12. # > word " * 5_000)
    assert len(pieces) > 4
    assert all(piece.source.startswith("word") for piece in pieces[1:])
    assert {piece.joint for piece in pieces[1:]} == {" "}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.sampled_from([WORDS * 300, "x" * 17_000, "```", "- item", "", "\r" * 17_000, "| a |"]),
        max_size=6,
    ),
    st.lists(st.integers(0, 120_000), max_size=8),
)
def test_long_lines_are_cut_alike_however_they_come(lines: list[str], cuts: list[int]) -> None:
    text = "\n".join(lines)
    assert split(text, *sorted(min(cut, len(text)) for cut in cuts)) == split(text)


def test_many_lines_without_a_blank_one_are_cut_between_them() -> None:
    text = "\n".join(f"line {number} with some words" for number in range(3_000))
    pieces = split(text)
    assert max(len(piece.source) for piece in pieces) <= MAX_CHARS + 100
    assert joined(pieces) == text
    assert {piece.joint for piece in pieces} == {"\n"}


def test_long_prose_is_not_cut_where_its_meaning_would_change() -> None:
    table = "\n".join(["| a | b |", "|---|:-:|", *["| 1 | two words |"] * 2_000])
    assert split(table) == [Piece(source=table)]
    item = "- one" + "\n  goes on" * 2_000
    assert [piece.source for piece in split(f"{item}\n- two")] == [item, "- two"]
    title = "word\n" * 4_000 + "===="
    assert split(title)[-1].source.endswith("word\n====")


def test_a_long_line_of_code_is_cut_too_and_stays_code() -> None:
    line = "let x = 1; " * 5_000
    pieces = split(f"```js\n{line}\nlast\n```\nwords")
    code = [piece for piece in pieces if piece.code is not None]
    assert [piece.language for piece in code] == ["js"] * 4
    assert [piece.joint for piece in code] == ["\n", "", "", ""]
    assert joined(pieces[:-1]) == f"```js\n{line}\nlast\n```"
    assert pieces[-1].source == "words"


def test_a_sign_inside_a_long_line_opens_and_closes_nothing() -> None:
    letters = "x" * MAX_CHARS
    assert [piece.code for piece in split(f"{letters}```\nend")] == [None, None]
    inside = [piece for piece in split(f"```\n{letters}```\nend\n```") if piece.code is not None]
    assert inside[-1].code == ("```", "end")


def test_the_open_end_of_an_endless_line_never_grows() -> None:
    for opening in ("", "```\n", "- "):
        splitter = MarkdownSplitter()
        splitter.feed(opening)
        for _ in range(200):
            splitter.feed(WORDS * 4)
            assert splitter.tail is None or len(splitter.tail.source) <= MAX_CHARS + 10


def test_what_was_cut_is_copied_as_it_was_written() -> None:
    line = (WORDS * 1_000).strip()
    code = "let x = 1; " * 3_000
    text = f"{line}\nnext\n\n```js\n{code}\n```"
    chosen, top = [], 0
    for piece in split(text):
        block = MarkdownBlock(piece=piece)
        rows = block.layout(FRAME)
        chosen.append((block, rows, top))
        top += len(rows) + 1
    assert len(chosen) > 4
    assert selected_text(chosen, SELECT_ALL) == text
