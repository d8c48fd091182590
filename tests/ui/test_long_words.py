from __future__ import annotations

import pytest
from chat_app import ChatApp
from hypothesis import given
from hypothesis import strategies as st
from settle import settle
from textual.selection import Selection

from codex_tui.ui.symbols import UNICODE
from codex_tui.ui.widgets.blocks import UserBlock, user_blocks
from codex_tui.ui.widgets.line_cuts import MAX_CHARS, cut_text
from codex_tui.ui.widgets.markdown import markdown_rows
from codex_tui.ui.widgets.rows import Frame
from codex_tui.ui.widgets.thinking import LaidThoughts, ThinkingBlock

FRAME = Frame(width=60, symbols=UNICODE, expanded=True)
LINES = "\n".join(
    f"{number}: a line of a pasted file, é {'x' * (number % 60)}" for number in range(9000)
)
WORDS = "word and " * 60_000
ONE_WORD = "é" * 100_000
SEVERAL = f"before\n\n{WORDS}\nbetween\n{ONE_WORD}\n\n{LINES}\n"
THOUGHTS = """\
First I look at *the file*.

1. one
2. two

```python
def f():

    return 1
```

> quoted

Then there is more to say about it.
"""


@pytest.mark.parametrize("text", ["", "a\n", LINES, WORDS, ONE_WORD, SEVERAL])
async def test_a_message_of_any_length_is_copied_as_it_was_written(text: str) -> None:
    app = ChatApp(lambda chat: chat.add_user(text))
    async with app.run_test(size=(60, 20)) as pilot:
        await settle(pilot)
        view = app.transcript
        copied, _ = view.get_selection(Selection(None, None)) or ("", "")
        blocks = [view.block(key) for key in view.keys]
    assert copied == text
    assert all(len(block.source) <= MAX_CHARS for block in blocks)


async def test_the_last_part_of_a_long_message_names_its_pictures_and_that_it_steers() -> None:
    *before, last = user_blocks(LINES, steering=True, images=("plan.png",))
    assert isinstance(last, UserBlock)
    assert (last.steering, last.images) == (True, ("plan.png",))
    assert before
    assert not any(block.steering or block.images for block in before)


async def test_a_long_message_has_no_blank_row_where_it_is_cut() -> None:
    app = ChatApp(lambda chat: chat.add_user(LINES))
    async with app.run_test(size=(160, 20)) as pilot:
        await settle(pilot)
        view = app.transcript
        first = len(view.block(next(view.keys)).layout(Frame(width=159, symbols=UNICODE)))
        view.scroll_to(y=first - 10, animate=False)
        await settle(pilot)
        numbers = [int(line[2:].partition(":")[0]) for line in app.lines]
    assert numbers == list(range(first - 10, first - 10 + len(numbers)))
    assert len(numbers) > 10


@given(
    st.lists(
        st.tuples(st.text("aé \t漢", max_size=12), st.integers(1, 3000), st.booleans()), max_size=12
    )
)
def test_the_parts_of_a_text_and_what_stood_between_them_are_the_text(
    portions: list[tuple[str, int, bool]],
) -> None:
    text = "".join(words * times + "\n" * ends for words, times, ends in portions)
    parts = list(cut_text(text))
    assert "".join(joint + part for joint, part in parts) == text
    assert all(len(part) <= MAX_CHARS for _, part in parts)


@pytest.mark.parametrize("portion", [1, 7, 1000])
def test_reasoning_that_streams_looks_like_reasoning_that_came_at_once(portion: int) -> None:
    whole = ThinkingBlock(text=THOUGHTS, duration_ms=1000).layout(FRAME)
    laid = LaidThoughts()
    for end in range(portion, len(THOUGHTS) + portion, portion):
        block = ThinkingBlock(text=THOUGHTS[:end], streaming=True, laid=laid)
        streamed = block.layout(FRAME)
    assert [row.text for row in streamed[1:]] == [row.text for row in whole[1:]]
    done = ThinkingBlock(text=THOUGHTS, duration_ms=1000, laid=laid).layout(FRAME)
    assert list(done) == list(whole)
    plain = markdown_rows(THOUGHTS, Frame(width=58, symbols=UNICODE), role="muted")
    assert [row.text[2:] for row in whole[1:]] == [row.text for row in plain]


def test_streaming_reasoning_is_laid_out_anew_for_another_width() -> None:
    laid = LaidThoughts()
    for width in (60, 30, 60):
        frame = Frame(width=width, symbols=UNICODE, expanded=True)
        block = ThinkingBlock(text=THOUGHTS, streaming=True, laid=laid)
        rows = ThinkingBlock(text=THOUGHTS).layout(frame)
        assert [row.text for row in block.layout(frame)[1:]] == [row.text for row in rows[1:]]
