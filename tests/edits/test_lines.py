from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.edits.lines import first_line_end, line_end, split_lines, visible


@given(text=st.text("a\r\n\x0b\x0c\x1c\x85\u2028\u2029", max_size=30))
def test_lines_split_at_lf_only_and_join_to_the_text(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == text
    assert all(line.count("\n") == line.endswith("\n") for line in lines)
    assert len(lines) == text.count("\n") + (not text.endswith("\n") and text != "")


@pytest.mark.parametrize(
    ("line", "end"), [("a\r\n", "\r\n"), ("a\n", "\n"), ("a\r", ""), ("", ""), ("\n", "\n")]
)
def test_line_ends(line: str, end: str) -> None:
    assert line_end(line) == end


@pytest.mark.parametrize(
    ("text", "end"), [("a\r\nb\n", "\r\n"), ("a\nb\r\n", "\n"), ("\n", "\n"), ("a", "\n")]
)
def test_the_first_line_decides_the_end_of_new_lines(text: str, end: str) -> None:
    assert first_line_end(text) == end


def test_look_alikes_are_told_apart() -> None:
    assert visible("\ta b \t\n") == "→a b·→"
    assert visible("a\r\n") == "a␍"
    assert visible("a\xa0b\x1b\u200b\n") == "a\\u00a0b\\u001b\\u200b"


def test_long_lines_are_cut() -> None:
    assert visible("x" * 100, max_chars=10) == "x" * 9 + "…"
