from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from chat_app import ChatApp
from contrasts import READABLE, style_contrast
from hypothesis import given
from hypothesis import strategies as st
from settle import settle
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from codex_tui.ui.theme import DARK, LIGHT
from codex_tui.ui.widgets.blocks import MarkdownBlock, NoticeBlock, UserBlock
from codex_tui.ui.widgets.heights import Heights
from codex_tui.ui.widgets.markdown_stream import MarkdownSplitter
from codex_tui.ui.widgets.rows import Frame, Row
from codex_tui.ui.widgets.transcript import Transcript


def words(number: int) -> UserBlock:
    return UserBlock(text=f"message {number} " + "some more words " * (number % 20))


def fill(count: int) -> Callable[[object], None]:
    def play(chat: object) -> None:
        for number in range(count):
            chat._transcript.append(words(number))  # type: ignore[attr-defined]

    return play


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["append", "insert", "set", "update", "remove"]), st.integers(0, 99)),
    max_size=60,
)


@given(OPERATIONS)
def test_heights_agree_with_plain_sums(operations: list[tuple[str, int]]) -> None:
    plain: list[int] = []
    heights = Heights()
    for action, number in operations:
        at = number % len(plain) if plain else 0
        if action == "append" or not plain:
            plain.append(number)
            heights.append(number)
        elif action == "insert":
            plain.insert(at, number)
            heights.insert(at, number)
        elif action == "set":
            plain[at] = number * 2
            heights[at] = number * 2
        elif action == "update":
            changes = dict.fromkeys(range(at, len(plain), 1 + number % 7), number)
            plain = [changes.get(index, height) for index, height in enumerate(plain)]
            heights.update(changes)
        else:
            plain.pop(at)
            heights.remove(at)
    assert heights.total == sum(plain)
    assert [heights.top(i) for i in range(len(plain) + 1)] == [
        sum(plain[:i]) for i in range(len(plain) + 1)
    ]
    for row in range(sum(plain)):
        index = heights.find(row)
        assert heights.top(index) <= row < heights.top(index) + plain[index]


async def test_follows_the_end_until_the_reader_leaves_it() -> None:
    app = ChatApp(fill(50))
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.transcript
        await settle(pilot)
        assert app.lines[-1].endswith("some more words")
        view.action_page_up()
        await settle(pilot)
        before = app.lines
        view.append(words(51))
        await settle(pilot)
        assert app.lines == before
        view.action_scroll_end()
        await settle(pilot)
        assert view.scroll_offset.y == view.max_scroll_y
        await _assert_follows(app, pilot)


async def test_paging_down_to_the_end_follows_again() -> None:
    app = ChatApp(fill(30))
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.transcript
        await settle(pilot)
        view.page(-1)
        await settle(pilot, lambda: view.scroll_offset.y < view.max_scroll_y)
        view.page(5)
        await settle(pilot, lambda: view.scroll_offset.y == view.max_scroll_y)
        await _assert_follows(app, pilot)


async def test_keys_move_the_view_when_it_has_the_focus() -> None:
    app = ChatApp(fill(60))
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.transcript
        view.focus()
        await settle(pilot)
        await pilot.press("home")
        await settle(pilot, lambda: view.scroll_offset.y == 0)
        assert app.lines[0] == "│ message 0"
        await pilot.press("pagedown")
        await settle(pilot, lambda: view.scroll_offset.y > 0)
        await pilot.press("pageup")
        await settle(pilot, lambda: view.scroll_offset.y == 0)
        await pilot.press("end")
        await settle(pilot, lambda: view.scroll_offset.y == view.max_scroll_y)
        await _assert_follows(app, pilot)


async def _assert_follows(app: ChatApp, pilot: Pilot[None]) -> None:
    app.transcript.append(NoticeBlock(text="the very last"))
    await settle(pilot)
    assert app.lines[-1] == "• the very last"


async def test_wheel_scrolls_and_leaves_the_end() -> None:
    app = ChatApp(fill(60))
    async with app.run_test(size=(60, 20)) as pilot:
        await settle(pilot)
        at_end = app.lines
        app.transcript._on_mouse_scroll_up(_wheel(app.transcript))
        await settle(pilot, lambda: app.lines != at_end)
        before = app.lines
        app.transcript.append(words(60))
        await settle(pilot)
        assert app.lines == before


def _wheel(view: Transcript) -> object:
    from textual.events import MouseScrollUp

    return MouseScrollUp(
        view, x=1, y=1, delta_x=0, delta_y=-1, button=0, shift=False, meta=False, ctrl=False
    )


