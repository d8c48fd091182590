"""The local model from a cold start, and that its server is gone whatever way the program goes."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.e2e import work
from tests.e2e.ways_out import END_S, WAYS_OUT, is_gone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.e2e.terminal import Terminal
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

RUNTIME = Path(__file__).parents[1] / "providers" / "local" / "runtime"
MODEL = "local/own-model"


def prepare(world: World, words: str = "") -> Mapping[str, str]:
    """Configure a model file that tells the runtime what to do; returns what the program needs."""
    file = world.home / "own-model.gguf"
    file.write_bytes(b"GGUF" + words.encode())
    world.configure(f'[providers.local]\nmodel_file = "{file}"\n')
    return {"PYTHONPATH": str(RUNTIME)}


def server_of(world: World) -> psutil.Process:
    return psutil.Process(int((world.home / "own-model.gguf.pid").read_text()))


@pytest.mark.parametrize("leave", WAYS_OUT.values(), ids=WAYS_OUT)
def test_no_server_is_left_in_the_middle_of_an_answer(
    world: World, leave: Callable[[Terminal], None]
) -> None:
    terminal = world.open("-m", MODEL, env=prepare(world, "talks on"))
    work.ask(terminal, "Hello")
    terminal.wait_for("and on and on")
    server = server_of(world)
    leave(terminal)
    assert is_gone(server)
    terminal.process.wait(END_S)


def test_no_server_is_left_when_the_program_is_killed_while_it_loads(world: World) -> None:
    terminal = world.open("-m", MODEL, env=prepare(world, "hangs"))
    work.ask(terminal, "Hello")
    terminal.wait_for(("starting own-model", (world.home / "own-model.gguf.pid").exists))
    server = server_of(world)
    terminal.signal(signal.SIGKILL)
    assert is_gone(server)


def test_a_start_is_shown_and_can_be_stopped(world: World) -> None:
    terminal = world.open("-m", MODEL, env=prepare(world, "hangs"))
    work.ask(terminal, "Hello")
    terminal.wait_for(("starting own-model", (world.home / "own-model.gguf.pid").exists))
    server = server_of(world)
    terminal.press("escape")
    terminal.wait_for("Interrupted")
    assert is_gone(server)


def test_exec_answers_and_leaves_nothing(world: World) -> None:
    done = world.run("exec", "-m", MODEL, "Hello", env=prepare(world))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Hello from this machine.\n"
    assert "starting own-model …" in done.stderr
    assert not psutil.pid_exists(int((world.home / "own-model.gguf.pid").read_text()))


@pytest.mark.parametrize("times", [1, 2])
def test_exec_interrupted_leaves_nothing(world: World, times: int) -> None:
    env = prepare(world, "hangs")
    process = world.start("exec", "-m", MODEL, "Hello", env=env)
    assert process.stderr is not None
    while "starting own-model" not in process.stderr.readline():
        assert process.poll() is None
    started = world.home / "own-model.gguf.pid"
    while not (started.exists() and started.read_text()):
        assert process.poll() is None
    server = server_of(world)
    for _ in range(times):
        process.send_signal(signal.SIGINT)
    assert process.wait(END_S) == 130
    assert is_gone(server)


def test_a_file_that_is_missing_is_told(world: World) -> None:
    world.configure('[providers.local]\nmodel_file = "/no/such/model.gguf"\n')
    done = world.run("exec", "-m", "local/model", "Hello", env={"PYTHONPATH": str(RUNTIME)})
    assert done.returncode == 1
    assert "/no/such/model.gguf cannot be read: No such file or directory" in done.stderr
    assert "model_file under [providers.local]" in done.stderr
