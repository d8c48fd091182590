"""What the local models can do: `python -m tests.benchmarks.bench_local_model [TRIALS]`.

Gives each model whose weights are installed the same three jobs, each in a fresh folder, through
`codex-tui exec --mode auto-edit`: the real program with the real runtime, nothing sampled away. A
trial counts when the file, executed, does what was asked for. Prints how many did, the time from a
ready server to the first token, the speed of writing, and the memory of the server. The first
trial of a model is the cold start, with the making of its file.

Without a model it says so and measures nothing.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from codex_tui.providers.local.host import find_runtime
from codex_tui.providers.local.models import MODELS
from codex_tui.providers.local.weights import WeightsStore

TRIALS = 10
CHECK_LIMIT_S = 20

COMMAND = Path(sys.executable).with_name("codex-tui")

SHAPES = """\
def compute(width, height):
    return width * height


def perimeter(width, height):
    return 2 * (width + height)


def is_square(width, height):
    return width == height


def scaled(width, height, factor):
    return width * factor, height * factor


def report(width, height):
    total = compute(width, height)
    return f"{width} x {height} = {total}"
"""
STATS = """\
def mean(numbers):
    return sum(numbers) / len(numbers)
"""


@dataclass(frozen=True)
class Job:
    """One job: the file there is, what is asked for, and the program that judges the result."""

    name: str
    prompt: str
    check: str
    file: str = ""
    text: str = ""


JOBS = (
    Job(
        name="create",
        prompt="Create hello.py that prints hello",
        check="import subprocess, sys\n"
        "said = subprocess.check_output([sys.executable, 'hello.py'], text=True)\n"
        "assert said.lower().startswith('hello')",
    ),
    Job(
        name="rename",
        prompt="Rename compute to area in @shapes.py",
        check="import shapes\n"
        "assert shapes.area(2, 3) == 6 and not hasattr(shapes, 'compute')\n"
        "assert shapes.report(2, 3) == '2 x 3 = 6' and shapes.perimeter(2, 3) == 10",
        file="shapes.py",
        text=SHAPES,
    ),
    Job(
        name="fix",
        prompt="mean([]) crashes. Fix it in @stats.py so that it returns 0",
        check="import stats\nassert stats.mean([]) == 0 and stats.mean([1, 2, 6]) == 3",
        file="stats.py",
        text=STATS,
    ),
)


@dataclass
class Trial:
    """What one run of the program showed; times are seconds by the clock, 0 for what never came."""

    right: bool = False
    changed: bool = False
    first_token_s: float = 0.0
    tokens_per_s: float = 0.0
    whole_s: float = 0.0
    memory_bytes: int = 0


def peak_bytes(program: int) -> int:
    """Return the most memory that the program's child has occupied."""
    children = psutil.Process(program).children()
    return max((each.memory_info().rss for each in children), default=0)


def attempt(model: str, job: Job, folder: Path, env: Mapping[str, str]) -> Trial:
    """Do a job once in a new folder."""
    if job.file:
        (folder / job.file).write_text(job.text, encoding="utf-8")
    words = ("exec", "--json", "--mode", "auto-edit", "-m", f"local/{model}", job.prompt)
    trial = Trial()
    start = time.monotonic()
    ready = first = 0.0
    with subprocess.Popen(
        [str(COMMAND), *words], cwd=folder, env=env, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        for line in program.stdout:
            event, now = json.loads(line), time.monotonic()
            if event["type"] == "model_waiting":
                ready = 0.0 if event["text"] else now
            elif ready and not first:
                first, trial.first_token_s = now, now - ready
            if event["type"] == "step_finished":
                trial.memory_bytes = peak_bytes(program.pid)
                trial.tokens_per_s = event["usage"]["output_tokens"] / (now - first)
    trial.whole_s = time.monotonic() - start
    trial.changed = files_of(folder) != ({job.file: job.text} if job.file else {})
    trial.right = trial.changed and judged(job, folder, env)
    return trial


def files_of(folder: Path) -> dict[str, str]:
    """Return the files in a folder with their text."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def judged(job: Job, folder: Path, env: Mapping[str, str]) -> bool:
    """Say whether the job was done, by executing what there is."""
    done = subprocess.run(
        [sys.executable, "-c", job.check],
        cwd=folder,
        env=env,
        capture_output=True,
        timeout=CHECK_LIMIT_S,
        check=False,
    )
    return done.returncode == 0


def measure(model: str, trials: int, env: Mapping[str, str]) -> None:
    """Print what a model did in so many trials of each job."""
    done: list[Trial] = []
    for job in JOBS:
        of_job: list[Trial] = []
        for _ in range(trials):
            with tempfile.TemporaryDirectory() as name:
                of_job.append(attempt(model, job, Path(name), env))
        right, changed = (sum(getattr(each, of) for each in of_job) for of in ("right", "changed"))
        seconds = statistics.median(each.whole_s for each in of_job)
        print(
            f"{model}  {job.name:6} {right} of {trials} right, {changed} changed a file, "
            f"{seconds:.1f} s from start to end",
            flush=True,
        )
        done += of_job
    first = statistics.median(each.first_token_s for each in done)
    speed = statistics.median(each.tokens_per_s for each in done)
    memory = max(each.memory_bytes for each in done) / 1e6
    print(
        f"{model}  first token {first:.1f} s, {speed:.0f} tokens/s, server {memory:.0f} MB, "
        f"cold start to end {done[0].whole_s:.1f} s"
    )


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else TRIALS
    with tempfile.TemporaryDirectory() as home:
        names = WeightsStore(Path(home)).names() if find_runtime() is not None else ()
        if not names:
            extra = MODELS[-1].extra
            print(f"NOT MEASURED: no local model is installed; pip install -e '.[{extra}]'")
        env = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "LANG": "C.UTF-8",
            "CODEX_TUI_HOME": f"{home}/codex-tui",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        for name in names:
            measure(name, trials, env)


if __name__ == "__main__":
    main()
