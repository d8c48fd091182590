"""Turns on the main screen: streaming, steering, queueing, failing, and hostile words."""

from __future__ import annotations

import json
import unicodedata

import pytest

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import TextPart, ThinkingPart, ToolCall
from codex_tui.providers.scripted import Reply
from tests.ui.support import LARGE, SMALL, Desk, calls, says, words_of
from tests.ui.widget_host import deliver

both_sizes = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
LISTING = ("list_files", {})


async def begin(desk, pilot, text="go"):
    """Start a turn that stands still before the model's first word."""
    desk.gate.shut()
    asked = len(desk.requests)
    await desk.send(pilot, text)
    await desk.settle(pilot, lambda: len(desk.requests) > asked)


@both_sizes
async def test_an_answer_appears_while_it_is_streaming(tmp_path, size):
    desk = Desk(tmp_path, [says("first words and then a good many more of them")])
    async with desk.running(size) as pilot:
        pieces = 0

        async def two_pieces():
            nonlocal pieces
            pieces += 1
            if pieces > 2:
                await desk.gate._open.wait()

        desk.assembly._registry._opened.by_name["alpha"]._pause = two_pieces
        desk.gate.shut()
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: "first words and then a g" in desk.text)
        assert "many more" not in desk.text
        assert "Esc interrupt" in desk.text
        desk.gate.open()
        await desk.at_rest(pilot)
        assert "first words and then a good many more of them" in desk.text
        assert "Esc interrupt" not in desk.text


async def test_enter_steers_the_running_turn(tmp_path):
    desk = Desk(tmp_path, [calls(LISTING), says("Done.")])
    async with desk.running() as pilot:
        await begin(desk, pilot)
        await desk.send(pilot, "also this")
        assert "waiting: also this · Up takes it back" in desk.text
        assert "1 queued" in desk.status
        assert desk.draft == ""
        desk.gate.open()
        await desk.at_rest(pilot)
        assert "waiting:" not in desk.text
        assert words_of(desk.requests[1])[-1] == "also this"
        assert len(desk.requests) == 2
        assert "also this (steering)" in desk.text


async def test_tab_queues_for_the_turn_after_this_one(tmp_path):
    desk = Desk(tmp_path, [calls(LISTING), says("One."), says("Two.")])
    async with desk.running() as pilot:
        await begin(desk, pilot)
        for words in ("later", "last"):
            desk.write(words)
            await pilot.press("tab")
            await desk.settle(pilot)
        assert "waiting: last  (+1 more) · Up takes it back" in desk.text
        desk.gate.open()
        await desk.settle(pilot, lambda: len(desk.told) == 3)
        await desk.at_rest(pilot)
        assert desk.told == ["go", "later", "last"]
        assert words_of(desk.requests[1])[-1] != "later"
        assert words_of(desk.requests[2])[-1] == "later"


async def test_up_takes_back_what_was_queued_newest_first(tmp_path):
    desk = Desk(tmp_path, [says("One.")])
    async with desk.running() as pilot:
        await begin(desk, pilot)
        for words in ("later", "last"):
            desk.write(words)
            await pilot.press("tab")
        await desk.settle(pilot)
        await pilot.press("up")
        await desk.settle(pilot)
        assert desk.draft == "last"
        assert "waiting: later" in desk.text
        await pilot.press("ctrl+c", "up")
        await desk.settle(pilot)
        assert desk.draft == "later"
        assert "waiting:" not in desk.text
        desk.gate.open()
        await desk.at_rest(pilot)
        assert desk.told == ["go"]


async def test_letters_typed_right_behind_the_taking_back_follow_what_was_taken_back(tmp_path):
    desk = Desk(tmp_path, [says("One.")])
    async with desk.running() as pilot:
        await begin(desk, pilot)
        desk.write("second")
        await pilot.press("tab")
        await desk.settle(pilot)
        await deliver(pilot, "\x1b[A thought")
        await desk.settle(pilot)
        assert desk.draft == "second thought"


async def test_up_takes_back_steering_that_was_not_read_yet(tmp_path):
    desk = Desk(tmp_path, [calls(LISTING), says("Done.")])
    async with desk.running() as pilot:
        await begin(desk, pilot)
        await desk.send(pilot, "wrong idea")
        await pilot.press("up")
        await desk.settle(pilot)
        assert desk.draft == "wrong idea"
        desk.gate.open()
        await desk.at_rest(pilot)
        assert desk.told == ["go"]


