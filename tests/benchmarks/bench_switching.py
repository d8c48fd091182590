"""Whether a model can be changed anywhere: `python -m tests.benchmarks.bench_switching`.

Switches between every pair of models, on all wires, at several addresses and with every dialect, at
every point of a session where that may happen, against strict servers. Prints how many requests
were made and how many refused.
"""

from __future__ import annotations

import asyncio

from tests.providers.switching.switch_matrix import run_matrix

if __name__ == "__main__":
    outcome = asyncio.run(run_matrix())
    print(outcome)
    for line in (*outcome.refusals, *outcome.changed, *outcome.dropped):
        print(f"  {line}")
