"""The same work without a screen: `codex-tui exec`."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING, get_args

import pytest

from codex_tui.protocol.events import AgentEvent
from codex_tui.protocol.ids import SessionId
from codex_tui.sessions.store import SessionStore
from tests.e2e import work
from tests.e2e.wires import ANTHROPIC, OPENAI, Answer, dumped

if TYPE_CHECKING:
    from tests.e2e.wires import Vendor
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

EVENT_TYPES = {
    event.__dataclass_fields__["type"].default: set(event.__dataclass_fields__)
    for event in get_args(AgentEvent)
}


def events(output: str) -> list[dict[str, object]]:
    """Parse what `--json` wrote; every line is an event of the vocabulary with all its fields."""
    parsed = [json.loads(line) for line in output.splitlines()]
    for event in parsed:
        assert set(event) == EVENT_TYPES[event["type"]]
    return parsed


def test_auto_edit_writes_both_hunks_and_reports_every_event(world: World, vendor: Vendor) -> None:
    before = work.read(world.repo)
    with vendor.serve(work.SCRIPT) as wire:
        ran = world.run(
            *("exec", "--mode", "auto-edit", "--json", "-m", wire.ref, work.PROMPT), env=wire.env
        )
        assert ran.returncode == 0, ran.stderr
        assert work.read(world.repo) == work.edited(before, first=True, second=True)
        assert wire.refusals() == []
        assert "as proposed" in wire.tool_results()[-1]
    reported = events(ran.stdout)
    kinds = [event["type"] for event in reported]
    assert kinds[0] == "session_started"
    assert kinds[-1] == "turn_finished"
    assert kinds.count("step_finished") == 3
    assert {"model_selected", "user_spoke", "turn_started", "thinking_delta", "text_delta"} < set(
        kinds
    )
    (applied,) = [event for event in reported if event["type"] == "changes_applied"]
    (change,) = applied["changes"]
    assert (change["path"], change["hunks_applied"], change["hunks_proposed"]) == (work.PATH, 2, 2)
    assert reported[-1]["outcome"] == "done"
    assert reported[-1]["text"] == work.CLOSING
    assert "test-key" not in ran.stdout + ran.stderr


def test_suggest_without_anybody_to_ask_writes_nothing(world: World) -> None:
    before = world.contents()
    with ANTHROPIC.serve(work.SCRIPT) as wire:
        ran = world.run("exec", "-m", wire.ref, work.PROMPT, env=wire.env)
        assert wire.refusals() == []
        assert "hunk" not in wire.tool_results()[0]
    assert ran.returncode == 1
    assert world.contents() == before
    assert work.CLOSING in ran.stdout
    assert work.PATH in ran.stderr


def test_the_prompt_comes_from_standard_input(world: World) -> None:
    with OPENAI.serve([Answer("Hello.")]) as wire:
        ran = world.run("exec", "-m", wire.ref, "-", env=wire.env, stdin="Grüß Gott\nand more\n")
        assert "Grüß Gott\\nand more" in dumped(wire.requests[0])
    assert (ran.returncode, ran.stdout) == (0, "Hello.\n")


def test_an_interrupted_session_is_valid_and_goes_on(world: World, vendor: Vendor) -> None:
    stalled = work.stalled(Answer("The first words. " * 10, thinking="Let me think."))
    with vendor.serve([work.LOOK, stalled, work.CLOSE]) as wire:
        running = world.start("exec", "-m", wire.ref, "--json", work.PROMPT, env=wire.env)
        for line in running.stdout:
            if "The first words" in line:
                break
        running.send_signal(signal.SIGINT)
        output, complaints = running.communicate(timeout=10)
        assert running.returncode == 130, complaints
        assert "Traceback" not in complaints
        assert events(output)[-1]["outcome"] == "interrupted"

        (session,) = world.sessions()
        stored = SessionStore(session.parent).load(SessionId(session.stem))
        assert (stored.skipped, stored.torn) == (0, 0)

        ran = world.run("exec", "resume", "--last", "Go on.", env=wire.env)
        assert (ran.returncode, ran.stdout) == (0, work.CLOSING + "\n"), ran.stderr
        assert wire.refusals() == []
        assert work.PROMPT in dumped(wire.requests[-1])
        assert world.sessions() == [session]


def test_a_reader_that_leaves_early_ends_it_without_a_traceback(world: World) -> None:
    with OPENAI.serve(work.SCRIPT) as wire:
        running = world.start("exec", "--json", "-m", wire.ref, work.PROMPT, env=wire.env)
        first = running.stdout.readline()
        running.stdout.close()
        complaints = running.stderr.read()
        code = running.wait(10)
    assert json.loads(first)["type"] == "session_started"
    assert "Traceback" not in complaints
    assert "BrokenPipe" not in complaints
    assert code == 1


def test_a_resumed_session_goes_on_with_another_vendor(world: World) -> None:
    with (
        OPENAI.serve([work.LOOK, work.CLOSE, work.LOOK, work.CLOSE]) as first,
        ANTHROPIC.serve([work.LOOK, work.CLOSE]) as second,
    ):
        env = {**first.env, **second.env}
        assert world.run("exec", "-m", first.ref, "One.", env=env).returncode == 0
        for wire, words in ((second, "Two."), (first, "Three.")):
            ran = world.run("exec", "resume", "--last", "-m", wire.ref, words, env=env)
            assert ran.returncode == 0, ran.stderr
        assert first.refusals() + second.refusals() == []
        assert len(first.requests) == 4
        assert all(words in dumped(first.requests[-1]) for words in ("One.", "Two.", "Three."))


def test_nothing_is_read_when_the_prompt_is_empty(world: World) -> None:
    ran = world.run("exec", "-", env={}, stdin=" \n")
    assert ran.returncode == 2
    assert "prompt is empty" in ran.stderr
    assert world.sessions() == []


def test_the_help_of_each_command_stands_alone(world: World) -> None:
    for arguments in (["--help"], ["exec", "--help"], ["exec", "resume", "--help"]):
        ran: subprocess.CompletedProcess[str] = world.run(*arguments, env={})
        assert (ran.returncode, ran.stderr) == (0, "")
        assert "usage: codex-tui" in ran.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_turn_ends_it_with_a_word_and_leaves_nothing(
    world: World, number: signal.Signals
) -> None:
    running = world.start("exec", "-m", "demo/walkthrough", "-", env={})
    running.stdin.write("x" * 1_000_000)  # more than a pipe holds: the program is reading it
    running.stdin.flush()
    running.send_signal(number)
    running.stdin.close()
    assert running.wait(10) == 130
    assert running.stderr.read() == "codex-tui: Interrupted.\n"
    assert running.stdout.read() == ""
    assert world.sessions() == []