async def test_what_an_interrupted_turn_did_not_read_is_back_before_what_is_written(tmp_path):
    desk = Desk(tmp_path, [says("One."), says("Two.")])
    async with desk.running() as pilot:
        await begin(desk, pilot)
        for words in ("not so", "but so"):
            await desk.send(pilot, words)
        desk.write("half a thou")
        await pilot.press("escape")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert desk.draft == "not so\n\nbut so\n\nhalf a thou"
        assert "waiting:" not in desk.text
        assert "queued" not in desk.status
        desk.gate.open()
        await pilot.press("enter")
        await desk.at_rest(pilot)
        assert desk.told == ["go", "not so\n\nbut so\n\nhalf a thou"]


async def test_after_ctrl_c_it_is_said_that_words_are_back_for_the_next_one_clears_them(tmp_path):
    desk = Desk(tmp_path, [says("One.")])
    async with desk.running() as pilot:
        await begin(desk, pilot)
        await desk.send(pilot, "not so")
        await pilot.press("ctrl+c")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert desk.draft == "not so"
        assert desk.toasts == ["Interrupted. What was not read is back in the composer."]
        await pilot.press("ctrl+c", "ctrl+c")
        await desk.settle(pilot)
        assert desk.toasts[1:] == ["Ctrl+C again quits."]


async def test_what_is_queued_outlives_an_interrupt_and_can_be_taken_back(tmp_path):
    desk = Desk(tmp_path, [says("One."), says("Two.")])
    async with desk.running() as pilot:
        await begin(desk, pilot)
        desk.write("a turn of its own")
        await pilot.press("tab")
        await desk.settle(pilot)
        await pilot.press("escape")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert "waiting: a turn of its own" in desk.text
        assert desk.draft == ""
        await pilot.press("up")
        await desk.settle(pilot)
        assert desk.draft == "a turn of its own"
        assert "waiting:" not in desk.text


async def test_what_no_model_has_read_is_there_at_the_next_start(tmp_path):
    desk = Desk(tmp_path, [says("One.")])
    async with desk.running() as pilot:
        await begin(desk, pilot)
        await desk.send(pilot, "steering")
        desk.write("queued")
        await pilot.press("tab")
        await desk.settle(pilot)
        desk.write("written")
    assert desk.memory.take_draft() == "steering\n\nqueued\n\nwritten"


async def test_what_waits_is_not_lost_with_the_session_it_waited_in(tmp_path):
    desk = Desk(tmp_path, [says("One.")])
    async with desk.running() as pilot:
        await begin(desk, pilot)
        desk.write("queued")
        await pilot.press("tab", "escape")
        await desk.settle(pilot, lambda: not desk.session.busy)
        await desk.send(pilot, "/clear")
        await desk.settle(pilot)
        assert desk.draft == "queued"
        assert "waiting:" not in desk.text


async def test_an_interrupted_turn_can_be_followed_by_another(tmp_path):
    desk = Desk(tmp_path, [says("One."), says("Two.")])
    async with desk.running() as pilot:
        await begin(desk, pilot)
        await pilot.press("escape")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert "Interrupted." in desk.text
        desk.gate.open()
        await desk.ask(pilot, "go on")
        assert desk.told == ["go", "go on"]
        assert "Two." in desk.text


@both_sizes
async def test_a_failed_turn_says_what_to_do_and_the_session_goes_on(tmp_path, size):
    error = ProviderError(
        "Alpha does not know this key.",
        hint="Set ALPHA_KEY.",
        kind=ProviderErrorKind.AUTHENTICATION,
        provider="alpha",
    )
    desk = Desk(tmp_path, [Reply(parts=(TextPart(text="Half"),), error=error), says("Back.")])
    async with desk.running(size) as pilot:
        await desk.ask(pilot, "go")
        assert "Alpha does not know this key." in desk.text
        assert "Set ALPHA_KEY." in desk.text
        await desk.ask(pilot, "again")
        assert "Back." in desk.text


async def test_what_is_typed_while_a_turn_runs_stays_after_it(tmp_path):
    desk = Desk(tmp_path, [says("One.")])
    async with desk.running() as pilot:
        await begin(desk, pilot)
        await pilot.press(*"draft")
        desk.gate.open()
        await desk.at_rest(pilot)
        assert desk.draft == "draft"


