"""Somebody without a key: the picker explains and takes one; the demonstration needs none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.e2e import work
from tests.e2e.endings import assert_restored
from tests.e2e.wires import KEY, OPENAI, Answer, dumped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.terminal import Terminal
    from tests.e2e.wires import Vendor
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e


def test_the_demonstration_is_chosen_in_the_picker_and_leaves_the_folder_alone(
    world: World,
) -> None:
    before = world.contents()
    scratch = world.home / "scratch"
    scratch.mkdir()
    terminal = world.open(env={"TMPDIR": str(scratch)})
    terminal.wait_for(
        (
            "Welcome. Choose the model to work with.",
            "no key",
            "Enter lets you paste one",
        )
    )
    terminal.send("walkthrough")  # the machine may have a model of its own, which comes first
    terminal.wait_for(re.compile("› demo/walkthrough"))
    terminal.press("enter")
    terminal.wait_for("Demonstration: a script plays the model")
    terminal.wait_for("❯ Make the greeting friendlier")
    terminal.press("enter")

    terminal.wait_for("hunk 1/2")
    (sample,) = scratch.glob("*/*/greeter.py")
    assert "def greet(name):" in sample.read_text(encoding="utf-8")
    work.press_in_review(terminal, "y", re.compile("✓ accepted"))
    terminal.press("n")
    terminal.wait_for("Enter applies 1 of 2 hunks")
    terminal.press("enter")
    terminal.wait_for("Choose one with Ctrl+L")
    text = sample.read_text(encoding="utf-8")
    assert "def greet(name: str) -> str:" in text
    assert '["world"]' not in text

    assert work.quit_by_command(terminal) == 0
    assert_restored(terminal)
    assert world.contents() == before
    assert list(scratch.iterdir()) == []


def test_the_demonstration_can_be_asked_for_directly(world: World) -> None:
    terminal = world.open("--demo", env={})
    terminal.wait_for("Demonstration: a script plays the model")
    assert "Welcome. Choose" not in terminal.screen_text()


def test_a_key_is_pasted_in_the_picker_and_the_model_answers(world: World, vendor: Vendor) -> None:
    with vendor.serve([Answer("Good morning.")]) as wire:
        terminal = world.open(env=without_keys(wire.env))
        ask_for_key(terminal, wire.ref)
        terminal.paste(f"{KEY}\n")
        terminal.wait_for(f"{len(KEY)} characters")
        terminal.press("enter")
        terminal.wait_for((f"{wire.ref} ▾", f"The key for {vendor.name} is kept"))
        work.ask(terminal, "Hello")
        terminal.wait_for("Good morning.")
        assert work.quit_by_command(terminal) == 0
        assert wire.refusals() == []
    assert KEY not in terminal.raw.decode(errors="replace")


def test_the_next_start_finds_the_key_that_was_pasted(world: World) -> None:
    with OPENAI.serve([Answer("Good morning.")]) as wire:
        env = without_keys(wire.env)
        terminal = world.open(env=env)
        ask_for_key(terminal, wire.ref)
        terminal.paste(KEY)
        terminal.press("enter")
        terminal.wait_for(f"{wire.ref} ▾")
        assert work.quit_by_command(terminal) == 0
        terminal = world.open(env=env)
        work.ask(terminal, "Hello")
        terminal.wait_for("Good morning.")


def test_a_wrong_key_is_refused_with_the_servers_words(world: World, vendor: Vendor) -> None:
    words = {"openai": "Incorrect API key provided", "anthropic": "invalid x-api-key"}
    with vendor.serve([Answer("Good morning.")]) as wire:
        terminal = world.open(env=without_keys(wire.env))
        ask_for_key(terminal, wire.ref)
        terminal.paste("not-the-right-one")
        terminal.wait_for("17 characters")
        terminal.press("enter")
        terminal.wait_for(words[vendor.name])
        assert "not-the-right-one" not in terminal.screen_text()
        terminal.paste(KEY)
        terminal.wait_for(f"{len(KEY)} characters")
        terminal.press("enter")
        terminal.wait_for(f"{wire.ref} ▾")


def test_a_key_and_a_prompt_in_one_burst_arrive_where_they_belong(world: World) -> None:
    with OPENAI.serve([Answer("Good morning.")]) as wire:
        terminal = world.open(env=without_keys(wire.env))
        terminal.wait_for("type to filter")
        model = wire.ref.partition("/")[2]
        terminal.send(f"{model}\r\x1b[200~{KEY}\n\x1b[201~\rHello there\rand then")
        terminal.wait_for(("Good morning.", "❯ and then"))
        assert '"Hello there"' in dumped(wire.requests[0])


def without_keys(env: Mapping[str, str]) -> dict[str, str]:
    """Return the wire's variables without the one that holds the key."""
    return {name: value for name, value in env.items() if not name.endswith("_KEY")}


def ask_for_key(terminal: Terminal, ref: str) -> None:
    """Open the form for the key of a model's provider from the first screen."""
    model = ref.partition("/")[2]
    terminal.wait_for("type to filter")
    terminal.press("escape")
    terminal.wait_for(lambda: "type to filter" not in terminal.screen_text())
    terminal.press("ctrl+l")
    terminal.wait_for("type to filter")
    terminal.type(model)
    terminal.wait_for(re.compile(rf"› .*{re.escape(model)}"))
    terminal.press("enter")
    terminal.wait_for(("Paste the key for", "Enter checks and keeps it"))
