"""What a start costs: `python -m tests.benchmarks.bench_start_up [STARTS]`.

Starts `codex-tui` in a pseudo-terminal of 120 × 40 until its composer is painted, and on until a
key that is pressed then comes back, in turns with a Textual application of one line of text. Prints
the medians and their ratio to that application's first paint: seconds by the clock, in which other
load on the machine shows up, and CPU seconds, in which it hardly does.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.e2e.terminal import Terminal

STARTS = 10
COLUMNS, ROWS = 120, 40

COMMAND = Path(sys.executable).with_name("codex-tui")
MINIMAL_APP = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("firstpaint")
Minimal().run()
"""

_ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?<>=]*\$?[A-Za-z]|\][^\x07]*\x07)")


class Cost(NamedTuple):
    """Seconds since the start."""

    wall_s: float
    cpu_s: float


def seen(terminal: Terminal, words: str, since: int) -> bool:
    """Say whether words were painted in the output from byte `since` on."""
    return words.encode() in _ESCAPES.sub(b"", bytes(terminal.raw[since:]))


def cpu_s(terminal: Terminal) -> float:
    """CPU seconds of the program and its children so far."""
    root = psutil.Process(terminal.process.pid)
    times = [each.cpu_times() for each in (root, *root.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def open_terminal(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> Terminal:
    """Start a command; nothing is drawn on this side."""
    return Terminal(command, cwd=folder, env=env, columns=COLUMNS, rows=ROWS, grid=False)


def costs(
    command: Sequence[str], words: str, folder: Path, env: Mapping[str, str], *, key: str = ""
) -> list[Cost]:
    """Start a command and wait until it has painted some words, and then a key."""
    before = time.monotonic()
    found: list[Cost] = []
    with open_terminal(command, folder, env) as terminal:
        terminal.wait_for(lambda: seen(terminal, words, 0))
        found.append(Cost(time.monotonic() - before, cpu_s(terminal)))
        if key:
            painted = len(terminal.raw)
            terminal.send(key)
            terminal.wait_for(lambda: seen(terminal, key, painted))
            found.append(Cost(time.monotonic() - before, cpu_s(terminal)))
    return found


def start_up(folder: Path, env: Mapping[str, str], *, starts: int) -> None:
    """Print the costs of first paint and first key, measured in turns."""
    minimal: list[Cost] = []
    whole: list[list[Cost]] = []
    for _ in range(starts + 1):
        minimal += costs([sys.executable, "-c", MINIMAL_APP], "firstpaint", folder, env)
        whole.append(costs([str(COMMAND)], "Ask for a change", folder, env, key="q"))
    # The first of each warms the disk cache.
    painted, keyed = zip(*whole[1:], strict=True)
    for what, ours in (("start-up", painted), ("first key", keyed)):
        _print_ratios(what, minimal[1:], ours)


def _print_ratios(what: str, minimal: Sequence[Cost], ours: Sequence[Cost]) -> None:
    for label, few, many in zip(
        ("wall", "CPU"), zip(*minimal, strict=True), zip(*ours, strict=True), strict=True
    ):
        least, most = statistics.median(few), statistics.median(many)
        print(
            f"{what:10} {label:4} {most:.2f} s, minimal app {least:.2f} s, "
            f"ratio {most / least:.2f}, best {min(many):.2f} s and {min(few):.2f} s"
        )


def main() -> None:
    starts = int(sys.argv[1]) if len(sys.argv) > 1 else STARTS
    with tempfile.TemporaryDirectory() as name:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "CODEX_TUI_HOME": f"{name}/home",
            "CODEX_TUI_MODEL": "openai/gpt-6.1-sol",
            "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
            "OPENAI_API_KEY": "not-a-key",
        }
        start_up(Path(name), env, starts=starts)


if __name__ == "__main__":
    main()
