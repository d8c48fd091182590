from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from chat_app import HOSTILE, ChatApp, change, play_stressed, play_typical
from settle import settle

from codex_tui.protocol.changes import AppliedChange, ChangeKind
from codex_tui.protocol.display import display_safe
from codex_tui.protocol.figures import format_duration
from codex_tui.protocol.messages import ToolStatus
from codex_tui.ui.symbols import ASCII
from codex_tui.ui.widgets.activity import ActivityLine
from codex_tui.ui.widgets.blocks import NoticeBlock, UserBlock
from codex_tui.ui.widgets.rows import Frame
from codex_tui.ui.widgets.thinking import NOTE_ROWS, ThinkingBlock
from codex_tui.ui.widgets.tool_block import ToolBlock, capped_output
from codex_tui.ui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.ui.panes.chat import ChatPane

SIZE = (80, 30)


def text(app: ChatApp) -> str:
    return "\n".join(app.lines).rstrip()


def activity(app: ChatApp) -> str:
    return app.query_one(ActivityLine).render().plain.strip()


async def shown(play: Callable[[ChatPane], None]) -> str:
    app = ChatApp(play)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        return text(app)


async def test_turn_from_question_to_answer() -> None:
    lines = (await shown(play_typical)).split("\n")
    assert lines[:9] == [
        "│ rename foo to bar and fix the tests",
        "",
        "▸ thinking (3 s)",
        '● search "foo" in . — 7 matches in 3 files ▸',
        "● read_file src/a.py — 120 lines ▸",
        "● edit_file src/a.py  +4 −4   applied 2 of 3 hunks (8 s) ▸",
        "✗ shell pytest -q — exit 1 (2 s) ▸",
        "",
        "  I renamed the function and adjusted its callers. What changed:",
    ]


async def test_words_come_to_the_screen_while_they_stream() -> None:
    app = ChatApp()
    async with app.run_test(size=SIZE) as pilot:
        app.chat.begin_step()
        for word in ("Some ", "**bo", "ld** words\n", "\n```py\nx", " = 1"):
            app.chat.append_text(0, word)
        await settle(pilot, lambda: "x = 1" in text(app))
        assert text(app) == "  Some bold words\n\n   x = 1"
        app.chat.append_text(0, "\n```\n\nafter")
        app.chat.finish_step()
        await settle(pilot)
        assert text(app) == "  Some bold words\n\n   x = 1\n\n  after"


async def test_streamed_answer_ends_up_like_one_told_at_once() -> None:
    from chat_app import ANSWER

    def in_pieces(chat: ChatPane) -> None:
        chat.begin_step()
        for start in range(0, len(ANSWER), 3):
            chat.append_text(0, ANSWER[start : start + 3])
            if start % 60 == 0:
                chat._words.show()
        chat.finish_step()

    def at_once(chat: ChatPane) -> None:
        chat.append_text(0, ANSWER)
        chat.finish_step()

    assert await shown(in_pieces) == await shown(at_once)


async def test_parts_that_take_turns_keep_their_places() -> None:
    def play(chat: ChatPane) -> None:
        chat.begin_step()
        chat.append_text(0, "first\n\n")
        chat.append_text(1, "second\n\n")
        chat.append_text(0, "more of the first")
        chat.append_text(1, "more of the second")
        chat.finish_step()

    assert (await shown(play)).split() == (
        ["first", "more", "of", "the", "first", "second", "more", "of", "the", "second"]
    )


async def test_thinking_shows_its_last_rows_and_folds() -> None:
    app = ChatApp()
    async with app.run_test(size=(40, 20)) as pilot:
        app.chat.begin_step()
        app.chat.append_thinking(0, "early thought " * 10)
        app.chat.append_thinking(0, "and a late one")
        await settle(pilot, lambda: "late one" in text(app))
        lines = text(app).split("\n")
        assert lines[0] == "▸ thinking …"
        assert len(lines) == 3
        app.chat.finish_thinking(0, 65_400)
        await settle(pilot)
        assert text(app) == "▸ thinking (1 min 5 s)"


