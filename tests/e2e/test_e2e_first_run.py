"""Somebody without a key: the picker explains, and the demonstration does the whole job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.e2e import work
from tests.e2e.endings import assert_restored

if TYPE_CHECKING:
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
            "environment variable",
        )
    )
    terminal.wait_for(re.compile("› walkthrough"))
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


def test_a_row_without_a_key_says_where_the_key_goes(world: World) -> None:
    terminal = world.open(env={})
    terminal.wait_for("type to filter")
    terminal.paste("gpt-6.1-sol")
    terminal.wait_for(re.compile("› .*gpt-6.1-sol"))
    terminal.press("enter")
    terminal.wait_for("Cannot be used yet")
    assert "OPENAI_API_KEY" in terminal.screen_text()
