"""A command in the chat: its last lines while it runs, one line afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_app import ChatApp
from settle import settle

from codex_tui.protocol.messages import ToolStatus
from codex_tui.ui.widgets.tool_block import LIVE_ROWS, live_lines

if TYPE_CHECKING:
    from codex_tui.ui.panes.chat import ChatPane

SIZE = (60, 16)


def seen(app: ChatApp) -> list[str]:
    return [line.strip() for line in app.lines if line.strip()]


def begin(chat: ChatPane) -> None:
    chat.begin_step()
    chat.ready_tool("1", "shell", "make test")
    chat.finish_step()


async def test_the_last_lines_show_while_it_runs_and_fold_when_it_ends() -> None:
    app = ChatApp(begin)
    async with app.run_test(size=SIZE) as pilot:
        for number in range(20):
            app.chat.append_output("1", f"line {number}\n")
        await settle(pilot)
        assert seen(app) == ["○ shell make test", *(f"line {n}" for n in range(15, 20))]
        app.chat.finish_tool(
            "1", status=ToolStatus.ERROR, summary="exit 1", output="exit 1\nall", duration_ms=3_000
        )
        await settle(pilot)
        assert seen(app) == ["✗ shell make test — exit 1 (3 s) ▸"]


async def test_a_line_that_is_still_written_shows_and_grows() -> None:
    app = ChatApp(begin)
    async with app.run_test(size=SIZE) as pilot:
        app.chat.append_output("1", "compiling")
        await settle(pilot)
        assert seen(app)[1:] == ["compiling"]
        app.chat.append_output("1", " …\ndone")
        await settle(pilot)
        assert seen(app)[1:] == ["compiling …", "done"]


async def test_long_lines_take_no_more_rows_than_short_ones() -> None:
    app = ChatApp(begin)
    async with app.run_test(size=SIZE) as pilot:
        app.chat.append_output("1", "x" * 5_000 + "end")
        await settle(pilot)
        assert len(seen(app)) == 1 + LIVE_ROWS
        assert seen(app)[-1].endswith("end")


async def test_output_that_comes_after_the_result_is_not_shown() -> None:
    app = ChatApp(begin)
    async with app.run_test(size=SIZE) as pilot:
        app.chat.finish_tool(
            "1", status=ToolStatus.OK, summary="exit 0", output="exit 0", duration_ms=10
        )
        app.chat.append_output("1", "late\n")
        await settle(pilot)
        assert seen(app) == ["● shell make test — exit 0 ▸"]


async def test_hostile_output_is_spelled_out_while_it_runs() -> None:
    app = ChatApp(begin)
    async with app.run_test(size=SIZE) as pilot:
        app.chat.append_output("1", "a\x1b]0;t\x07 \u202eb \x00\n[red]c[/]\n")
        await settle(pilot)
        assert seen(app)[1:] == ["a␛]0;t␇ \\u202eb ␀", "[red]c[/]"]


def test_live_lines_keep_the_end_whatever_the_pieces() -> None:
    text = "".join(f"line {n}\n" for n in range(50)) + "10%\r20%\r90%"
    for size in (1, 3, 7, 1_000):
        shown: tuple[str, ...] = ()
        for start in range(0, len(text), size):
            shown = live_lines(shown, text[start : start + size])
        assert shown[-LIVE_ROWS:] == ("line 46", "line 47", "line 48", "line 49", "90%")


def test_live_lines_are_bounded() -> None:
    shown: tuple[str, ...] = ()
    for _ in range(50):
        shown = live_lines(shown, "x" * 10_000)
    assert sum(map(len, shown)) <= 1_000
    for _ in range(50):
        shown = live_lines(shown, "\n" * 1_000)
    assert len(shown) <= LIVE_ROWS + 1