async def test_text_in_view_stays_while_blocks_above_turn_out_taller() -> None:
    app = ChatApp(fill(400))
    async with app.run_test(size=(50, 16)) as pilot:
        view = app.transcript
        await settle(pilot)
        seen: list[str] = []
        for _ in range(25):
            view.page(-1)
            await settle(pilot)
            seen = app.lines + seen[2:]
        height = 14 + 1
        assert len(seen) == 25 * (height - 2) + 2
        numbers = [int(line.split()[2]) for line in seen if line.startswith("│ message")]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))


async def test_what_is_above_the_view_may_change_without_a_jump() -> None:
    app = ChatApp(fill(100))
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.transcript
        await settle(pilot)
        view.page(-2)
        await settle(pilot)
        before = app.lines
        keys = list(view.keys)
        view.replace(keys[3], UserBlock(text="tall\n" * 30))
        view.drop(keys[10:14])
        view.insert_after(keys[20], UserBlock(text="a\nb\nc"))
        await settle(pilot)
        assert app.lines == before


async def test_resize_lays_out_anew_and_keeps_the_place() -> None:
    app = ChatApp(fill(200))
    async with app.run_test(size=(100, 20)) as pilot:
        view = app.transcript
        await settle(pilot)
        view.page(-4)
        await settle(pilot)
        first = next(line for line in app.lines if line.startswith("│ message"))
        await pilot.resize_terminal(40, 20)
        await settle(pilot)
        assert " ".join(first.split()[:3]) in " ".join(app.lines)
        assert max(map(len, app.lines)) <= 40
        view.follow_end()
        await pilot.resize_terminal(90, 12)
        await settle(pilot)
        assert view.scroll_offset.y == view.max_scroll_y
        assert app.lines[-1].endswith("words")


async def test_thousands_of_blocks_are_only_laid_out_where_they_are_seen() -> None:
    laid_out: list[NoticeBlock] = []

    class Watched(NoticeBlock):
        def layout(self, frame: Frame) -> Sequence[Row]:
            laid_out.append(self)
            return super().layout(frame)

    def play(chat: object) -> None:
        for number in range(5_000):
            chat._transcript.append(Watched(text=str(number)))  # type: ignore[attr-defined]

    app = ChatApp(play)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert 0 < len(laid_out) < 100
        laid_out.clear()
        for number in range(300):
            app.transcript.append(Watched(text=str(number)))
            app.transcript.place()
        assert 0 < len(laid_out) < 1_000


