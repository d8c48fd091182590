"""How cost grows with size: each line compares an input with one eight times as long.

    python -m tests.benchmarks.bench_growth

A ratio near 8 is linear, one near 64 quadratic. Seconds are CPU seconds of this process, the best
of several runs. Sizes are beyond what a processor's cache and the allocator's small blocks hold,
where a megabyte costs a multiple of what it costs within them.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from codex_tui.config.secrets import redact
from codex_tui.edits.diff import file_change
from codex_tui.edits.match import replace
from codex_tui.edits.patch.search import LineSearch
from codex_tui.providers.sse import decode_events
from codex_tui.ui.review import Review
from codex_tui.ui.symbols import UNICODE
from codex_tui.ui.widgets.blocks import MarkdownBlock
from codex_tui.ui.widgets.diff_rows import DiffRows
from codex_tui.ui.widgets.markdown_stream import MarkdownSplitter
from codex_tui.ui.widgets.paste import clean_input
from codex_tui.ui.widgets.rows import Frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

FACTOR = 8
RUNS = 5


def diff(size: int) -> None:
    before = [f"value_{number}\n" for number in range(size)]
    after = [f"new_{number}\n" if number % 500 == 0 else line for number, line in enumerate(before)]
    file_change("a.py", "".join(before), "".join(after))


def edit(size: int) -> None:
    replace("x y\n" * size, "x", "z", path="a", replace_all=True)


def patch(size: int) -> None:
    LineSearch(["same"] * size).find([*["same"] * 500, "other"], 0)


def events(size: int) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"data: "
        for _ in range(size):
            yield b"x" * 1_000
        yield b"\n\n"

    async def read() -> None:
        async for _ in decode_events(pieces()):
            pass

    asyncio.run(read())


def fence(size: int) -> None:
    splitter = MarkdownSplitter()
    splitter.feed("```py\n")
    for number in range(size):
        splitter.feed(f"x = {number}\n")


def paragraph(size: int) -> None:
    """One line, laid out as it streams."""
    frame = Frame(width=100, symbols=UNICODE)
    splitter = MarkdownSplitter()
    for _ in range(size):
        splitter.feed("lorem ipsum dolor sit amet " * 40)
        if (tail := splitter.tail) is not None:
            MarkdownBlock(piece=tail).layout(frame)


def new_file_review(size: int) -> Callable[[], object]:
    """A review of a new file is opened and its first screen laid out."""
    text = "".join(f"    value_{number} = compute({number}, 'x')\n" for number in range(size))
    change = file_change("new.py", None, text)

    def open_review() -> None:
        rows = DiffRows(Review((change,)))
        rows.arrange(120, split=False)
        rows.settle(0, 40)

    return open_review


def secrets(size: int) -> None:
    redact("sk-" * size)


def paste(size: int) -> None:
    clean_input("def foo(x):\n\treturn 'é'\n" * size)


CASES: tuple[tuple[Callable[[int], Callable[[], object] | None], int], ...] = (
    (diff, 5_000),
    (edit, 20_000),
    (patch, 20_000),
    (events, 4_000),
    (fence, 1_000),
    (paragraph, 50),
    (new_file_review, 6_250),
    (secrets, 20_000),
    (paste, 5_000),
)
"""What is measured, and its small size. A case that returns a function has prepared what that one
needs.
"""


def seconds(case: Callable[[int], Callable[[], object] | None], size: int) -> float:
    prepared = case(size)
    work = prepared or partial(case, size)
    times: list[float] = []
    for _ in range(RUNS):
        before = time.process_time()
        work()
        times.append(time.process_time() - before)
    return min(times)


def main() -> None:
    for case, size in CASES:
        short, long = seconds(case, size), seconds(case, FACTOR * size)
        print(
            f"{case.__name__:16} {short:7.4f} s, {FACTOR} times as long {long:7.4f} s, "
            f"ratio {long / max(short, 1e-6):5.1f}"
        )


if __name__ == "__main__":
    main()