async def test_prompts_are_remembered_for_the_next_start(tmp_path):
    desk = Desk(tmp_path, [says("One.")])
    async with desk.running() as pilot:
        await desk.ask(pilot, "first prompt")
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("up")
        assert desk.draft == "first prompt"


async def test_a_prompt_of_the_command_line_is_sent_at_once(tmp_path):
    desk = Desk(tmp_path, [says("One.")], prompt="hello")
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: desk.told)
        await desk.at_rest(pilot)
        assert desk.told == ["hello"]
        assert "One." in desk.text


# -- nothing untrusted steers the terminal -------------------------------------------------------

EVIL = "\x1b[31mred\x1b]0;title\x07 \x9b2J \u202egpj.exe\u2066 \u200b\x00\x08\x7f \u2028\ufeff end"
EVIL_TEXT = EVIL.replace("\x00", "")  # a file with a zero byte is refused as binary


def controls(desk: Desk) -> list[str]:
    """What is on the screen that could steer, reorder or hide."""
    strips = desk.app.screen._compositor.render_strips()
    painted = "".join(segment.text for strip in strips for segment in strip)
    return [hex(ord(each)) for each in painted if unicodedata.category(each)[0] == "C"]


def hostile_replies() -> list[Reply]:
    """Control characters in everything that a model can say, and in the error at its end."""
    edit = {"path": "evil.py", "edits": [{"old": "one", "new": f"two {EVIL_TEXT}"}]}
    return [
        Reply(
            parts=(
                ThinkingPart(text=f"hm {EVIL}"),
                TextPart(text=f"# {EVIL}\n\n`{EVIL}` [{EVIL}](http://e.example/{EVIL})\n\n"),
                TextPart(text=f"```py\n{EVIL}\n```\n\n| {EVIL} |\n|---|\n| {EVIL} |\n"),
                ToolCall(id="1", name="read_file", arguments='{"path": "evil.py"}'),
                ToolCall(id="2", name="search", arguments=json.dumps({"pattern": EVIL})),
                ToolCall(id="3", name=f"no{EVIL}", arguments="{}"),
                ToolCall(id="4", name="read_file", arguments=json.dumps({"path": EVIL})),
            )
        ),
        calls(("edit_file", edit), number=2),
        Reply(
            parts=(TextPart(text=f"end {EVIL}"),),
            error=ProviderError(
                EVIL, hint=EVIL, kind=ProviderErrorKind.INVALID_REQUEST, provider="alpha"
            ),
        ),
    ]


@both_sizes
async def test_hostile_words_never_reach_the_screen_as_control_characters(tmp_path, size):
    desk = Desk(tmp_path, hostile_replies(), root=tmp_path / "we\x1b[31mird \u202e")
    desk.file("evil.py", f"one\n{EVIL_TEXT}\n")
    desk.file("na\x1bme.py", "")
    async with desk.running(size) as pilot:
        assert controls(desk) == []
        await desk.ask(pilot, f"do {EVIL}")
        assert desk.screen.approval.active
        assert controls(desk) == []
        await pilot.press("ctrl+o", "w")
        await desk.settle(pilot)
        assert controls(desk) == []
        desk.gate.shut()
        await desk.review(pilot)
        await pilot.press("A", "enter")
        await desk.settle(pilot, lambda: not desk.screen.approval.active)
        await desk.send(pilot, f"wait {EVIL}")
        assert controls(desk) == []
        desk.gate.open()
        await desk.at_rest(pilot)
        assert controls(desk) == []
        assert "end" in desk.text
        for _ in range(4):
            await pilot.press("pageup")
            await desk.settle(pilot)
            assert controls(desk) == []


async def test_hostile_words_of_a_past_session_are_shown_clean_too(tmp_path):
    desk = Desk(tmp_path, [calls(("read_file", {"path": EVIL})), says(f"said {EVIL}")])
    async with desk.running() as pilot:
        await desk.ask(pilot, f"do {EVIL}")
    desk = Desk(tmp_path, go_on=True)
    async with desk.running() as pilot:
        assert "said" in desk.text
        assert controls(desk) == []
        await pilot.press("up")
        await desk.settle(pilot)
        assert controls(desk) == []
