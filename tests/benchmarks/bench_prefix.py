"""What a request repeats of the one before: `python -m tests.benchmarks.bench_prefix`.

A session of fifty steps (calls, reasoning, edits, notices, pictures, an interrupt, a reload) runs
through the real engine and adapters against the strict loopback server of each wire, which keeps
what it has read the way its vendor does. Prints

- repeated: the share of the bytes of the request before (cache marks aside) that a request begins
  with, the least of the session; 100 % as nothing is switched or compacted;
- read: what the server read from its cache, of what the request before held, the least of all
  steps; and of all that was sent in the session.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.providers.contract.wires import WIRES
from tests.support.working_day import work


async def run() -> None:
    print(f"{'wire':12} {'requests':>8} {'repeated':>9} {'read of before':>15} {'read of all':>12}")
    for wire in WIRES:
        with tempfile.TemporaryDirectory() as name:
            day = await work(wire, Path(name))
        print(
            f"{wire.name:12} {len(day.bodies):8} {min(day.repeated):9.2%} "
            f"{min(day.cached_of_before):15.2%} {day.cached_share:12.2%}"
        )


def main() -> None:
    asyncio.run(run())


if __name__ == "__main__":
    main()
