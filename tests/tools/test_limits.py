from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codex_tui.tools.limits import count, cut_around, fit_lines


def test_lines_fit_by_bytes_with_their_ends() -> None:
    assert fit_lines(["ab", "ä", "c"], 6) == ["ab", "ä"]
    assert fit_lines(["ab", "ä", "c"], 5) == ["ab"]
    assert fit_lines([], 5) == []


@given(st.text(max_size=80), st.integers(0, 80), st.integers(1, 30))
def test_a_cut_line_keeps_the_position(text: str, position: int, max_chars: int) -> None:
    cut = cut_around(text, position, max_chars)
    assert cut.removeprefix("…").removesuffix("…") in text or "…" in text
    assert len(cut) <= max(max_chars + 2, len(text) if len(text) <= max_chars else 0)
    if position < len(text):
        assert text[position] in cut


def test_counts_are_written_with_their_noun() -> None:
    assert [count(number, "file") for number in (0, 1, 2_341)] == [
        "0 files",
        "1 file",
        "2,341 files",
    ]
    assert count(2, "match", "matches") == "2 matches"
