from __future__ import annotations

import random
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.edits.diff import apply_decisions, file_change
from codex_tui.edits.lines import split_lines
from codex_tui.protocol.approvals import AcceptHunk, HunkDecision, RejectHunk, ReplaceHunk
from codex_tui.protocol.changes import ChangeKind
from codex_tui.protocol.errors import EditError

if TYPE_CHECKING:
    from codex_tui.protocol.changes import FileChange, Hunk

ACCEPT = AcceptHunk()
REJECT = RejectHunk()


def rendered(hunk: Hunk) -> list[str]:
    sign = {"context": " ", "removed": "-", "added": "+"}
    return [sign[line.tag] + line.text.rstrip("\n") for line in hunk.lines]


def every(change: FileChange, decision: HunkDecision) -> dict[str, HunkDecision]:
    return {hunk.id: decision for hunk in change.hunks}


def test_hashes_are_those_of_the_bytes() -> None:
    change = file_change("a.txt", "é\r\n", None)
    assert change.before_hash == sha256("é\r\n".encode()).hexdigest()
    assert change.after_hash == ""


def test_kinds() -> None:
    assert file_change("a", None, "x").kind is ChangeKind.ADD
    assert file_change("a", "x", "y").kind is ChangeKind.MODIFY
    assert file_change("a", "x", "").kind is ChangeKind.MODIFY
    assert file_change("a", "x", None).kind is ChangeKind.DELETE
    with pytest.raises(ValueError, match="before or a text after"):
        file_change("a", None, None)


def test_two_distant_changes_are_two_hunks_with_three_lines_of_context() -> None:
    lines = [f"{n}\n" for n in range(30)]
    after = [*lines]
    after[5] = "five\n"
    after[20:21] = ["twenty\n", "and more\n"]
    change = file_change("a", "".join(lines), "".join(after))
    assert [hunk.id for hunk in change.hunks] == ["h1", "h2"]
    assert rendered(change.hunks[0]) == [" 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"]
    second = change.hunks[1]
    assert (second.before_start, second.before_end) == (20, 21)
    assert (second.after_start, second.after_end) == (20, 22)
    assert (second.removed, second.added) == (1, 2)
    assert second.lines[-1].before_number == 24
    assert second.lines[-1].after_number == 25


def test_neighbouring_lines_are_one_hunk_and_context_stops_at_the_next_hunk() -> None:
    change = file_change("a", "1\n2\n3\n4\n5\n", "1\nx\ny\n4\nz\n")
    assert [rendered(hunk) for hunk in change.hunks] == [
        [" 1", "-2", "-3", "+x", "+y", " 4"],
        [" 4", "-5", "+z"],
    ]


def test_equal_texts_have_no_hunks() -> None:
    assert file_change("a", "x\n", "x\n").hunks == ()


def test_a_lost_final_newline_is_a_change() -> None:
    change = file_change("a", "x\ny\n", "x\ny")
    assert [(line.tag, line.text) for line in change.hunks[0].lines] == [
        ("context", "x\n"),
        ("removed", "y\n"),
        ("added", "y"),
    ]


def test_changed_line_ends_are_a_change_and_form_feeds_are_not_lines() -> None:
    change = file_change("a", "a\x0cb\nc\n", "a\x0cb\r\nc\n")
    assert len(change.hunks) == 1
    assert change.hunks[0].lines[0].text == "a\x0cb\n"
    assert change.hunks[0].lines[1].text == "a\x0cb\r\n"


def test_text_that_no_file_can_hold_is_refused() -> None:
    with pytest.raises(EditError, match="lone surrogate"):
        file_change("a", "x", "\ud800")


def test_header_names_the_enclosing_function() -> None:
    before = "class A:\n    def f(self):\n        x = 1\n        y = 2\n        return y\n\nz = 1\n"
    after = before.replace("return y", "return x").replace("z = 1", "z = 2")
    first, second = file_change("a.py", before, after).hunks
    assert first.header == "def f(self):"
    assert second.header == ""


