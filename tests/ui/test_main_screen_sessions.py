"""Beginning anew, going on, leaving: what stays on the screen and what is kept."""

from __future__ import annotations

from codex_tui.composition.demo import PROMPT
from codex_tui.protocol.errors import EXIT_FAILED, EXIT_INTERRUPTED
from tests.ui.settle import settle
from tests.ui.support import (
    HALF_WRITTEN,
    LARGE,
    NUMBERS,
    Desk,
    calls,
    says,
    two_edits,
    words_of,
)


async def test_going_on_shows_what_was_said_and_sends_it(tmp_path):
    desk = Desk(tmp_path, [calls(("read_file", {"path": "a.txt"})), says("It has 30 lines.")])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        await desk.ask(pilot, "how long is it?")
    desk = Desk(tmp_path, [says("Still 30.")], go_on=True)
    async with desk.running() as pilot:
        assert "how long is it?" in desk.text
        assert "read_file" in desk.text
        assert "It has 30 lines." in desk.text
        await desk.ask(pilot, "and now?")
        assert words_of(desk.requests[0])[0] == "how long is it?"
        assert "Still 30." in desk.text


async def test_going_on_keeps_model_and_mode(tmp_path):
    desk = Desk(tmp_path, [says("Hi.")])
    async with desk.running() as pilot:
        await desk.send(pilot, "/model beta/three")
        await pilot.press("f3")
        await desk.ask(pilot, "hello")
    desk = Desk(tmp_path, go_on=True)
    async with desk.running():
        assert "beta/three" in desk.status
        assert "auto-edit" in desk.status


async def test_a_turn_cut_off_is_marked_when_one_goes_on(tmp_path):
    desk = Desk(tmp_path, [says("never said")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: desk.requests)
    desk = Desk(tmp_path, [says("Here.")], go_on=True)
    async with desk.running() as pilot:
        assert "Interrupted." in desk.text
        assert "Say “go on” to continue." in desk.text
        await desk.ask(pilot, "go on")
        assert "Here." in desk.text


async def test_leaving_during_a_review_writes_nothing_and_the_session_is_whole(tmp_path):
    desk = Desk(tmp_path, [two_edits()])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        await desk.review(pilot)
        await pilot.press("y")
    assert desk.file("a.txt") == NUMBERS
    desk = Desk(tmp_path, [two_edits(), says("Now.")], go_on=True)
    async with desk.running() as pilot:
        assert [each.call_id for each in desk.results] == ["call_1_0"]
        await desk.ask(pilot, "again")
        await desk.review(pilot)
        await pilot.press("y", "n", "enter")
        await desk.settle(pilot, lambda: not desk.session.busy)
    assert desk.file("a.txt") == HALF_WRITTEN


async def test_clear_begins_a_new_conversation_with_the_same_model_and_mode(tmp_path):
    desk = Desk(tmp_path, [says("One."), says("Two.")])
    async with desk.running() as pilot:
        await desk.send(pilot, "/model beta/three")
        await pilot.press("f3")
        await desk.ask(pilot, "first")
        before = desk.session.place.session
        await desk.send(pilot, "/clear")
        assert desk.session.place.session != before
        assert "One." not in desk.text
        assert "What shall we work on?" in desk.text
        assert "beta/three" in desk.status
        assert "auto-edit" in desk.status
        await desk.ask(pilot, "second")
        assert words_of(desk.requests[-1]) == ["second"]


async def test_clear_during_a_turn_leaves_nothing_of_it_behind(tmp_path):
    desk = Desk(tmp_path, [calls(("list_files", {})), says("Late."), says("Fresh.")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: desk.requests)
        desk.write("queued")
        await pilot.press("tab")
        await desk.send(pilot, "/clear")
        desk.gate.open()
        await desk.settle(pilot, lambda: "What shall we work on?" in desk.text)
        assert not desk.screen.composer.busy
        assert "waiting:" not in desk.text
        assert "Interrupted" not in desk.text
        await desk.ask(pilot, "new")
        assert desk.told == ["new"]


async def test_clear_in_the_demonstration_starts_it_again(tmp_path):
    desk = Desk(tmp_path, demo=True)
    async with desk.running(LARGE) as pilot:
        await desk.settle(pilot, lambda: desk.draft)
        first = desk.session.root
        await desk.send(pilot, "/clear")
        await desk.settle(pilot, lambda: desk.draft)
        assert desk.draft == PROMPT
        assert desk.session.root != first
        assert "scratch copy" in desk.text


async def test_an_unsent_draft_is_there_at_the_next_start_until_it_is_cleared(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press(*"half a thought", "f1")
        await pilot.press("escape")
        desk.app._leave()
        assert desk.app.return_code == EXIT_INTERRUPTED
    desk = Desk(tmp_path)
    async with desk.running():
        assert desk.draft == "half a thought"
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        assert desk.draft == "half a thought"
        await pilot.press("ctrl+c")
    desk = Desk(tmp_path)
    async with desk.running():
        assert desk.draft == ""


async def test_a_fault_in_a_pane_ends_the_program_and_keeps_the_draft(tmp_path, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("a pane broke")

    desk = Desk(tmp_path, [says("One.")])
    async with desk.running() as pilot:
        monkeypatch.setattr(desk.screen.chat, "finish_turn", broken)
        desk.gate.shut()
        await desk.send(pilot, "go")
        await pilot.press(*"half a thought")
        desk.gate.open()
        await settle(pilot, lambda: desk.app._exit)
        assert desk.app.return_code == EXIT_FAILED
    desk = Desk(tmp_path, go_on=True)
    async with desk.running():
        assert desk.draft == "half a thought"
        assert "One." in desk.text


async def test_the_demonstrations_prompt_is_nobodys_draft(tmp_path):
    desk = Desk(tmp_path, demo=True)
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: desk.draft)
        desk.app._leave()
    desk = Desk(tmp_path)
    async with desk.running():
        assert desk.draft == ""


async def test_quitting_during_a_turn_settles_it(tmp_path):
    desk = Desk(tmp_path, [says("never said")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: desk.requests)
        session = desk.session
        await desk.send(pilot, "/quit")
        assert desk.app._exit
    assert not session.busy
