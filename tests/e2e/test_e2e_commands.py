"""Commands of a model: refused where nobody is there, approved by a key where somebody is."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.e2e import work
from tests.e2e.wires import ANTHROPIC, OPENAI, Answer
from tests.e2e.world import READY

if TYPE_CHECKING:
    from tests.e2e.wires import Vendor
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

COMMAND = "env | grep -c 'test-key'; echo words from the command; touch made; exit 3"
RUN = Answer("I will run it.", call=("shell", {"command": COMMAND, "description": "A trial"}))


@pytest.mark.parametrize("mode", ["suggest", "full-auto"])
def test_without_anybody_to_ask_nothing_runs_and_the_exit_code_says_so(
    world: World, vendor: Vendor, mode: str
) -> None:
    before = world.contents()
    with vendor.serve([RUN, work.CLOSE]) as wire:
        ran = world.run("exec", "--mode", mode, "-m", wire.ref, "Try it.", env=wire.env)
        assert wire.refusals() == []
        assert "nobody is there to approve it" in wire.tool_results()[-1]
    assert ran.returncode == 1
    assert world.contents() == before
    assert f"shell {COMMAND} — refused" in ran.stderr


def test_json_tells_of_the_question_and_its_refusal(world: World) -> None:
    with OPENAI.serve([RUN, work.CLOSE]) as wire:
        ran = world.run("exec", "--json", "-m", wire.ref, "Try it.", env=wire.env)
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    (asked,) = [event for event in told if event["type"] == "approval_requested"]
    assert asked["request"]["subject"]["command"] == COMMAND
    (finished,) = [event for event in told if event["type"] == "tool_call_finished"]
    assert finished["status"] == "denied"
    assert told[-1]["refused"] == 1


def test_an_approved_command_runs_is_seen_and_told_to_the_model(world: World) -> None:
    with ANTHROPIC.serve([RUN, work.CLOSE]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, "Try it.")
        terminal.wait_for(
            (
                "shell wants to run this",
                "touch made; exit 3",
                "The model says: A trial",
            )
        )
        assert not (world.repo / "made").exists()
        work.press_in_review(terminal, "y", re.compile(r"— exit 3"))
        terminal.wait_for(work.CLOSING)
        assert (world.repo / "made").exists()
        assert wire.tool_results()[-1] == "exit 3\n0\nwords from the command"
        assert wire.refusals() == []
        assert work.quit_by_command(terminal) == 0
    assert "test-key" not in world.sessions()[0].read_text(encoding="utf-8").replace(COMMAND, "")


def test_nothing_of_a_command_or_its_output_steers_the_terminal(world: World) -> None:
    evil = "\x1b]52;c;aGk=\x07\x9b2J"
    script = f"echo '{evil}'; printf '\\033]0;owned\\007\\302\\2332J\\n'; sleep 0.2; echo said"
    with OPENAI.serve([Answer(call=("shell", {"command": script})), work.CLOSE]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, "Try it.")
        terminal.wait_for(
            (
                "shell wants to run this",
                "echo '␛]52;c;aGk=␇\\x9b2J'",
            )
        )
        work.press_in_review(terminal, "y", re.compile(r"— exit 0"))
        terminal.wait_for(work.CLOSING)
        terminal.press("ctrl+o")
        terminal.wait_for(re.compile(r"exit 0\n.*x9b2J"))
    raw = bytes(terminal.raw)
    assert b"\x1b]52" not in raw
    assert b"\x1b]0;owned" not in raw
    assert "\x9b".encode() not in raw


def test_escape_ends_a_running_command_with_its_children(world: World) -> None:
    nap = f"sleep 7{os.getpid()}"
    script = f"setsid {nap} & echo it runs; {nap}"
    with OPENAI.serve([Answer(call=("shell", {"command": script})), work.CLOSE]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        work.ask(terminal, "Wait for it.")
        terminal.wait_for("shell wants to run this")
        work.press_in_review(terminal, "y", re.compile(r"it runs\n(.*\n)*.*working"))
        assert running(nap)
        terminal.press("escape")
        terminal.wait_for("Interrupted.")
        terminal.wait_for(READY)
        assert not running(nap)
        work.ask(terminal, "Go on.")
        terminal.wait_for(work.CLOSING)
        assert "interrupted, killed" in wire.tool_results()[-1]
        assert wire.refusals() == []


def running(nap: str) -> bool:
    return any(
        nap in " ".join(process.info["cmdline"] or ())
        for process in psutil.process_iter(["cmdline"])
    )
