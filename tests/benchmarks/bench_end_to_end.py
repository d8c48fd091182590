"""What the real program costs in a real terminal: `python -m tests.benchmarks.bench_end_to_end`.

Starts `codex-tui` in a pseudo-terminal of 120 × 40 against a loopback server that streams 80 KB of
markdown in deltas of 20 characters, as fast as they are read, and again at a steady pace faster
than any model while somebody types. Prints

- start-up: what `bench_start_up` measures;
- stream: CPU and wall seconds from the request until the last words are on the screen. The CPU is
  that of the program and its children; server and terminal are not in it;
- keys: how long after a key is sent its character comes back, idle and while streaming (full speed:
  as many keys as the time allows);
- idle: CPU seconds in 5 seconds of nothing, and resident memory.

Other load on the machine shows up in all figures but CPU seconds.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.benchmarks.bench_start_up import COLUMNS, COMMAND, cpu_s, open_terminal, seen, start_up
from tests.benchmarks.bench_streaming import markdown
from tests.e2e.terminal import Terminal
from tests.servers.openai_wire import answer, serve_in_thread, shaped, text

DELTA_CHARS = 20
EVENTS_A_CHUNK = 32
PACE_CHARS_S = 20_000
STARTS = 5
IDLE_S = 5.0
KEY_EVERY_S = 0.05
IDLE_KEYS = 20
TARGET_CPU_S = 2.0
END = "endmarker"
LETTERS = "qzxjkvwy"
"""Typed over and over: no such run of letters comes in the answer."""


def rss_mb(terminal: Terminal) -> float:
    """Resident megabytes of the program and its children."""
    root = psutil.Process(terminal.process.pid)
    return sum(each.memory_info().rss / 1e6 for each in (root, *root.children(recursive=True)))


def type_keys(terminal: Terminal, count: int, until: str = "") -> list[float]:
    """Type until `count` keys came back or the words `until` are there; returns the seconds of
    each, and leaves the composer empty.
    """
    start = len(terminal.raw)
    times: list[float] = []
    for number in range(count):
        before, offset = time.monotonic(), len(terminal.raw)
        typed = (LETTERS * (count // len(LETTERS) + 1))[: number + 1]
        terminal.send(typed[-1])
        terminal.wait_for(lambda typed=typed, offset=offset: seen(terminal, typed, offset))
        times.append(time.monotonic() - before)
        if until and seen(terminal, until, start):
            break
        time.sleep(max(0.0, KEY_EVERY_S - times[-1]))
    terminal.press("ctrl+c")
    return times


def in_ms(times: Sequence[float]) -> str:
    """Describe times by median and 95th percentile."""
    p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    return f"p50 {statistics.median(times) * 1000:.0f} p95 {p95 * 1000:.0f} ms ({len(times)} keys)"


@contextmanager
def ready_program(folder: Path, env: Mapping[str, str]) -> Iterator[Terminal]:
    """Start the program, let its warm-up settle, and put a prompt into the composer."""
    with open_terminal([str(COMMAND)], folder, env) as terminal:
        terminal.wait_for(lambda: seen(terminal, "Ask for a change", 0))
        print(f"keys       idle {in_ms(type_keys(terminal, IDLE_KEYS))}")
        start = len(terminal.raw)
        terminal.paste("Stream.")
        terminal.wait_for(lambda: seen(terminal, "Stream.", start))
        yield terminal


def stream(terminal: Terminal, label: str, *, typing: bool) -> None:
    """Send the prompt and print what the answer costs, and how long keys took meanwhile."""
    cpu, wall, start = cpu_s(terminal), time.monotonic(), len(terminal.raw)
    terminal.press("enter")
    terminal.wait_for(lambda: seen(terminal, "Section", start))
    keys = type_keys(terminal, COLUMNS - 10, END) if typing else []
    terminal.wait_for(lambda: seen(terminal, END, start), timeout=60)
    cpu, wall = cpu_s(terminal) - cpu, time.monotonic() - wall
    written = (len(terminal.raw) - start) / 1000
    print(f"{label:<10} CPU {cpu:.2f} s, wall {wall:.2f} s, {written:.0f} kB to the terminal")
    if typing:
        print(f"keys       meanwhile {in_ms(keys)}")


def rest(terminal: Terminal) -> None:
    """Print what nothing costs."""
    before = cpu_s(terminal)
    time.sleep(IDLE_S)
    print(f"idle       CPU {cpu_s(terminal) - before:.3f} s in {IDLE_S:g} s")
    print(f"memory     {rss_mb(terminal):.0f} MB")


def joined(frames: list[bytes]) -> Iterator[bytes]:
    """Send many events at a time: the server is not what is measured."""
    for first in range(0, len(frames), EVENTS_A_CHUNK):
        yield b"".join(frames[first : first + EVENTS_A_CHUNK])


async def paced(frames: list[bytes]) -> AsyncIterator[bytes]:
    """Send the events at `PACE_CHARS_S`."""
    for chunk in joined(frames):
        yield chunk
        await asyncio.sleep(EVENTS_A_CHUNK * DELTA_CHARS / PACE_CHARS_S)


def main() -> None:
    words = markdown() + f"\n\n{END}\n"
    reply = answer(text(words, pieces=len(words) // DELTA_CHARS))
    fast, steady = shaped(reply, joined), shaped(reply, paced)
    with tempfile.TemporaryDirectory() as name, serve_in_thread([fast, fast, steady]) as wire:
        folder = Path(name)
        env = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "CODEX_TUI_HOME": f"{name}/home",
            "CODEX_TUI_MODEL": "openai/gpt-6.1-sol",
            "OPENAI_BASE_URL": wire.base_url,
            "OPENAI_API_KEY": wire.key,
        }
        start_up(folder, env, starts=STARTS)
        with ready_program(folder, env | {"CODEX_TUI_HOME": f"{name}/first"}) as terminal:
            stream(terminal, "full speed", typing=False)
            rest(terminal)
        with ready_program(folder, env | {"CODEX_TUI_HOME": f"{name}/second"}) as terminal:
            stream(terminal, "full speed", typing=True)
        with ready_program(folder, env | {"CODEX_TUI_HOME": f"{name}/third"}) as terminal:
            stream(terminal, f"{PACE_CHARS_S // 1000} kB/s", typing=True)
        print(f"target     CPU under {TARGET_CPU_S:g} s at full speed")


if __name__ == "__main__":
    main()