async def test_a_note_keeps_its_beginning_in_sight() -> None:
    def play(chat: ChatPane) -> None:
        chat.begin_step()
        chat.append_thinking(0, "The parser is fine. Now the tests that failed.")
        chat.finish_thinking(0, 3_000, note=True)
        chat.append_thinking(1, "word " * 100)
        chat.finish_thinking(1, None, note=True)

    first, note, second, *rest = (await shown(play)).split("\n")
    assert (first, note.strip()) == (
        "▸ thinking (3 s)",
        "The parser is fine. Now the tests that failed.",
    )
    assert second == "▸ thinking"
    assert len(rest) == NOTE_ROWS + 1
    assert rest[-1].strip() == "…"


async def test_a_model_that_shows_nothing_is_thinking_and_what_it_thinks_is_counted() -> None:
    app = ChatApp()
    async with app.run_test(size=SIZE) as pilot:
        chat = app.chat
        chat.begin_step()
        app.now_s = 12.0
        assert activity(app)[2:] == "thinking … 12 s"
        chat.count_thinking(1_250)
        assert activity(app)[2:] == "thinking … 12 s · ~1.2k tokens"
        chat.append_thinking(0, "a word")
        app.now_s = 14.0
        assert "thinking … 2 s" in activity(app)
        chat.finish_step()
        await settle(pilot)
        app.now_s = 40.0
        assert activity(app)[2:] == "working … 40 s"


async def test_a_running_tool_is_no_thinking() -> None:
    app = ChatApp()
    async with app.run_test(size=SIZE) as pilot:
        app.chat.begin_step()
        app.chat.start_tool("1", "shell")
        app.chat.ready_tool("1", "shell", "make")
        await settle(pilot)
        app.now_s = 40.0
        assert "working … 40 s" in activity(app)


async def test_thinking_without_words_is_one_line_without_a_fold() -> None:
    def play(chat: ChatPane) -> None:
        chat.begin_step()
        chat.finish_thinking(0, 400)
        chat.append_thinking(1, "")
        chat.finish_step()

    assert await shown(play) == "• thinking (0.4 s)\n• thinking"


async def test_tool_line_from_start_to_result() -> None:
    app = ChatApp()
    async with app.run_test(size=SIZE) as pilot:
        app.chat.begin_step()
        app.chat.start_tool("1", "read_file")
        await settle(pilot)
        assert text(app) == "○ read_file"
        app.chat.ready_tool("1", "read_file", "src/a.py")
        await settle(pilot)
        assert text(app) == "○ read_file src/a.py"
        app.chat.finish_step()
        app.chat.finish_tool(
            "1", status=ToolStatus.OK, summary="2 lines", output="a\nb", duration_ms=5
        )
        await settle(pilot)
        assert text(app) == "● read_file src/a.py — 2 lines ▸"


@pytest.mark.parametrize(
    ("status", "sign"),
    [
        (ToolStatus.OK, "●"),
        (ToolStatus.ERROR, "✗"),
        (ToolStatus.DENIED, "–"),
        (ToolStatus.CANCELLED, "–"),
        (ToolStatus.INTERRUPTED, "–"),
    ],
)
async def test_every_status_has_its_sign(status: ToolStatus, sign: str) -> None:
    def play(chat: ChatPane) -> None:
        chat.ready_tool("1", "shell", "ls")
        chat.finish_tool("1", status=status, summary="so it is", output="", duration_ms=0)

    assert await shown(play) == f"{sign} shell ls — so it is"


async def test_details_unfold_and_fold_for_later_ones_too() -> None:
    app = ChatApp(play_typical)
    async with app.run_test(size=(80, 50)) as pilot:
        await settle(pilot)
        folded = text(app)
        app.chat.toggle_details()
        await settle(pilot)
        assert "▾ thinking (3 s)\n    The user wants a rename." in text(app)
        assert "● read_file src/a.py — 120 lines ▾\n    src/a.py:3: foo\n" in text(app)
        app.chat.ready_tool("9", "shell", "ls")
        app.chat.finish_tool(
            "9", status=ToolStatus.OK, summary="exit 0", output="listing", duration_ms=0
        )
        await settle(pilot)
        assert text(app).endswith("● shell ls — exit 0 ▾\n    listing")
        app.chat.toggle_details()
        await settle(pilot)
        assert text(app) == folded + "\n\n● shell ls — exit 0 ▸"