async def test_jump_into_the_middle_shows_whole_blocks_in_order() -> None:
    app = ChatApp(fill(5_000))
    async with app.run_test(size=(60, 24)) as pilot:
        view = app.transcript
        await settle(pilot)
        view.scroll_to(y=view.max_scroll_y // 2, animate=False)
        await settle(pilot)
        numbers = [int(line.split()[2]) for line in app.lines if line.startswith("│ message")]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert 2_000 < numbers[0] < 3_000


async def test_theme_change_repaints_with_the_same_words() -> None:
    app = ChatApp(fill(5))
    async with app.run_test(size=(60, 20)) as pilot:
        await settle(pilot)
        before = app.lines
        dark = app.transcript.render_line(0)._segments[0].style
        app.theme = "codex-light"
        await settle(pilot)
        assert app.lines == before
        assert app.transcript.render_line(0)._segments[0].style.bgcolor != dark.bgcolor


MIXED = """\
Some **bold** words that are long enough to be wrapped at this width of the window.

```go
func main() {
\tprint("x")
}
```

- one
- two
"""


def markdown_blocks(text: str) -> list[MarkdownBlock]:
    splitter = MarkdownSplitter()
    return [MarkdownBlock(piece=piece) for piece in (*splitter.feed(text), *splitter.close())]


@pytest.fixture
def mixed() -> ChatApp:
    def play(chat: object) -> None:
        view = chat._transcript  # type: ignore[attr-defined]
        view.append(UserBlock(text="first line\nsecond line"))
        for block in markdown_blocks(MIXED):
            view.append(block)

    return ChatApp(play)


async def test_selection_inside_a_block_is_what_is_seen_without_margins(mixed: ChatApp) -> None:
    async with mixed.run_test(size=(50, 30)) as pilot:
        await settle(pilot)
        view = mixed.transcript
        row = next(i for i, line in enumerate(mixed.lines) if "Some" in line)
        text, _ = view.get_selection(Selection(Offset(7, row), Offset(99, row + 1))) or ("", "")
        assert text == "bold words that are long enough to be wrapped at this width of the window."
        row = next(i for i, line in enumerate(mixed.lines) if "func" in line)
        text, _ = view.get_selection(Selection(Offset(0, row), Offset(99, row + 2))) or ("", "")
        assert text == 'func main() {\n\tprint("x")\n}'
        text, _ = view.get_selection(Selection(Offset(2, 0), Offset(99, 1))) or ("", "")
        assert text == "first line\nsecond line"


async def test_selection_over_blocks_gives_their_source(mixed: ChatApp) -> None:
    async with mixed.run_test(size=(50, 30)) as pilot:
        await settle(pilot)
        text, _ = mixed.transcript.get_selection(Selection(None, None)) or ("", "")
        assert text == "first line\nsecond line\n\n" + MIXED.strip()
        text, _ = mixed.transcript.get_selection(Selection(Offset(8, 1), None)) or ("", "")
        assert text == " line\n\n" + MIXED.strip()


async def test_dragging_selects_and_marks(mixed: ChatApp) -> None:
    async with mixed.run_test(size=(50, 30)) as pilot:
        await settle(pilot)
        plain = mixed.transcript.render_line(0)
        await pilot.mouse_down(Transcript, offset=(3, 0))
        await pilot.hover(Transcript, offset=(8, 1))
        await pilot.mouse_up(Transcript, offset=(8, 1))
        await settle(pilot, lambda: mixed.transcript.text_selection is not None)
        assert mixed.screen.get_selected_text() == "first line\nsecond"
        marked = mixed.transcript.render_line(0)
        assert marked.text == plain.text
        assert {segment.style.bgcolor for segment in marked} > {
            segment.style.bgcolor for segment in plain
        }


@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name])
async def test_what_is_marked_can_be_read(mixed: ChatApp, theme: str) -> None:
    async with mixed.run_test(size=(50, 30)) as pilot:
        mixed.theme = theme
        await settle(pilot)
        mixed.screen.selections = {mixed.transcript: Selection(None, None)}
        await settle(pilot)
        for line in range(len(mixed.lines)):
            for segment in mixed.transcript.render_line(line):
                if segment.text.strip(" │▸"):
                    assert style_contrast(segment.style) >= READABLE, segment


async def test_a_drag_from_between_two_blocks_copies_what_it_covers(mixed: ChatApp) -> None:
    async with mixed.run_test(size=(50, 30)) as pilot:
        await settle(pilot)
        gap = next(i for i, line in enumerate(mixed.lines) if not line.strip())
        assert 0 < gap < len(mixed.lines) - 3
        await pilot.mouse_down(Transcript, offset=(3, gap))
        await pilot.hover(Transcript, offset=(8, gap - 1))
        await pilot.mouse_up(Transcript, offset=(8, gap - 1))
        await settle(pilot, lambda: mixed.transcript.text_selection is not None)
        assert mixed.screen.get_selected_text() == "d line"


async def test_double_click_selects_the_block(mixed: ChatApp) -> None:
    async with mixed.run_test(size=(50, 30)) as pilot:
        await settle(pilot)
        row = next(i for i, line in enumerate(mixed.lines) if "two" in line)
        await pilot.click(Transcript, offset=(6, row), times=2)
        await settle(pilot, lambda: mixed.transcript.text_selection is not None)
        assert mixed.screen.get_selected_text() == "• one\n• two"


async def test_selection_far_down_lays_out_only_what_it_covers() -> None:
    app = ChatApp(fill(2_000))
    async with app.run_test(size=(60, 20)) as pilot:
        await settle(pilot)
        view = app.transcript
        end = view.virtual_size.height
        text, _ = view.get_selection(Selection(Offset(0, end - 4), Offset(99, end - 1))) or ("", "")
        assert text.endswith("some more words")
        assert len(view._stack._layouts) < 20


async def test_correcting_an_estimate_is_no_news() -> None:
    app = ChatApp(fill(300))
    async with app.run_test(size=(37, 20)) as pilot:
        await settle(pilot)
        app.chat.page(-30)
        await settle(pilot)
        app.chat.page(-3)
        await settle(pilot)
        assert not app.transcript._behind


async def test_fractions_of_a_row_add_up_while_dragging() -> None:
    app = ChatApp(fill(300))
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.transcript
        await settle(pilot)
        view.page(-4)
        await settle(pilot)
        before = view.scroll_offset.y
        for _ in range(10):
            view.scroll_y -= 0.4
        await settle(pilot)
        assert view.scroll_offset.y <= before - 4
