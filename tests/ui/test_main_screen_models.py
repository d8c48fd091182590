"""Choosing and switching models on the main screen, the demonstration included."""

from __future__ import annotations

import pytest

from codex_tui.composition.demo import FILES, PROMPT
from tests.ui.support import (
    CONFIG,
    LARGE,
    NO_MODEL,
    NUMBERS,
    SMALL,
    Desk,
    calls,
    says,
    two_edits,
    words_of,
)

both_sizes = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
UNCHOSEN = CONFIG.partition("\n")[2]


async def choose(desk, pilot, words):
    """Open the picker, filter by `words` and take the best match."""
    await pilot.press("ctrl+l", *words, "enter")
    await desk.settle(pilot, lambda: not desk.screen.picker.display)


@both_sizes
async def test_without_any_key_the_picker_is_the_first_screen(tmp_path, size):
    desk = Desk(tmp_path, config=NO_MODEL)
    async with desk.running(size) as pilot:
        await desk.settle(pilot, lambda: desk.screen.picker.display)
        assert "Welcome. Choose the model to work with." in desk.text
        assert "no model" in desk.status
        await pilot.press("up", "down")
        assert "no key" in desk.text


async def test_words_sent_without_a_model_stay_and_the_picker_opens(tmp_path):
    desk = Desk(tmp_path, config=NO_MODEL, prompt="from the command line")
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: desk.screen.picker.display)
        assert desk.draft == "from the command line"
        await pilot.press("escape", "enter")
        await desk.settle(pilot)
        assert desk.screen.picker.display
        assert desk.draft == "from the command line"
        assert desk.told == []


@both_sizes
async def test_a_switch_between_vendors_keeps_the_conversation(tmp_path, size):
    desk = Desk(tmp_path, [calls(("list_files", {})), says("One."), says("Two."), says("Three.")])
    async with desk.running(size) as pilot:
        await desk.ask(pilot, "first")
        await choose(desk, pilot, "three")
        assert "beta/three" in desk.status
        assert desk.screen.focused is desk.screen.composer
        await desk.ask(pilot, "second")
        await choose(desk, pilot, "two")
        await desk.ask(pilot, "third")
        assert "alpha/two" in desk.status
        assert [each.model for each in desk.requests] == ["one", "one", "three", "two"]
        told = words_of(desk.requests[-1])
        assert [each for each in told if each in {"first", "second", "third"}] == [
            "first",
            "second",
            "third",
        ]
        assert {"One.", "Two."} <= set(told)
        assert "One." in desk.text
        assert "Three." in desk.text


async def test_a_switch_while_a_turn_runs_holds_from_its_next_step(tmp_path):
    desk = Desk(tmp_path, [calls(("list_files", {})), says("Done.")])
    async with desk.running() as pilot:
        desk.gate.shut()
        await desk.send(pilot, "go")
        await desk.settle(pilot, lambda: desk.requests)
        await choose(desk, pilot, "three")
        desk.gate.open()
        await desk.at_rest(pilot)
        assert [each.model for each in desk.requests] == ["one", "three"]
        assert "Done." in desk.text


async def test_the_next_start_offers_what_was_used_last(tmp_path):
    desk = Desk(tmp_path, config=UNCHOSEN)
    async with desk.running() as pilot:
        await choose(desk, pilot, "three")
    desk = Desk(tmp_path, config=UNCHOSEN)
    async with desk.running():
        assert "beta/three" in desk.status
        assert [str(each) for each in desk.memory.recent_models] == ["beta/three"]


