from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.edits.patch.search import LineSearch

line_lists = st.lists(st.sampled_from(["", "a", " a", "a ", "b"]), max_size=12)


@pytest.mark.parametrize(
    ("line", "quoted"),
    [
        ("a b", "a b"),
        ("a b \t", "a b"),
        ("  a b", "a b"),
        ("\ta b ", "    a b"),
        ("\ufeffa b", "a b"),
        ("a\u2014b \u2212 c", "a-b - c"),
        ("\u201csaid\u201d \u2018so\u2019", "\"said\" 'so'"),
        ("a\u00a0b\u2009c\u3000d", "a b c d"),
        ("a-b", "a\u2013b"),
        ("   ", ""),
    ],
)
def test_a_line_is_found_as_it_is_quoted(line: str, quoted: str) -> None:
    assert LineSearch(["x", line, "y"]).find([quoted], 0) == 1


@pytest.mark.parametrize(("line", "quoted"), [("a  b", "a b"), ("A", "a"), ("ab", "a"), ("a", "")])
def test_nothing_looser_is_found(line: str, quoted: str) -> None:
    assert LineSearch([line]).find([quoted], 0) is None


def test_a_stricter_fit_further_down_wins() -> None:
    lines = ["\u2018a\u2019", "  'a'", "'a' ", "'a'"]
    for count, place in ((4, 3), (3, 2), (2, 1), (1, 0)):
        assert LineSearch(lines[:count]).find(["'a'"], 0) == place


def test_the_first_of_several_places_at_or_after_the_start_counts() -> None:
    search = LineSearch(["a", "b", "a", "b"])
    assert [search.find(["a", "b"], start) for start in range(5)] == [0, 2, 2, None, None]


def test_all_lines_fit_by_the_same_pass() -> None:
    assert LineSearch(["a ", "  b", "a", "b"]).find(["a", "b"], 0) == 2
    assert LineSearch(["a ", "  b"]).find(["a", "b"], 0) == 0


def test_more_lines_than_there_are_fit_nowhere() -> None:
    assert LineSearch(["a"]).find(["a", "a"], 0) is None
    assert LineSearch([]).find([""], 0) is None
    assert LineSearch(["a"]).find_at_end(["a", "a"], 0) is None


def test_at_the_end_means_the_last_lines() -> None:
    search = LineSearch(["a", "b", "a", "b "])
    assert search.find_at_end(["a", "b"], 0) == 2
    assert search.find_at_end(["a", "b"], 3) is None
    assert search.find_at_end(["b", "a"], 0) is None


@given(lines=line_lists, quoted=line_lists.filter(bool), start=st.integers(0, 12))
def test_the_place_is_the_first_by_definition(
    lines: list[str], quoted: list[str], start: int
) -> None:
    start = min(start, len(lines))
    for key in (str, str.rstrip, str.strip):
        places = [
            at
            for at in range(start, len(lines) - len(quoted) + 1)
            if [key(each) for each in lines[at : at + len(quoted)]] == [key(q) for q in quoted]
        ]
        if places:
            assert LineSearch(lines).find(quoted, start) == places[0]
            return
    assert LineSearch(lines).find(quoted, start) is None


def test_long_repetitive_files_are_searched_to_their_end() -> None:
    search = LineSearch(["same"] * 200_000)
    assert search.find([*["same"] * 5_000, "other"], 0) is None