def test_header_of_a_method_is_its_class() -> None:
    before = "class A:\n    def f(self):\n        pass\n\n    def g(self):\n        pass\n"
    change = file_change("a.py", before, before.replace("def g", "def h"))
    assert change.hunks[0].header == "class A:"


@pytest.mark.parametrize(
    ("path", "above", "header"),
    [
        ("a.md", "# Title\n\ntext\n", "# Title"),
        ("a.toml", "[tool.x]\n", "[tool.x]"),
        ("a.py", "# a comment\n", ""),
        ("a.c", "static int main(void)\n{\n", "static int main(void)"),
        ("a.rs", "impl Foo for Bar {\n", "impl Foo for Bar {"),
        ("a.ts", "export const f = async (x) => {\n", "export const f = async (x) => {"),
        ("a.go", "func (s *S) Run() error {\n", "func (s *S) Run() error {"),
    ],
)
def test_headers_of_other_files(path: str, above: str, header: str) -> None:
    change = file_change(path, above + "    old\n", above + "    new\n")
    assert change.hunks[0].header == header


def test_accepting_one_of_two_hunks_writes_only_that_one() -> None:
    change = file_change("a", "1\n2\n3\n4\n", "one\n2\n3\nfour\n")
    partial = apply_decisions(change, {"h1": REJECT, "h2": ACCEPT})
    assert partial is not None
    assert partial.after == "1\n2\n3\nfour\n"
    assert partial.before_hash == change.before_hash
    assert partial == file_change("a", "1\n2\n3\n4\n", "1\n2\n3\nfour\n")


def test_an_unnamed_hunk_is_rejected() -> None:
    change = file_change("a", "1\n2\n3\n4\n", "one\n2\n3\nfour\n")
    partial = apply_decisions(change, {"h1": ACCEPT})
    assert partial is not None
    assert partial.after == "one\n2\n3\n4\n"
    assert apply_decisions(change, {}) is None


def test_an_unknown_hunk_is_an_error() -> None:
    with pytest.raises(ValueError, match="h7"):
        apply_decisions(file_change("a", "1\n", "2\n"), {"h7": ACCEPT})


def test_replacing_a_hunk_writes_the_given_text() -> None:
    change = file_change("a", "1\n2\n3\n", "1\nx\n3\n")
    partial = apply_decisions(change, {"h1": ReplaceHunk(text="y\nz\n")})
    assert partial is not None
    assert partial.after == "1\ny\nz\n3\n"


def test_a_replacement_without_line_end_gets_one_only_where_lines_follow() -> None:
    within = apply_decisions(
        file_change("a", "1\r\n2\r\n3\r\n", "1\r\nx\r\n3\r\n"), {"h1": ReplaceHunk(text="y")}
    )
    at_end = apply_decisions(file_change("a", "1\n2", "1\nx"), {"h1": ReplaceHunk(text="y")})
    assert within is not None
    assert within.after == "1\r\ny\r\n3\r\n"
    assert at_end is not None
    assert at_end.after == "1\ny"


def test_replacing_a_hunk_with_what_was_there_is_no_change() -> None:
    change = file_change("a", "1\n2\n3\n", "1\nx\n3\n")
    assert apply_decisions(change, {"h1": ReplaceHunk(text="2\n")}) is None


@pytest.mark.parametrize("content", ["", "a\nb\n"])
def test_a_new_file_is_one_hunk(content: str) -> None:
    change = file_change("a", None, content)
    assert len(change.hunks) == 1
    assert apply_decisions(change, {"h1": ACCEPT}) == change
    assert apply_decisions(change, {"h1": REJECT}) is None
    replaced = apply_decisions(change, {"h1": ReplaceHunk(text="mine\n")})
    assert replaced is not None
    assert (replaced.kind, replaced.after) == (ChangeKind.ADD, "mine\n")


@pytest.mark.parametrize("content", ["", "a\nb\n"])
def test_a_deleted_file_is_one_hunk(content: str) -> None:
    change = file_change("a", content, None)
    assert len(change.hunks) == 1
    assert apply_decisions(change, {"h1": ACCEPT}) == change
    assert apply_decisions(change, {"h1": ReplaceHunk(text="")}) == change
    assert apply_decisions(change, {"h1": REJECT}) is None
    kept = apply_decisions(change, {"h1": ReplaceHunk(text="rest\n")})
    assert kept is not None
    assert (kept.kind, kept.after) == (ChangeKind.MODIFY, "rest\n")