async def test_click_on_a_folded_line_unfolds_that_one() -> None:
    app = ChatApp(play_typical)
    async with app.run_test(size=(80, 50)) as pilot:
        await settle(pilot)
        row = next(i for i, line in enumerate(app.lines) if "read_file" in line)
        await pilot.click(Transcript, offset=(8, row))
        await settle(pilot, lambda: text(app).count("▾") == 1)
        assert app.lines[row + 1] == "    src/a.py:3: foo"
        await pilot.click(Transcript, offset=(8, row + 1))
        await settle(pilot)
        assert text(app).count("▾") == 1
        await pilot.click(Transcript, offset=(8, row))
        await settle(pilot, lambda: "▾" not in text(app))


async def test_unfolding_at_the_end_keeps_the_line_under_the_pointer() -> None:
    def play(chat: ChatPane) -> None:
        for number in range(30):
            chat.add_notice("info", str(number))
        chat.ready_tool("1", "shell", "ls")
        output = "\n".join(map(str, range(90)))
        chat.finish_tool("1", status=ToolStatus.OK, summary="", output=output, duration_ms=0)

    app = ChatApp(play)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.chat.add_notice("info", "after")
        await settle(pilot)
        row = next(i for i, line in enumerate(app.lines) if "shell" in line)
        await pilot.click(Transcript, offset=(8, row))
        await settle(pilot, lambda: "▾" in app.lines[row])
        assert app.lines[-1] != "• after"
        await pilot.click(Transcript, offset=(8, row))
        await settle(pilot, lambda: "▸" in app.lines[row])
        app.chat.add_notice("info", "the very last")
        await settle(pilot, lambda: app.lines[-1] == "• the very last")


async def test_long_output_says_what_was_left_out() -> None:
    lines = capped_output("\n".join(f"line {number}" for number in range(1_000)))
    assert len(lines) == 161
    assert lines[120] == "… 840 lines left out …"
    assert (lines[0], lines[-1]) == ("line 0", "line 999")
    assert capped_output("x" * 5_000) == ("x" * 1_000 + " … 4,000 characters left out",)
    assert capped_output("\n") == ()


async def test_changes_of_several_files_have_a_line_each() -> None:
    new = AppliedChange(
        path="b.py",
        kind=ChangeKind.ADD,
        added=9,
        removed=0,
        hunks_applied=1,
        hunks_proposed=1,
        after_hash="",
    )

    def play(chat: ChatPane) -> None:
        chat.ready_tool("1", "apply_patch", "2 files")
        chat.show_changes("1", (change("a.py", 1, 2, 1, 1), new))
        chat.finish_tool("1", status=ToolStatus.OK, summary="done", output="", duration_ms=0)

    assert (await shown(play)).split("\n") == [
        "● apply_patch 2 files",
        "    a.py  +1 −2",
        "    b.py  +9   new file",
    ]


async def test_a_call_that_failed_without_words_is_taken_back_alone() -> None:
    def play(chat: ChatPane) -> None:
        chat.add_user("go")
        chat.begin_step()
        chat.append_text(0, "kept")
        chat.finish_step()
        chat.begin_step()
        chat.append_thinking(0, "hm")
        chat.append_text(1, "\n")
        chat.start_tool("1", "shell")
        chat.add_notice("warning", "overloaded, trying again")
        chat.leave_step()
        chat.begin_step()
        chat.append_text(1, "again")
        chat.finish_step()

    app = ChatApp(play)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert text(app) == "│ go\n\n  kept\n\n! overloaded, trying again\n\n  again"
        assert app.chat.last_answer == "again"


