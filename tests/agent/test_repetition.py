"""Answers that go round in circles, and those that only look like it."""

from __future__ import annotations

import json

import pytest

from codex_tui.agent.one_shot.repetition import WINDOW_CHARS, Circles, goes_in_circles
from tests.benchmarks.bench_local_model import SHAPES

SENTENCE = "A compiler reads the source, and it writes the code that the machine runs. "


def fed(text: str, size: int) -> int | None:
    """Feed a text in pieces; return how many characters it took to notice, None if never."""
    circles = Circles()
    for at in range(0, len(text), size):
        if circles.feed(text[at : at + size]):
            return at + size
    return None


@pytest.mark.parametrize("size", [1, 7, 5_000])
@pytest.mark.parametrize("again", [", pi", "\\n", " ", "\n", "0", SENTENCE, SENTENCE * 3])
def test_what_is_said_over_and_over_is_noticed_soon(again, size):
    noticed = fed("import math" + again * 5_000, size)
    assert noticed is not None
    assert noticed <= max(WINDOW_CHARS + len(again) + 100, size)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"answer": {"write": "a.py", "content": SHAPES * 12}}),
        "".join(f"line {number}\n" for number in range(500)),
        "-" * 300 + "\n",
        "grid = [\n" + f"    [{'0, ' * 16}],\n" * 16 + "]\n",
        "x" * 100 + " " * 100 + "y" * 1_000,
    ],
)
def test_what_goes_on_or_comes_to_an_end_is_none(text):
    assert fed(text, 4) is None
    assert not goes_in_circles(text)
