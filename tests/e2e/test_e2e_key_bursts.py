"""Keys that arrive all at once mean what they would mean one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.e2e import work
from tests.e2e.wires import ANTHROPIC, OPENAI, Answer, dumped
from tests.e2e.world import READY

if TYPE_CHECKING:
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e


def test_a_reason_typed_right_behind_its_key_reaches_the_model_whole(world: World) -> None:
    before = work.read(world.repo)
    with OPENAI.serve(work.SCRIPT) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, work.PROMPT)
        terminal.wait_for("hunk 1/2")
        work.press_in_review(terminal, "w", re.compile("Why am I asked"))
        terminal.send("rkeep it\ry\r")
        terminal.wait_for(work.CLOSING)
        assert "REFUSED, because: keep it" in wire.tool_results()[-1]
        assert work.read(world.repo) == work.edited(before, first=False, second=True)


def test_words_typed_right_behind_escape_decide_nothing(world: World) -> None:
    before = work.read(world.repo)
    with ANTHROPIC.serve(work.SCRIPT) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, work.PROMPT)
        terminal.wait_for("hunk 1/2")
        work.press_in_review(terminal, "w", re.compile("Why am I asked"))
        terminal.send("\x1b[27u" + "yes Any ax")  # Esc as terminals with the newer keyboard send it
        terminal.wait_for("❯ yes Any ax")
        assert "accepted" not in terminal.screen_text()
        assert work.read(world.repo) == before


def test_the_palette_loses_no_key_on_the_way_in_or_out(world: World) -> None:
    with OPENAI.serve([Answer("Hello yourself.")]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        terminal.wait_for(READY)
        terminal.send("he\x10mode: auto\rllo\r")
        terminal.wait_for(("Hello yourself.", "│ auto-edit │"))
        assert '"hello"' in dumped(wire.requests[0])


def test_words_typed_before_the_first_picture_are_in_the_composer(world: World) -> None:
    with OPENAI.serve([Answer("Hello yourself.")]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        terminal.send("hello")
        terminal.wait_for("❯ hello")
        terminal.send("\r")
        terminal.wait_for("Hello yourself.")


def test_model_list_and_help_read_what_is_typed_behind_their_key_and_nothing_more(
    world: World,
) -> None:
    with OPENAI.serve([Answer("Hello yourself.")]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        terminal.wait_for(READY)
        escape = "\x1b[27u"
        terminal.send(f"he\x0cgpt\r{escape}{escape}ll\x1bOPxyz{escape}o\r")
        terminal.wait_for("Hello yourself.")
        assert '"hello"' in dumped(wire.requests[0])


def test_what_is_typed_behind_a_command_goes_to_the_pane_that_it_opens(world: World) -> None:
    with OPENAI.serve([Answer("Hello yourself.")]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        terminal.wait_for(READY)
        escape = "\x1b[27u"
        terminal.send("/resume\rabc\r")
        terminal.wait_for("No session matches “abc”.")
        terminal.send(f"{escape}/model\rzzz\r")
        terminal.wait_for("zzz")
        terminal.send(escape)
        terminal.wait_for(lambda: "zzz" not in terminal.screen_text())
        terminal.send("\x10models\ryyy\r")
        terminal.wait_for("yyy")
        terminal.send(f"{escape}/help\rxyz{escape}hello\r")
        terminal.wait_for("Hello yourself.")
        assert len(wire.requests) == 1
        assert '"hello"' in dumped(wire.requests[0])


def test_what_is_typed_behind_a_command_that_opens_nothing_stays_in_order(world: World) -> None:
    with OPENAI.serve([Answer("Hello yourself.")]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        terminal.wait_for(READY)
        terminal.send("/approvals auto-edit\rhello\rmore")
        terminal.wait_for(("Hello yourself.", "│ auto-edit │", "❯ more"))
        assert '"hello"' in dumped(wire.requests[0])