async def test_an_answer_that_was_gone_on_with_is_copied_as_one() -> None:
    def play(chat: ChatPane) -> None:
        for text in ("One,", "two,", "three."):
            chat.begin_step()
            chat.append_text(0, text)
            chat.leave_step()
        chat.begin_step()
        chat.append_thinking(0, "hm")
        chat.leave_step()
        chat.begin_step()
        chat.append_text(0, "Four.")
        chat.finish_step()

    app = ChatApp(play)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert text(app) == "  One,\n\n  two,\n\n  three.\n\n  Four."
        assert app.chat.last_answer == "One,\n\ntwo,\n\nthree.\n\nFour."
        app.chat.begin_step()
        app.chat.append_text(0, "Another.")
        app.chat.finish_step()
        assert app.chat.last_answer == "Another."


async def test_failure_keeps_the_partial_answer_and_explains() -> None:
    def play(chat: ChatPane) -> None:
        chat.begin_step()
        chat.append_text(0, "I was about to")
        chat.start_tool("1", "shell")
        chat.finish_turn("failed", "anthropic: overloaded", "Try again.")

    assert await shown(play) == (
        "  I was about to\n\n– shell — interrupted\n\n✗ anthropic: overloaded\n  Try again."
    )


async def test_outcomes_without_a_message_name_themselves() -> None:
    def play(chat: ChatPane) -> None:
        chat.finish_turn("interrupted", "", "")
        chat.finish_turn("done", "", "")
        chat.finish_turn("failed", "", "")

    assert (await shown(play)).split() == ["•", "interrupted", "✗", "failed"]


async def test_last_answer_is_the_markdown_as_it_came() -> None:
    app = ChatApp()
    async with app.run_test(size=SIZE) as pilot:
        chat = app.chat
        assert chat.last_answer == ""
        chat.begin_step()
        chat.append_text(0, "one **b**\n")
        chat.append_text(1, "two")
        chat.finish_step()
        chat.begin_step()
        chat.start_tool("1", "shell")
        chat.finish_turn("done", "", "")
        await settle(pilot)
        assert chat.last_answer == "one **b**\n\ntwo"
        chat.clear()
        await settle(pilot)
        assert chat.last_answer == ""
        assert text(app) == ""


async def test_welcome_goes_with_the_first_block() -> None:
    app = ChatApp(lambda chat: chat.show_welcome(["hello \x1b[31m", "[b]there[/b]"]))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        welcome = app.query_one("#welcome")
        assert welcome.display
        assert welcome.render().plain == "hello ␛[31m\n[b]there[/b]"
        app.chat.add_user("hi")
        await settle(pilot)
        assert not welcome.display
        assert text(app) == "│ hi"
        app.chat.show_welcome(["late"])
        assert not welcome.display


async def test_activity_moves_only_while_something_runs_unseen() -> None:
    app = ChatApp()
    async with app.run_test(size=SIZE) as pilot:
        line = app.query_one(ActivityLine)
        chat = app.chat
        assert activity(app) == ""
        assert not line._timer._active.is_set()
        chat.begin_step()
        await settle(pilot)
        assert activity(app) == "⠋ working …"
        assert line._timer._active.is_set()
        app.now_s = 2.0
        assert "working … 2 s" in activity(app)
        app.now_s = 62.0
        assert "thinking … 1 min 2 s" in activity(app)
        chat.append_text(0, "words")
        await settle(pilot)
        assert activity(app) == ""
        app.now_s += 2
        await settle(pilot, lambda: "working" in activity(app))
        chat.finish_turn("done", "", "")
        await settle(pilot)
        assert activity(app) == ""
        assert not line._timer._active.is_set()


async def test_badge_says_that_there_is_more_and_leads_there() -> None:
    def play(chat: ChatPane) -> None:
        for number in range(40):
            chat.add_user(f"message {number}")

    app = ChatApp(play)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.chat.page(-1)
        await settle(pilot)
        assert activity(app) == ""
        app.chat.add_notice("info", "news")
        await settle(pilot, lambda: "new output ↓" in activity(app))
        assert "news" not in text(app)
        await pilot.click(ActivityLine)
        await settle(pilot, lambda: text(app).endswith("• news"))
        assert activity(app) == ""


