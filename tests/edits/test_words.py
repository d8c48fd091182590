from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from codex_tui.edits.diff import file_change
from codex_tui.edits.words import changed_spans, paired_lines


def marked(before: str, after: str) -> tuple[list[str], list[str]]:
    ours, theirs = changed_spans(before, after)
    return [before[a:b] for a, b in ours], [after[a:b] for a, b in theirs]


def test_a_renamed_word_is_marked_alone() -> None:
    assert marked("return foo(x, 1)\n", "return bar(x, 1)\n") == (["foo"], ["bar"])


def test_an_inserted_argument_is_marked_on_one_side() -> None:
    assert marked("call(alpha, beta)", "call(alpha, beta, gamma)") == ([], [", gamma"])


def test_neighbouring_words_are_marked_as_one_stretch() -> None:
    before, after = "the quick brown fox jumps over", "the slow red fox jumps over"
    assert marked(before, after) == (["quick brown"], ["slow red"])


def test_equal_lines_have_no_marks() -> None:
    assert changed_spans("same\n", "same\r\n") == ((), ())


def test_lines_that_share_little_are_marked_whole_without_indentation() -> None:
    assert marked("    alpha = 1\n", "    return beta(gamma)\n") == (
        ["alpha = 1"],
        ["return beta(gamma)"],
    )


def test_changed_indentation_alone_is_marked() -> None:
    assert marked("  return value", "    return value") == (["  "], ["    "])


def test_very_long_lines_are_compared_as_one_stretch() -> None:
    before = "a" * 5_000 + "X" + "b" * 5_000
    after = "a" * 5_000 + "YZ" + "b" * 5_000
    assert changed_spans(before, after) == (((5_000, 5_001),), ((5_000, 5_002),))
    assert changed_spans(before, before) == ((), ())


@given(before=st.text("ab (.\t", max_size=30), after=st.text("ab (.\t", max_size=30))
def test_what_is_not_marked_is_the_same_on_both_sides(before: str, after: str) -> None:
    ours, theirs = changed_spans(before, after)
    for line, spans in ((before, ours), (after, theirs)):
        assert all(0 <= start < end <= len(line) for start, end in spans)
        assert all(one[1] < other[0] for one, other in itertools.pairwise(spans))

    def rest(line: str, spans: tuple[tuple[int, int], ...]) -> str:
        marks = {at for start, end in spans for at in range(start, end)}
        return "".join(char for at, char in enumerate(line) if at not in marks and char.strip())

    assert rest(before, ours) == rest(after, theirs)


def pairs_of(before: str, after: str) -> list[tuple[str | None, str | None]]:
    (hunk,) = file_change("a", before, after).hunks
    return [
        (one and one.text.strip(), other and other.text.strip())
        for one, other in paired_lines(hunk)
    ]


def test_as_many_removed_as_added_lines_pair_in_order() -> None:
    assert pairs_of("a = 1\nb = 2\n", "x = 1\ny = 2\n") == [("a = 1", "x = 1"), ("b = 2", "y = 2")]


def test_otherwise_lines_that_share_words_pair() -> None:
    assert pairs_of("value = one(two)\n", "log.info('x')\nvalue = one(two, three)\n") == [
        (None, "log.info('x')"),
        ("value = one(two)", "value = one(two, three)"),
    ]


def test_added_lines_alone_have_no_partner() -> None:
    assert pairs_of("", "x\ny\n") == [(None, "x"), (None, "y")]


lines = st.lists(st.text("ab ", max_size=6), max_size=6).map(
    lambda it: "".join(f"{x}\n" for x in it)
)


@given(before=lines, after=lines)
def test_every_line_is_paired_once_and_in_order(before: str, after: str) -> None:
    for hunk in file_change("a", before, after).hunks:
        pairs = paired_lines(hunk)
        assert [one for one, _ in pairs if one] == [x for x in hunk.lines if x.tag == "removed"]
        assert [one for _, one in pairs if one] == [x for x in hunk.lines if x.tag == "added"]
