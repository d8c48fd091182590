"""What streaming costs: `python -m tests.benchmarks.bench_streaming`.

Streams 80 KB of markdown in deltas of 20 characters into a chat pane of 120 × 40, as fast as the
loop takes them, and types meanwhile. Prints CPU seconds, the longest time the loop did not answer,
how long a key took, and the same with 1,000 blocks of history above, as a ratio.
"""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass
from time import monotonic, process_time

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input

from codex_tui.ui.panes.chat import ChatPane
from codex_tui.ui.theme import DARK

TOTAL_CHARS = 80_000
DELTA_CHARS = 20
DELTAS_A_TURN = 50
"""Deltas handed over before the loop turns, as the bridge does when events have piled up."""
HISTORY_BLOCKS = 1_000

SECTION = '''\
## Section {number}

The function reads the file, **splits** it at `LF` and keeps the line ends, so that joining the
lines gives the text again. See [the page](https://example.com/{number}) for more.

- the first thing, with a few words to wrap when the window is narrow
- the second thing
- the third thing and `code`

```python
def part_{number}(text: str, *, limit: int = 80) -> list[str]:
    """Split."""
    lines = text.splitlines(keepends=True)
    return [line for line in lines if len(line) < limit]  # short ones
```

'''


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Seconds, all of them."""

    cpu_s: float
    wall_s: float
    max_lag_s: float
    median_lag_s: float
    max_key_s: float
    median_key_s: float


class BenchApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = "codex-dark"

    def compose(self) -> ComposeResult:
        yield ChatPane()
        yield Input()


def markdown() -> str:
    sections = (SECTION.format(number=number) for number in range(TOTAL_CHARS))
    text = ""
    while len(text) < TOTAL_CHARS:
        text += next(sections)
    return text[:TOTAL_CHARS]


async def watch_loop(lags: list[float]) -> None:
    while True:
        before = monotonic()
        await asyncio.sleep(0.001)
        lags.append(monotonic() - before - 0.001)


async def type_keys(app: BenchApp, times: list[float]) -> None:
    field = app.query_one(Input)
    while True:
        await asyncio.sleep(0.05)
        wanted = len(field.value) + 1
        before = monotonic()
        app.post_message(events.Key("a", "a"))
        while len(field.value) < wanted:  # noqa: ASYNC110 - the input has no event to wait for
            await asyncio.sleep(0)
        times.append(monotonic() - before)


async def stream(history: int) -> Figures:
    app = BenchApp()
    text = markdown()
    async with app.run_test(size=(120, 40)) as pilot:
        chat = app.query_one(ChatPane)
        for number in range(history):
            chat.add_user(f"message {number} " + "with some words " * (number % 30))
        await pilot.pause()
        app.query_one(Input).focus()
        await pilot.pause()
        gc.collect()
        gc.freeze()
        lags: list[float] = []
        keys: list[float] = []
        async with asyncio.TaskGroup() as group:
            watchers = [
                group.create_task(watch_loop(lags)),
                group.create_task(type_keys(app, keys)),
            ]
            cpu, wall = process_time(), monotonic()
            chat.begin_step()
            for number, start in enumerate(range(0, len(text), DELTA_CHARS)):
                chat.append_text(0, text[start : start + DELTA_CHARS])
                if number % DELTAS_A_TURN == 0:
                    await asyncio.sleep(0.01)
            chat.finish_step()
            chat.finish_turn("done", "", "")
            await pilot.pause()
            cpu, wall = process_time() - cpu, monotonic() - wall
            for watcher in watchers:
                watcher.cancel()
        gc.unfreeze()
    return Figures(
        cpu_s=cpu,
        wall_s=wall,
        max_lag_s=max(lags),
        median_lag_s=sorted(lags)[len(lags) // 2],
        max_key_s=max(keys),
        median_key_s=sorted(keys)[len(keys) // 2],
    )


def show(label: str, figures: Figures) -> None:
    print(
        f"{label:<24} CPU {figures.cpu_s:.2f} s of {figures.wall_s:.2f} s"
        f" · lag median {figures.median_lag_s * 1000:.1f} max {figures.max_lag_s * 1000:.0f} ms"
        f" · key median {figures.median_key_s * 1000:.1f} max {figures.max_key_s * 1000:.0f} ms"
    )


def main() -> None:
    asyncio.run(stream(0))  # warms imports and caches
    fresh = asyncio.run(stream(0))
    show("no history", fresh)
    long = asyncio.run(stream(HISTORY_BLOCKS))
    show(f"{HISTORY_BLOCKS:,} blocks above", long)
    print(f"ratio of CPU             {long.cpu_s / fresh.cpu_s:.2f}")


if __name__ == "__main__":
    main()
