"""A person asks for a change and decides on it hunk by hunk, in a real terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.e2e import work
from tests.e2e.endings import assert_restored
from tests.e2e.wires import ANTHROPIC, OPENAI, Answer, dumped
from tests.e2e.world import READY

if TYPE_CHECKING:
    from tests.e2e.terminal import Terminal
    from tests.e2e.wires import Vendor, Wire
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

REASON = "the old words are better"
NARROW, WIDE = (80, 24), (120, 40)


@pytest.mark.parametrize(("maker", "size"), [(OPENAI, NARROW), (ANTHROPIC, WIDE)])
def test_exactly_the_accepted_hunk_is_written_and_the_model_is_told(
    world: World, maker: Vendor, size: tuple[int, int]
) -> None:
    before = work.read(world.repo)
    with maker.serve(work.SCRIPT) as wire:
        columns, rows = size
        terminal = world.open("-m", wire.ref, env=wire.env, columns=columns, rows=rows)
        work.ask(terminal, work.PROMPT)
        terminal.wait_for("hunk 1/2")
        assert work.read(world.repo) == before
        accept_one_reject_one(terminal)
        terminal.wait_for(
            (
                work.CLOSING,
                work.LOOKING,
                work.PROPOSING,
            )
        )

        assert work.read(world.repo) == work.edited(before, first=True, second=False)
        assert len(wire.requests) == 3
        assert wire.refusals() == []
        told = wire.tool_results()[-1]
        assert "1 of 2 hunks written" in told
        assert f"REFUSED, because: {REASON}" in told
        assert work.SECOND_NEW.strip() in told

        assert work.quit_by_command(terminal) == 0
        assert_restored(terminal)


def accept_one_reject_one(terminal: Terminal) -> None:
    work.press_in_review(terminal, "y", re.compile("✓ accepted"))
    terminal.press("r")
    terminal.wait_for("Enter rejects for this reason")
    terminal.paste(REASON)
    terminal.wait_for(REASON)
    terminal.press("enter")
    terminal.wait_for("Enter applies 1 of 2 hunks")
    terminal.press("enter")


def test_edits_are_not_asked_for_once_the_mode_says_so(world: World) -> None:
    before = work.read(world.repo)
    with ANTHROPIC.serve(work.SCRIPT) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        terminal.wait_for("│ suggest │")
        terminal.press("shift+tab")
        terminal.wait_for("│ auto-edit │")
        work.ask(terminal, work.PROMPT)
        terminal.wait_for(work.CLOSING)
        assert work.read(world.repo) == work.edited(before, first=True, second=True)
        assert wire.refusals() == []


def test_vendors_are_switched_in_both_directions_within_a_session(world: World) -> None:
    turn = (work.LOOK, Answer("I have read it, says the first.", thinking="Well."))
    other = (work.LOOK, Answer("I have read it, says the second.", thinking="Well."))
    last = (Answer("And so we are back."),)
    with OPENAI.serve([*turn, *last]) as first, ANTHROPIC.serve(other) as second:
        terminal = world.open("-m", first.ref, env={**first.env, **second.env})
        work.ask(terminal, "What is in the errors?")
        terminal.wait_for("says the first.")
        switch_to(terminal, second)
        work.ask(terminal, "And what do you say?")
        terminal.wait_for("says the second.")
        switch_to(terminal, first)
        work.ask(terminal, "And you?")
        terminal.wait_for("And so we are back.")

        assert first.refusals() + second.refusals() == []
        assert (len(first.requests), len(second.requests)) == (3, 2)
        whole = dumped(first.requests[-1])
        assert "says the first." in whole
        assert "says the second." in whole
        assert len(first.tool_results()) == 2
        assert "sealed-" in whole, "its own reasoning goes back to the vendor"
        assert work.quit_by_command(terminal) == 0


def switch_to(terminal: Terminal, wire: Wire) -> None:
    """Choose the wire's model in the picker, by keys."""
    model = wire.ref.partition("/")[2]
    terminal.wait_for(READY)
    terminal.press("ctrl+l")
    terminal.wait_for("type to filter")
    terminal.type(model)
    terminal.wait_for(re.compile(rf"› .*{re.escape(model)}"))
    terminal.press("enter")
    terminal.wait_for(re.compile(rf"{re.escape(wire.ref)} ▾"))


def test_keys_in_one_burst_keep_their_order(world: World) -> None:
    with OPENAI.serve([Answer("Hello yourself.")]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        terminal.wait_for(READY)
        terminal.send("hello\rworld")
        terminal.wait_for("Hello yourself.")
        terminal.wait_for("❯ world")
        assert '"hello"' in dumped(wire.requests[0])


def test_ctrl_c_interrupts_first_and_quits_the_second_time(world: World) -> None:
    stalled = work.stalled(Answer("These words come. And these do not, because it is stuck."))
    with OPENAI.serve([stalled]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, "Hello")
        terminal.wait_for("These words")
        terminal.press("ctrl+c")
        terminal.wait_for("Interrupted")
        terminal.press("ctrl+c")
        assert terminal.exit_code() == 0
        assert_restored(terminal)
