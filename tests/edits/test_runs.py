from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codex_tui.edits.runs import changed_runs

lists = st.lists(st.sampled_from("abcdef}"), max_size=25).map("".join)


def ranges(before: str, after: str) -> list[tuple[str, str]]:
    return [
        (before[run.before_start : run.before_end], after[run.after_start : run.after_end])
        for run in changed_runs(before, after)
    ]


def test_equal_lists_have_no_runs() -> None:
    assert changed_runs("abc", "abc") == []
    assert changed_runs("", "") == []


def test_insertion_deletion_and_replacement() -> None:
    assert ranges("abc", "abxc") == [("", "x")]
    assert ranges("abxc", "abc") == [("x", "")]
    assert ranges("abc", "axc") == [("b", "x")]
    assert ranges("", "ab") == [("", "ab")]


def test_a_moved_line_is_taken_out_and_put_in() -> None:
    assert ranges("Mabcd", "abcdM") == [("M", ""), ("", "M")]


def test_lines_found_once_anchor_the_comparison() -> None:
    assert ranges("}a}b}", "}x}a}b}") == [("", "x}")]


def test_lines_too_frequent_to_search_for_still_join_their_neighbours() -> None:
    before = "".join(f"{chr(0x4E00 + n)}}}" for n in range(500))
    after = before.replace(chr(0x4E00 + 250), "x")
    assert ranges(before, after) == [(chr(0x4E00 + 250), "x")]


@given(before=lists, after=lists)
def test_applying_the_runs_gives_the_other_list(before: str, after: str) -> None:
    rebuilt = ""
    done = 0
    for run in changed_runs(before, after):
        rebuilt += before[done : run.before_start]
        assert len(rebuilt) == run.after_start
        rebuilt += after[run.after_start : run.after_end]
        done = run.before_end
    assert rebuilt + before[done:] == after
