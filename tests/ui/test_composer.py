from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from settle import settle
from widget_host import WidgetHost, deliver, paste, screen_lines

from codex_tui.ui.widgets.completion import CommandItem
from codex_tui.ui.widgets.composer import Composer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

HEARS = (
    Composer.Submitted,
    Composer.Queued,
    Composer.EscapePressed,
    Composer.TakeBackRequested,
    Composer.InterruptOrQuit,
)
COMMANDS = [
    CommandItem(name="model", summary="choose the model"),
    CommandItem(name="mode", summary="set the approval mode"),
    CommandItem(name="help", summary="keys and commands"),
]


class Desk:
    """A composer on a screen, and what it said."""

    def __init__(self, app: WidgetHost, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.composer = app.query_one(Composer)

    @property
    def heard(self) -> list[object]:
        return self.app.heard

    @property
    def sent(self) -> list[str]:
        return [each.text for each in self.heard if isinstance(each, Composer.Submitted)]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await settle(self.pilot)


@asynccontextmanager
async def desk(**kwargs: object) -> AsyncIterator[Desk]:
    app = WidgetHost(Composer(), hears=HEARS)
    async with app.run_test(size=(60, 20), **kwargs) as pilot:  # type: ignore[arg-type]
        await settle(pilot)
        yield Desk(app, pilot)


async def test_enter_sends_and_clears():
    async with desk() as d:
        await d.press(*"hi", "enter")
        assert d.sent == ["hi"]
        assert d.composer.draft == ""


async def test_blank_draft_is_not_sent():
    async with desk() as d:
        await d.press("space", "enter")
        assert d.heard == []
        assert d.composer.draft == " "


async def test_burst_keeps_order_of_letters_and_enter():
    async with desk() as d:
        await deliver(d.pilot, "abc\rdef")
        assert d.sent == ["abc"]
        assert d.composer.draft == "def"


async def test_keys_pressed_in_one_go_keep_their_order():
    async with desk() as d:
        await d.press(*"abc", "enter", *"def")
        assert d.sent == ["abc"]
        assert d.composer.draft == "def"


@pytest.mark.parametrize(
    ("data", "left"),
    [
        ("abc\x15xyz", "xyz"),  # ctrl+u
        ("ab\ncd\nef", "ab\ncd\nef"),  # ctrl+j
        ("abc\x7f\x7fd", "ad"),  # backspace
        ("ab\x1b[Dc", "acb"),  # left
        ("one two\x17three", "one three"),  # ctrl+w
        ("abc\x01x\x05y", "xabcy"),  # ctrl+a, ctrl+e
    ],
)
async def test_burst_keeps_order_of_letters_and_editing_keys(data: str, left: str):
    async with desk() as d:
        await deliver(d.pilot, data)
        assert d.composer.draft == left


@pytest.mark.parametrize("key", ["ctrl+j", "shift+enter", "alt+enter", "ctrl+enter", "shift+\r"])
async def test_key_breaks_the_line(key: str):
    async with desk() as d:
        await d.press("a", key, "b")
        assert d.composer.draft == "a\nb"
        assert d.heard == []


@pytest.mark.parametrize("data", ["\x1b[13;2u", "\x1b[13;3u", "\x1b[13;5u", "\x1b[27;2;13~", "\n"])
async def test_terminal_sequence_breaks_the_line(data: str):
    async with desk() as d:
        await deliver(d.pilot, f"a{data}b")
        assert d.composer.draft == "a\nb"


async def test_grows_to_eight_lines_then_scrolls():
    async with desk() as d:
        assert d.composer.size.height == 1
        for lines in range(2, 12):
            await d.press("ctrl+j", "x")
            assert d.composer.size.height == min(lines, 8)
        assert d.composer.scroll_offset.y == 3
        await d.press("ctrl+c")
        assert d.composer.size.height == 1


async def test_every_line_of_a_growing_draft_stays_in_sight():
    async with desk() as d:
        await d.press("a", "ctrl+j", "b", "ctrl+j", "c")
        assert [line.strip() for line in screen_lines(d.app)[-3:]] == ["❯ a", "b", "c"]


async def test_tab_queues_only_while_busy():
    async with desk() as d:
        await d.press("a", "tab")
        assert d.heard == []
        assert d.composer.has_focus
        d.composer.busy = True
        await d.press("tab")
        assert d.heard == [Composer.Queued("a")]
        assert d.composer.draft == ""


async def test_escape_is_reported():
    async with desk() as d:
        await d.press("a", "escape")
        assert d.heard == [Composer.EscapePressed()]
        assert d.composer.draft == "a"


async def test_ctrl_c_copies_then_clears_then_asks_to_quit():
    async with desk() as d:
        await d.press(*"abc", "shift+left", "ctrl+c")
        assert d.app.copied == ["c"]
        assert d.composer.draft == "abc"
        await d.press("ctrl+c")
        assert d.composer.draft == ""
        assert d.heard == []
        await d.press("ctrl+c")
        assert d.heard == [Composer.InterruptOrQuit()]
        await d.press("up")
        assert d.composer.draft == "abc"


async def test_cut_and_paste_inside_the_composer():
    async with desk() as d:
        await d.press(*"abc", "shift+home", "ctrl+x")
        assert d.app.copied == ["abc"]
        assert d.composer.draft == ""
        await d.press("ctrl+v", "ctrl+v")
        assert d.composer.draft == "abcabc"


async def test_undo_brings_deleted_text_back():
    async with desk() as d:
        await d.press(*"abc", "ctrl+u")
        assert d.composer.draft == ""
        await d.press("ctrl+z")
        assert d.composer.draft == "abc"


async def test_page_keys_and_end_of_an_empty_draft_pass_through():
    async with desk() as d:
        await d.press("pageup", "pagedown", "end", "a", "end")
        assert d.app.keys == ["pageup", "pagedown", "end"]


async def test_history_walks_and_keeps_the_unsent_draft():
    async with desk() as d:
        d.composer.prompt_history = ["first", "second"]
        await d.press(*"new", "up")
        assert d.composer.draft == "second"
        await d.press("up", "up")
        assert d.composer.draft == "first"
        await d.press("down", "down")
        assert d.composer.draft == "new"
        await d.press("down")
        assert d.composer.draft == "new"


async def test_edit_of_an_old_prompt_survives_the_walk():
    async with desk() as d:
        d.composer.prompt_history = ["first", "second"]
        await d.press("up", "!", "up", "down")
        assert d.composer.draft == "second!"
        assert d.composer.prompt_history == ["first", "second"]


async def test_up_moves_inside_a_multi_line_draft_before_it_leaves_it():
    async with desk() as d:
        d.composer.prompt_history = ["old"]
        await d.press("a", "ctrl+j", "b", "up")
        assert d.composer.draft == "a\nb"
        assert d.composer.cursor_location == (0, 1)
        await d.press("up")
        assert d.composer.draft == "old"


async def test_untouched_multi_line_prompt_does_not_stop_the_walk():
    async with desk() as d:
        d.composer.prompt_history = ["old", "a\nb\nc"]
        await d.press("up", "up")
        assert d.composer.draft == "old"


async def test_wrapped_line_is_walked_before_history():
    async with desk() as d:
        d.composer.prompt_history = ["old"]
        d.composer.draft = "word " * 30
        await d.press("up")
        assert d.composer.draft == "word " * 30
        await d.press("up", "up")
        assert d.composer.draft == "old"


async def test_sent_prompts_join_the_history_once():
    async with desk() as d:
        await d.press("a", "enter", "a", "enter", "b", "enter")
        assert d.composer.prompt_history == ["a", "b"]


async def test_up_takes_back_what_is_queued_only_when_empty():
    async with desk() as d:
        d.composer.prompt_history = ["old"]
        d.composer.has_queued = True
        await d.press("up")
        assert d.heard == [Composer.TakeBackRequested()]
        assert d.composer.draft == ""
        await d.press("a", "up")
        assert d.composer.draft == "old"


async def test_recalled_command_does_not_open_the_popup():
    async with desk() as d:
        d.composer.commands = COMMANDS
        d.composer.prompt_history = ["old", "/help"]
        await d.press("up", "up")
        assert d.composer.draft == "old"


async def test_popup_narrows_moves_and_completes():
    async with desk() as d:
        d.composer.commands = COMMANDS
        await d.press("/")
        assert [line.split()[0] for line in screen_lines(d.app)[-5:-2]] == [
            "/model",
            "/mode",
            "/help",
        ]
        await d.press(*"mo", "down", "tab")
        assert d.composer.draft == "/mode "
        assert "approval" not in "\n".join(screen_lines(d.app))
        assert d.heard == []


async def test_enter_sends_the_highlighted_command():
    async with desk() as d:
        d.composer.commands = COMMANDS
        await d.press("/", "up", "enter")
        assert d.sent == ["/help"]


async def test_exact_command_wins_over_a_longer_one():
    async with desk() as d:
        d.composer.commands = COMMANDS
        await d.press(*"/mode", "enter")
        assert d.sent == ["/mode"]


async def test_burst_sends_the_command_that_was_typed():
    async with desk() as d:
        d.composer.commands = COMMANDS
        await deliver(d.pilot, "/hel\rnext")
        assert d.sent == ["/help"]
        assert d.composer.draft == ""
        d.composer.hand_on_keys(d.composer)
        await d.press("!")
        assert d.composer.draft == "next!"


async def test_escape_closes_only_the_popup_and_tab_opens_it_again():
    async with desk() as d:
        d.composer.commands = COMMANDS
        await d.press(*"/m", "escape")
        assert d.heard == []
        assert d.composer.draft == "/m"
        assert not d.app.query_one("CompletionPopup").display
        await d.press("tab")
        assert d.app.query_one("CompletionPopup").display
        await d.press("escape", "enter")
        assert d.sent == ["/m"]


async def test_unknown_command_and_path_are_sent_as_they_are():
    async with desk() as d:
        d.composer.commands = COMMANDS
        await d.press(*"/zz", "enter")
        d.composer.hand_on_keys(d.composer)
        await d.press(*"/mo x", "enter")
        assert d.sent == ["/zz", "/mo x"]


async def test_click_on_the_popup_sends_the_command():
    async with desk() as d:
        d.composer.commands = COMMANDS
        await d.press("/")
        await d.pilot.click("CompletionPopup", offset=(4, 2))
        await settle(d.pilot)
        assert d.sent == ["/help"]


async def test_popup_is_at_most_eight_rows():
    async with desk() as d:
        d.composer.commands = [CommandItem(name=f"c{n:02}", summary="") for n in range(30)]
        await d.press("/")
        popup = d.app.query_one("CompletionPopup")
        assert popup.size.height == 8
        assert popup.region.bottom == d.composer.region.y
        await d.press("up")
        assert "/c29" in "\n".join(screen_lines(d.app))


async def test_paste_is_inserted_once_with_plain_line_ends():
    async with desk() as d:
        await paste(d.pilot, "a\r\nb\rc\td")
        assert d.composer.draft == "a\nb\nc\td"


async def test_escape_sequences_do_not_reach_the_text_or_the_screen():
    async with desk() as d:
        hostile = "a\x1b]52;c;aGk=\x07b\x9b31mc\u202ed\x00e\u2028f\udc80"
        d.composer.insert_draft(hostile)
        d.composer.insert(hostile)
        await settle(d.pilot)
        assert d.composer.draft == "a]52;c;aGk=b31mcde\nf\ufffd" * 2
        d.composer.draft = hostile
        d.composer.text = d.composer.text + "\x1b"
        await settle(d.pilot)
        assert "\x1b" not in d.composer.draft
        assert not {"\x1b", "\x9b", "\x07"} & set("".join(screen_lines(d.app)))


async def test_large_paste_becomes_a_chip_and_is_sent_whole():
    async with desk() as d:
        text = "one line\n" * 12_195
        await d.press(*"see ")
        await paste(d.pilot, text)
        assert d.composer.text == "see [Pasted 12,195 lines]"
        await d.press("enter")
        assert d.sent == [f"see {text}"]


async def test_chips_of_one_size_are_told_apart():
    async with desk() as d:
        first, second = "a\n" * 150, "b\n" * 150
        await paste(d.pilot, first)
        await paste(d.pilot, second)
        assert d.composer.text == "[Pasted 150 lines][Pasted 150 lines #2]"
        assert d.composer.draft == first + second


async def test_backspace_deletes_a_chip_whole_and_undo_restores_its_content():
    async with desk() as d:
        text = "a\n" * 150
        await paste(d.pilot, text)
        await d.press("x", "left", "backspace")
        assert d.composer.draft == "x"
        await d.press("ctrl+z")
        assert d.composer.draft == f"{text}x"


async def test_chip_cannot_be_torn():
    async with desk() as d:
        text = "a\n" * 150
        await paste(d.pilot, text)
        await d.press("left", "left", "x")
        assert d.composer.draft == f"{text}x"
        await d.press("left", "left", "delete")
        assert d.composer.draft == "x"


async def test_chip_comes_back_from_history():
    async with desk() as d:
        text = "a\n" * 150
        await d.press(*"see ")
        await paste(d.pilot, text)
        await d.press("enter", "up")
        assert d.composer.text == "see [Pasted 150 lines]"
        assert d.composer.draft == f"see {text}"


async def test_long_draft_from_outside_becomes_a_chip():
    async with desk() as d:
        d.composer.draft = "x" * 9_000
        assert d.composer.text == "[Pasted 9,000 characters]"
        assert d.composer.draft == "x" * 9_000


async def test_megabyte_paste_keeps_keys_responsive():
    async with desk() as d:
        await paste(d.pilot, "0123456789abcde\n" * 65_536)
        await d.press(*"ok")
        assert d.composer.document.line_count == 1
        assert d.composer.text == "[Pasted 65,536 lines]ok"


async def test_keys_in_one_burst_with_a_megabyte_stay_behind_it():
    async with desk() as d:
        text = "0123456789abcde\r\n" * 65_536
        await deliver(d.pilot, f"see \x1b[200~{text}\x1b[201~ok\r")
        await settle(d.pilot, lambda: d.sent)
        assert d.sent == ["see " + text.replace("\r", "") + "ok"]


async def test_placeholder_says_what_the_keys_do_while_busy():
    async with desk() as d:
        assert "commands" in screen_lines(d.app)[-1]
        d.composer.busy = True
        await settle(d.pilot)
        assert "Tab queues" in screen_lines(d.app)[-1]
