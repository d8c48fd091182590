"""Words that were not sent, over the worst ends of a program."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e import work
from tests.e2e.wires import OPENAI
from tests.e2e.world import READY

if TYPE_CHECKING:
    from tests.e2e.terminal import Terminal
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

DRAFT = "half a thought"


def drafts(world: World) -> list[str]:
    folder = world.home / "codex-tui" / "state" / "drafts"
    return [path.read_text(encoding="utf-8") for path in folder.glob("*.txt")]


def kill(terminal: Terminal) -> None:
    terminal.signal(signal.SIGKILL)
    assert terminal.exit_code() == -signal.SIGKILL


def test_a_killed_program_leaves_its_draft_and_what_was_sent_is_no_draft(world: World) -> None:
    with OPENAI.serve([work.CLOSE]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        terminal.wait_for(READY)
        terminal.paste(DRAFT)
        terminal.wait_for(lambda: drafts(world) == [DRAFT])
        kill(terminal)

        again = world.open("-m", wire.ref, env=wire.env)
        again.wait_for(f"❯ {DRAFT}")
        again.press("enter")
        again.wait_for(work.CLOSING)
        again.wait_for(lambda: drafts(world) == [])
        kill(again)

        last = world.open("-m", wire.ref, env=wire.env)
        last.wait_for(READY)
        assert DRAFT not in last.screen_text()


def test_a_megabyte_that_was_pasted_survives_a_kill(world: World) -> None:
    text = "some words of a long text\n" * 40_000
    with OPENAI.serve([]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        terminal.wait_for(READY)
        terminal.paste(text)
        terminal.wait_for(re.compile(r"❯ \[Pasted 40,000 lines\]"))
        terminal.wait_for(lambda: drafts(world) == [text])
        kill(terminal)

        again = world.open("-m", wire.ref, env=wire.env)
        again.wait_for(re.compile(r"❯ \[Pasted 40,000 lines\]"))


def test_a_draft_in_one_window_is_not_offered_in_another(world: World) -> None:
    with OPENAI.serve([]) as wire:
        one = world.open("-m", wire.ref, env=wire.env)
        one.wait_for(READY)
        one.paste(DRAFT)
        one.wait_for(lambda: drafts(world) == [DRAFT])
        other = world.open("-m", wire.ref, env=wire.env)
        other.wait_for(READY)
        assert DRAFT not in other.screen_text()
        other.paste("something else")
        other.wait_for(lambda: sorted(drafts(world)) == [DRAFT, "something else"])
