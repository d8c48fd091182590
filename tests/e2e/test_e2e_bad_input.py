"""Wrong keys, tiny windows, signals, sudden death: nothing is lost, the terminal is given back."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.e2e import work
from tests.e2e.endings import assert_restored
from tests.e2e.wires import ANTHROPIC, OPENAI, Answer, dumped
from tests.e2e.world import READY

if TYPE_CHECKING:
    from tests.e2e.wires import Vendor
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

ENTERS_SCREEN = b"\x1b[?1049h"
DRAFT = "half a thought that is not sent yet"


def test_a_wrong_key_is_told_in_the_chat_and_the_prompt_comes_back_with_up(
    world: World, vendor: Vendor
) -> None:
    with vendor.serve([], key="the right one") as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, work.PROMPT)
        terminal.wait_for(
            (
                "refuses the key",
                "Check the key",
                f"{vendor.name.upper()}_API_KEY",
            )
        )
        terminal.wait_for(READY)
        terminal.press("up")
        terminal.wait_for(f"❯ {work.PROMPT[:40]}")


def test_a_tiny_window_says_so_and_growing_it_brings_everything_back(world: World) -> None:
    with OPENAI.serve([Answer("Words that were said before.")]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, "Hello")
        terminal.wait_for("Words that were said before.")
        terminal.wait_for(READY)
        terminal.paste(DRAFT)
        terminal.wait_for(DRAFT)

        terminal.resize(20, 5)
        terminal.wait_for(lambda: "larger" in terminal.screen_text())
        lines = [line for line in terminal.screen_text().split("\n") if line.strip()]
        assert " ".join(lines) == "codex-tui needs a larger window"
        terminal.resize(80, 24)
        shown = terminal.wait_for(
            (
                DRAFT,
                "Words that were said before.",
                wire.ref,
            )
        )
        assert "larger" not in shown


def test_a_tiny_window_from_the_start_can_be_left(world: World) -> None:
    with OPENAI.serve([]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env, columns=20, rows=5)
        terminal.wait_for("larger")
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_code() == 130
        assert_restored(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_restores_the_terminal_and_keeps_the_draft(
    world: World, number: signal.Signals
) -> None:
    stalled = work.stalled(Answer("These words come. And these do not, because it is stuck."))
    with ANTHROPIC.serve([stalled]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, "Hello")
        terminal.wait_for("These words")
        terminal.paste(DRAFT)
        terminal.wait_for(DRAFT)
        terminal.signal(number)
        assert terminal.exit_code() == 130
        assert_restored(terminal)
        assert b"Traceback" not in terminal.raw

        again = world.open("-m", wire.ref, env=wire.env)
        again.wait_for(f"❯ {DRAFT}")


def test_a_file_that_changed_during_the_review_is_left_as_it_is(world: World) -> None:
    mine = "# mine now\n"
    with ANTHROPIC.serve(work.SCRIPT) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, work.PROMPT)
        terminal.wait_for("hunk 1/2")
        (world.repo / work.PATH).write_text(mine, encoding="utf-8")
        work.press_in_review(terminal, "A", re.compile("Enter applies 2 of 2 hunks"))
        terminal.press("enter")
        terminal.wait_for(work.CLOSING)
        assert (world.repo / work.PATH).read_text(encoding="utf-8") == mine
        assert "changed" in wire.tool_results()[-1]
        assert wire.refusals() == []


def test_escape_during_a_review_stops_the_turn_and_writes_nothing(world: World) -> None:
    before = world.contents()
    with OPENAI.serve([*work.SCRIPT[:2], work.CLOSE]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, work.PROMPT)
        terminal.wait_for("hunk 1/2")
        work.press_in_review(terminal, "y", re.compile("✓ accepted"))
        terminal.press("escape")
        terminal.wait_for("Ctrl+N to review")
        terminal.press("escape")
        terminal.wait_for("Interrupted")
        terminal.wait_for(READY)
        assert world.contents() == before
        work.ask(terminal, "Go on without it.")
        terminal.wait_for(work.CLOSING)
        assert wire.refusals() == []
        assert len(wire.tool_results()) == 2


def test_a_closed_window_ends_the_program_and_keeps_the_draft(world: World) -> None:
    with OPENAI.serve([]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        terminal.wait_for(READY)
        terminal.paste(DRAFT)
        terminal.wait_for(DRAFT)
        terminal.hang_up()
        assert terminal.exit_code() == 130

        again = world.open("-m", wire.ref, env=wire.env)
        again.wait_for(f"❯ {DRAFT}")


def test_a_signal_to_go_on_that_follows_no_stop_starts_nothing_twice(world: World) -> None:
    with OPENAI.serve([]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        terminal.wait_for(READY)
        for draft in ("one", "two", "three"):
            terminal.signal(signal.SIGCONT)
            terminal.type(draft)
            terminal.wait_for(draft)
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_code() == 130
        assert terminal.raw.count(ENTERS_SCREEN) == 1
        assert_restored(terminal)


def test_a_stopped_program_goes_on_with_its_draft(world: World) -> None:
    with OPENAI.serve([]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        terminal.wait_for(READY)
        terminal.type("half")
        terminal.wait_for("half")
        terminal.signal(signal.SIGTSTP)
        program = psutil.Process(terminal.process.pid)
        terminal.wait_for(lambda: program.status() == psutil.STATUS_STOPPED)
        terminal.signal(signal.SIGCONT)
        terminal.wait_for(lambda: terminal.raw.count(ENTERS_SCREEN) == 2)
        terminal.wait_for("half")
        terminal.type(" and half")
        terminal.wait_for("half and half")
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_code() == 130
        assert_restored(terminal)


def test_a_killed_session_is_continued_where_it_was(world: World, vendor: Vendor) -> None:
    with work.killed_in_the_second_turn(world, vendor) as wire:
        again = world.open("--continue", env=wire.env)
        again.wait_for(
            (
                "The second question",
                "The first question",
                "The first answer.",
            )
        )
        work.ask(again, "The third question")
        again.wait_for(work.CLOSING)
        assert wire.refusals() == []
        assert "The second question" in dumped(wire.requests[-1])
        assert len(world.sessions()) == 1