async def test_users_words_bring_the_view_back_to_the_end() -> None:
    app = ChatApp(lambda chat: [chat.add_notice("info", str(n)) for n in range(50)] and None)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.chat.page(-2)
        await settle(pilot)
        app.chat.add_user("go on", steering=True)
        await settle(pilot)
        assert text(app).endswith("│ go on (steering)")


async def test_calls_before_the_first_frame_are_not_lost() -> None:
    def play(chat: ChatPane) -> None:
        chat.append_text(0, "early")
        chat.finish_step()

    assert await shown(play) == "  early"


CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff\u2028\ud800-\udfff]"
)


@pytest.mark.parametrize("width", [20, 47, 120])
async def test_hostile_text_never_reaches_a_strip(width: int) -> None:
    def play(chat: ChatPane) -> None:
        chat.add_user(HOSTILE)
        chat.add_user(HOSTILE, steering=True)
        play_stressed(chat)
        chat.show_changes("1", (change(HOSTILE, 1, 1, 1, 2), change(HOSTILE, 1, 1, 1, 1)))
        chat.add_notice("error", HOSTILE)
        chat.finish_turn("failed", HOSTILE, HOSTILE)
        chat.toggle_details()

    app = ChatApp(play)
    async with app.run_test(size=(width, 200)) as pilot:
        await settle(pilot)
        rows: list[str] = []
        for start in range(0, app.transcript.virtual_size.height, 150):
            app.transcript.scroll_to(y=start, animate=False)
            await settle(pilot)
            strips = [app.transcript.render_line(y) for y in range(198)]
            assert all(strip.cell_length == width - 2 for strip in strips)
            rows += [strip.text for strip in strips]
        assert "␛]52" in "".join(rows)
        assert not [row for row in rows if CONTROL.search(row)]


@pytest.mark.parametrize(
    "block",
    [
        UserBlock(text=HOSTILE * 3),
        NoticeBlock(text=HOSTILE, level="error"),
        ThinkingBlock(text=HOSTILE * 4, streaming=True),
        ThinkingBlock(text=f"```{HOSTILE}\n{HOSTILE}\n```\n<p>{HOSTILE}"),
        ToolBlock(name=HOSTILE, title=HOSTILE, summary=HOSTILE, output=(HOSTILE,)),
    ],
)
@pytest.mark.parametrize("expanded", [False, True])
def test_blocks_clean_their_own_rows(block: object, expanded: bool) -> None:
    frame = Frame(width=50, symbols=ASCII, expanded=expanded)
    rows = block.layout(frame)  # type: ignore[attr-defined]
    assert rows
    assert all(display_safe(row.text) == row.text for row in rows)
    assert display_safe(block.source) == block.source  # type: ignore[attr-defined]


def test_durations_are_short() -> None:
    assert [format_duration(ms) for ms in (0, 440, 1_000, 59_400, 125_000)] == [
        "0.0 s",
        "0.4 s",
        "1 s",
        "59 s",
        "2 min 5 s",
    ]


async def test_activity_says_what_the_model_waits_for_until_that_is_over() -> None:
    app = ChatApp()
    async with app.run_test(size=(60, 12)) as pilot:
        app.chat.begin_step()
        app.chat.show_waiting("preparing the model: 40 % \x1b[2J")
        await settle(pilot)
        assert activity(app).startswith("⠋ preparing the model: 40 %")
        assert "\x1b" not in activity(app)
        app.chat.show_waiting("")
        await settle(pilot)
        assert activity(app) == "⠋ working …"
        app.chat.show_waiting("starting the model")
        app.chat.finish_turn("interrupted", "Interrupted.", "")
        app.chat.begin_step()
        await settle(pilot)
        assert activity(app) == "⠋ working …"