async def test_a_favourite_is_remembered(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press("ctrl+l", *"two", "ctrl+s")
        await desk.settle(pilot)
        assert "favourite" in desk.text
    desk = Desk(tmp_path)
    async with desk.running():
        assert [str(each) for each in desk.memory.favourite_models] == ["alpha/two"]


async def test_a_typed_model_that_is_in_no_list_can_be_used(tmp_path):
    desk = Desk(tmp_path, [says("Hello.")])
    async with desk.running() as pilot:
        await choose(desk, pilot, "alpha/brand-new")
        assert "alpha/brand-new" in desk.status
        await desk.ask(pilot, "hi")
        assert desk.requests[0].model == "brand-new"


# -- the demonstration ---------------------------------------------------------------------------


@both_sizes
async def test_the_demonstration_edits_a_scratch_copy_with_the_real_tools(tmp_path, size):
    desk = Desk(tmp_path, demo=True)
    async with desk.running(size) as pilot:
        await desk.settle(pilot, lambda: desk.draft)
        assert "Demonstration" in desk.text
        assert desk.draft == PROMPT
        scratch = desk.session.root
        await pilot.press("enter")
        await desk.review(pilot)
        await pilot.press("y", "r", *"no default", "enter", "enter")
        await desk.settle(pilot, lambda: not desk.session.busy)
        await desk.at_rest(pilot)
        greeter = (scratch / "greeter.py").read_text(encoding="utf-8")
        assert 'return f"Hello, {name}!"' in greeter
        assert "for name in names:" in greeter
        assert "because: no default" in desk.text
        assert (scratch / "README.md").read_text(encoding="utf-8") == FILES["README.md"]
    assert not scratch.exists()


async def test_to_the_demonstration_and_back_is_another_folder_each_time(tmp_path):
    desk = Desk(tmp_path, [says("One."), says("Real again.")])
    desk.file("greeter.py", "mine\n")
    async with desk.running() as pilot:
        await desk.ask(pilot, "first")
        await choose(desk, pilot, "walkthrough")
        await desk.settle(pilot, lambda: desk.draft)
        assert desk.session.root != desk.root
        assert "demo/walkthrough" in desk.status
        assert "One." not in desk.text
        await pilot.press("enter")
        await desk.review(pilot)
        await pilot.press("A", "enter")
        await desk.settle(pilot, lambda: not desk.session.busy)
        assert desk.file("greeter.py") == "mine\n"
        await choose(desk, pilot, "two")
        assert desk.session.root == desk.root
        await desk.ask(pilot, "second")
        assert desk.requests[-1].model == "two"
        assert words_of(desk.requests[-1]) == ["second"]
        assert "Real again." in desk.text


async def test_leaving_the_demonstration_takes_its_prompt_out_of_the_composer(tmp_path):
    desk = Desk(tmp_path, demo=True)
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: desk.draft)
        await choose(desk, pilot, "two")
        await desk.settle(pilot)
        assert desk.draft == ""


async def test_the_demonstration_does_not_throw_away_a_draft(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press(*"mine")
        await choose(desk, pilot, "walkthrough")
        await desk.settle(pilot, lambda: "Demonstration" in desk.text)
        assert desk.draft == "mine"


async def test_the_demonstration_leaves_what_was_not_sent_to_the_next_start(tmp_path):
    desk = Desk(tmp_path)
    async with desk.running() as pilot:
        await pilot.press(*"mine")
        desk.app._leave()
    demo = Desk(tmp_path, demo=True)
    async with demo.running() as pilot:
        await demo.settle(pilot, lambda: demo.draft)
        assert demo.draft == PROMPT
    after = Desk(tmp_path)
    async with after.running():
        assert after.draft == "mine"


async def test_the_demonstrations_sessions_go_with_its_scratch_copy(tmp_path):
    desk = Desk(tmp_path, demo=True)
    async with desk.running() as pilot:
        await desk.settle(pilot, lambda: desk.draft)
        await pilot.press("enter")
        await desk.settle(pilot, lambda: desk.screen.approval.active)
        scratch = desk.session.root.parent
        assert len(list((scratch / "sessions").glob("*.jsonl"))) == 1
        assert list(desk.assembly.kept.summaries()) == []
        facts = dict(desk.assembly.describe(desk.session))
        assert facts["session file"].startswith(str(scratch))
    assert not scratch.exists()


async def test_a_turn_left_for_the_demonstration_leaves_nothing_in_it(tmp_path):
    desk = Desk(tmp_path, [two_edits()])
    desk.file("a.txt", NUMBERS)
    async with desk.running() as pilot:
        await desk.ask(pilot, "change it")
        await choose(desk, pilot, "walkthrough")
        await desk.settle(pilot, lambda: desk.draft)
        assert not desk.screen.approval.active
        assert not desk.screen.composer.busy
        assert "Interrupted" not in desk.text
        assert desk.file("a.txt") == NUMBERS


async def test_the_demonstrations_model_as_the_configured_one_keeps_out_of_ones_folder(tmp_path):
    desk = Desk(tmp_path, config='model = "demo/walkthrough"\n')
    async with desk.running(LARGE) as pilot:
        await desk.settle(pilot, lambda: "scratch copy" in desk.text)
        assert desk.session.root != desk.root
