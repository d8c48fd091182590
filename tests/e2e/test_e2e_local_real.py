"""The real local model in a real terminal: the main job from a cold start, and every way out.

The model draws its answers, so that only what it got right in all of many trials is asked of it.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tests.benchmarks.bench_local_model import SHAPES
from tests.e2e import work
from tests.e2e.ways_out import END_S, WAYS_OUT, is_gone
from tests.e2e.world import READY
from tests.support.small_weights import NEEDS_SMALL_MODEL, SMALL, link_small_weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.terminal import Terminal
    from tests.e2e.world import World

MODEL = f"local/{SMALL.name}"
SERVER = "providers/local/child.py"
ANSWER_S = 120.0
"""Loading, reading and writing on a machine that does other things, too."""

pytestmark = [pytest.mark.e2e, *NEEDS_SMALL_MODEL]


@pytest.fixture
def with_model(world: World, small_weights_folder: Path) -> World:
    """A world that has the model, and one file of code."""
    (world.repo / "shapes.py").write_text(SHAPES, encoding="utf-8")
    link_small_weights(small_weights_folder, world.home / "codex-tui" / "cache" / "weights")
    return world


@pytest.fixture
def terminal(with_model: World) -> Terminal:
    return with_model.open("-m", MODEL, env={})


def server_of(program: subprocess.Popen[Any]) -> psutil.Process:
    children = psutil.Process(program.pid).children()
    return next(each for each in children if any(SERVER in word for word in each.cmdline()))


def test_a_file_is_made_one_of_two_hunks_is_taken_and_a_question_is_answered(
    world: World, terminal: Terminal
) -> None:
    work.ask(terminal, "Create hello.py that prints hello")
    terminal.wait_for("hunk 1/1", ANSWER_S)
    assert not (world.repo / "hello.py").exists()
    work.press_in_review(terminal, "y", re.compile("Enter applies 1 of 1 hunk"))
    terminal.press("enter")
    terminal.wait_for((READY, "new file"))
    said = subprocess.check_output([sys.executable, "hello.py"], cwd=world.repo, text=True)
    assert said.lower().startswith("hello")

    work.ask(terminal, "Rename compute to area in @shapes.py")
    terminal.wait_for("hunk 1/2", ANSWER_S)
    work.press_in_review(terminal, "y", re.compile("✓ accepted"))
    work.press_in_review(terminal, "n", re.compile("Enter applies 1 of 2 hunks"))
    terminal.press("enter")
    terminal.wait_for((READY, "applied 1 of 2 hunks"))
    renamed = SHAPES.replace("def compute(", "def area(")
    assert (world.repo / "shapes.py").read_text(encoding="utf-8") == renamed

    before = world.contents()
    work.ask(terminal, "What does is_square do?")
    answer = re.compile(r"is_square do\?.*(width|square|equal)", re.DOTALL)
    terminal.wait_for((READY, answer), ANSWER_S)
    assert world.contents() == before

    server = server_of(terminal.process)
    assert work.quit_by_command(terminal) == 0
    assert is_gone(server)


@pytest.mark.parametrize("leave", WAYS_OUT.values(), ids=WAYS_OUT)
def test_the_real_server_is_gone_after_every_way_out_of_an_answer(
    terminal: Terminal, leave: Callable[[Terminal], None]
) -> None:
    work.ask(terminal, "Explain in many words how a compiler works, step by step")
    terminal.wait_for(re.compile(r"^   [A-Z1]\w* ", re.MULTILINE), ANSWER_S)
    server = server_of(terminal.process)
    leave(terminal)
    assert is_gone(server)
    terminal.process.wait(END_S)


@pytest.mark.parametrize(
    ("sent", "code"),
    [(None, 0), (signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)],
    ids=["at its end", "SIGINT", "SIGTERM", "killed"],
)
def test_the_real_server_is_gone_after_every_way_out_of_exec(
    with_model: World, sent: signal.Signals | None, code: int
) -> None:
    program = with_model.start("exec", "--json", "-m", MODEL, "What does is_square do?", env={})
    assert program.stdout is not None
    for line in program.stdout:
        if json.loads(line)["type"] == "text_delta":
            break
    server = server_of(program)
    if sent is not None:
        program.send_signal(sent)
    program.stdout.read()
    assert program.wait(ANSWER_S) == code
    assert is_gone(server)