texts = st.lists(
    st.sampled_from(["a", "b", "c", "", "}", "d\r", "\u2028", "e\x0c"]), max_size=14
).flatmap(lambda lines: st.sampled_from(["\n".join(lines), "\n".join([*lines, ""])]))


@given(before=texts, after=texts)
def test_accepting_all_gives_after_and_rejecting_all_gives_nothing(before: str, after: str) -> None:
    change = file_change("a", before, after)
    assert apply_decisions(change, every(change, REJECT)) is None
    accepted = apply_decisions(change, every(change, ACCEPT))
    if before == after:
        assert accepted is None
    else:
        assert accepted == change


@given(before=texts, after=texts)
def test_hunks_tell_the_whole_difference(before: str, after: str) -> None:
    old, new = split_lines(before), split_lines(after)
    end = other_end = 0
    for number, hunk in enumerate(file_change("a", before, after).hunks):
        assert old[end : hunk.before_start] == new[other_end : hunk.after_start]
        assert number == 0 or hunk.before_start > end
        assert hunk.added or hunk.removed
        for line in hunk.lines:
            if line.before_number is not None:
                assert old[line.before_number - 1] == line.text
            if line.after_number is not None:
                assert new[line.after_number - 1] == line.text
        end, other_end = hunk.before_end, hunk.after_end
    assert old[end:] == new[other_end:]


@given(before=texts, after=texts, data=st.data())
def test_any_subset_holds_accepted_hunks_and_leaves_rejected_regions_alone(
    before: str, after: str, data: st.DataObject
) -> None:
    change = file_change("a", before, after)
    kinds = st.sampled_from([ACCEPT, REJECT, ReplaceHunk(text="mine\n")])
    decisions = {hunk.id: data.draw(kinds) for hunk in change.hunks}
    result = apply_decisions(change, decisions)
    written = before if result is None else result.after
    assert written is not None
    old, new = split_lines(before), split_lines(after)
    expected: list[str] = []
    done = 0
    for hunk in change.hunks:
        expected += old[done : hunk.before_start]
        decision = decisions[hunk.id]
        if decision == ACCEPT:
            expected += new[hunk.after_start : hunk.after_end]
        elif decision == REJECT:
            expected += old[hunk.before_start : hunk.before_end]
        else:
            expected.append("mine\n")
        done = hunk.before_end
    assert written == "".join(expected + old[done:])


# How long these take is a benchmark's business; one that grew with the square of its input would
# not end before the suite's limit of a test.


def rebuilt(before: str, after: str) -> str | None:
    """What accepting every hunk makes of `before`."""
    change = file_change("a.py", before, after)
    accepted = apply_decisions(change, {hunk.id: ACCEPT for hunk in change.hunks})
    return None if accepted is None else accepted.after


def test_a_long_file_with_many_changes() -> None:
    lines = [f"    value_{n} = compute({n})\n" if n % 5 else "\n" for n in range(50_000)]
    after = [*lines]
    for place in range(1, 50_000, 500):
        after[place] = f"    changed_{place}\n"
    change = file_change("a.py", "".join(lines), "".join(after))
    assert len(change.hunks) == 100
    assert rebuilt("".join(lines), "".join(after)) == "".join(after)


@pytest.mark.parametrize("alphabet", [2, 300])
def test_repetitive_files(alphabet: int) -> None:
    dice = random.Random(7)
    before = "".join(f"{dice.randrange(alphabet)}\n" for _ in range(20_000))
    after = "".join(f"{dice.randrange(alphabet)}\n" for _ in range(20_000))
    assert rebuilt(before, after) == after


def test_a_regenerated_data_file() -> None:
    def entries(salt: str) -> str:
        return "".join(f'  {{\n    "{salt}{n}": 1\n  }},\n' for n in range(3_000))

    assert rebuilt(entries("a"), entries("b")) == entries("b")
