"""What is typed while the panes that open later are still being loaded."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from codex_tui.ui.app import FAULT
from tests.e2e.endings import assert_restored
from tests.e2e.held_modules import HeldModules
from tests.e2e.wires import OPENAI, Answer, dumped
from tests.e2e.world import READY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.terminal import Terminal
    from tests.e2e.wires import Wire
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

ESCAPE = "\x1b[27u"
CLICK = "\x1b[<0;3;5M\x1b[<0;3;5m"
PANES = ("approval", "providers.picker", "sessions.pane", "command_palette")
NAMES = [f"codex_tui.ui.panes.{pane}" for pane in PANES]
FIRST = NAMES[0]


@pytest.fixture
def wire() -> Iterator[Wire]:
    with OPENAI.serve([Answer("Hello yourself."), Answer("And again.")]) as wire:
        yield wire


def opened(world: World, wire: Wire, *prompt: str) -> tuple[HeldModules, Terminal]:
    """Start the program, painted, with a pane that opens later held back."""
    held = HeldModules(world.home, [FIRST])
    terminal = world.open("-m", wire.ref, *prompt, env={**wire.env, **held.env})
    terminal.wait_for(READY)
    return held, terminal


def test_no_pane_that_opens_later_is_loaded_before_the_first_picture(
    world: World, wire: Wire
) -> None:
    held = HeldModules(world.home, NAMES)
    terminal = world.open("-m", wire.ref, env={**wire.env, **held.env})
    terminal.wait_for(READY)
    terminal.send("hello")
    terminal.wait_for("❯ hello")


def test_keys_that_open_panes_wait_for_them_and_nothing_is_lost_or_overtaken(
    world: World, wire: Wire
) -> None:
    held, terminal = opened(world, wire)
    terminal.send("h")
    terminal.wait_for("❯ h")
    terminal.send(f"e\x0cgpt\r{ESCAPE}{ESCAPE}\x1bOPxyz{ESCAPE}\x10mode: auto\rl{CLICK}")
    terminal.resize(60, 20)
    terminal.paste("lo")
    terminal.send("\r/help\rxyz" + ESCAPE)
    held.release()
    terminal.wait_for(("Hello yourself.", "│ auto-edit │"))
    assert '"hello"' in dumped(wire.requests[0])


def test_the_prompt_of_the_command_line_goes_before_what_is_typed(world: World, wire: Wire) -> None:
    held, terminal = opened(world, wire, "the first")
    terminal.send("the second\r")
    held.release()
    terminal.wait_for(("Hello yourself.", "And again."))
    assert '"the second"' not in dumped(wire.requests[0])
    assert '"the second"' in dumped(wire.requests[1])


def test_words_typed_before_a_list_that_comes_first_are_its_filter(world: World) -> None:
    held = HeldModules(world.home, [FIRST])
    terminal = world.open(env=held.env)
    terminal.wait_for(READY)
    terminal.send("walkthrough\r")
    held.release()
    terminal.wait_for(("Demonstration: a script plays the model", "❯ Make the greeting"))


def test_two_presses_of_ctrl_c_end_the_program_as_soon_as_it_can_read_them(
    world: World, wire: Wire
) -> None:
    held, terminal = opened(world, wire)
    terminal.press("ctrl+c", "ctrl+c")
    held.release()
    assert terminal.exit_code() == 0
    assert_restored(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_program_while_keys_wait_and_the_words_are_kept(
    world: World, wire: Wire, number: signal.Signals
) -> None:
    held, terminal = opened(world, wire)
    terminal.send("keep")
    terminal.wait_for("❯ keep")
    terminal.send("\x0cgpt")
    terminal.signal(number)
    held.release()
    assert terminal.exit_code() == 130
    assert_restored(terminal)
    terminal = world.open("-m", wire.ref, env=wire.env)
    terminal.wait_for("❯ keep")


@pytest.mark.parametrize("typed", ["", "\x0cgpt", "\x10", "\x03\x03"])
def test_a_pane_that_cannot_be_loaded_ends_the_program_with_a_word_whatever_was_typed(
    world: World, wire: Wire, typed: str
) -> None:
    held, terminal = opened(world, wire)
    terminal.send("keep")
    terminal.wait_for("❯ keep")
    terminal.send(typed)
    held.release(broken=True)
    assert terminal.exit_code() == 1
    assert FAULT.splitlines()[0] in terminal.raw.decode()
    assert_restored(terminal)
    (log,) = world.home.rglob("*.log")
    assert f"{FIRST} cannot be loaded" in log.read_text(encoding="utf-8")
    terminal = world.open("-m", wire.ref, env=wire.env)
    terminal.wait_for("❯ keep")
