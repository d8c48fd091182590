from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.edits.patch.parse import parse_patch
from codex_tui.edits.patch.parts import PatchError, PatchFault, UpdatedFile
from codex_tui.edits.patch.text import patched_text


def patched(text: str, *lines: str) -> str:
    whole = "\n".join(["*** Begin Patch", "*** Update File: a.py", *lines, "*** End Patch"])
    (file,) = parse_patch(whole)
    assert isinstance(file, UpdatedFile)
    return patched_text("a.py", text, file.hunks)


def misfit(text: str, *lines: str) -> str:
    with pytest.raises(PatchError) as caught:
        patched(text, *lines)
    assert caught.value.fault is PatchFault.MATCH
    assert "a.py: " in caught.value.message
    return str(caught.value)


def test_one_hunk_adds_removes_and_replaces() -> None:
    text = "a\nb\nc\nd\n"
    assert patched(text, " a", "+a2", " b", "-c", "+C", "-d") == "a\na2\nb\nC\n"


def test_several_hunks_from_top_to_bottom() -> None:
    text = "".join(f"{number}\n" for number in range(1, 10))
    changed = patched(text, "@@", " 1", "-2", "+two", "@@", "-8", "+eight", " 9")
    assert changed == "1\ntwo\n3\n4\n5\n6\n7\neight\n9\n"


def test_repeated_lines_are_taken_in_order() -> None:
    assert patched("x\nx\nx\n", "@@", "-x", "+1", "@@", "-x", "+2") == "1\n2\nx\n"


def test_a_header_moves_the_search_below_it() -> None:
    text = "def f():\n    return 1\ndef g():\n    return 1\n"
    changed = patched(text, "@@ def g():", "-    return 1", "+    return 2")
    assert changed == "def f():\n    return 1\ndef g():\n    return 2\n"


def test_stacked_headers_narrow_the_place_down() -> None:
    body = "    def f(self):\n        return 0\n"
    text = f"class A:\n{body}class B:\n{body}"
    changed = patched(text, "@@ class B:", "@@ def f(self):", "-        return 0", "+        pass")
    assert changed == f"class A:\n{body}class B:\n    def f(self):\n        pass\n"


def test_a_header_is_one_whole_line() -> None:
    misfit("class Abc:\n    x\n", "@@ class A", "-    x")


def test_only_added_lines_go_right_below_their_header() -> None:
    text = "import os\n\ndef f():\n    pass\n"
    assert (
        patched(text, "@@ import os", "+import re")
        == "import os\nimport re\n\ndef f():\n    pass\n"
    )


@pytest.mark.parametrize("mark", [(), ("@@",), ("@@ a",)])
def test_only_added_lines_go_to_the_end_otherwise(mark: tuple[str, ...]) -> None:
    end = ("*** End of File",) if mark == ("@@ a",) else ()
    assert patched("a\nb\n", *mark, "+c", *end) == "a\nb\nc\n"


def test_a_hunk_after_lines_added_to_the_end_is_still_found() -> None:
    assert patched("a\nb\n", "+c", "@@", "-b", "+B") == "a\nB\nc\n"


def test_lines_are_added_to_an_empty_file() -> None:
    assert patched("", "+a", "+b") == "a\nb\n"


def test_all_lines_can_go() -> None:
    assert patched("a\nb\n", "-a", "-b") == ""


def test_end_of_file_means_the_last_lines() -> None:
    assert patched("x\ny\nx\n", "@@", "-x", "+z", "*** End of File") == "x\ny\nz\n"
    message = misfit("x\ny\n", "@@", "-x", "+z", "*** End of File")
    assert "its lines are at line 1, not at the end of the file" in message


def test_an_empty_line_after_the_last_line_may_stand_for_its_end() -> None:
    assert patched("a\nb\n", "@@", "-b", "+c", "") == "a\nc\n"
    assert patched("a\nb\n", "@@", "-b", "+c", "", "*** End of File") == "a\nc\n"
    assert patched("a\nb\n\nd\n", "@@", "-b", "+c", "", "", "@@", "-d") == "a\nc\n\n"


def test_lines_that_stay_keep_their_bytes_however_they_are_quoted() -> None:
    text = "  \u201ca\u201d \t\nold\n\u2014 b\n"
    assert patched(text, ' "a"', "-old", "+new", " - b") == "  \u201ca\u201d \t\nnew\n\u2014 b\n"


def test_added_lines_are_indented_as_the_quoted_ones_turn_out_to_be() -> None:
    text = "if x:\n    a\n    b\n"
    assert patched(text, " a", "-b", "+c", "+  d") == "if x:\n    a\n    c\n      d\n"


def test_where_quoted_lines_disagree_each_change_goes_by_its_neighbours() -> None:
    text = "    a\n  b\nx\nc\n"
    changed = patched(text, " a", "-b", "+B", " x", "-c", "+C", "+  d")
    assert changed == "    a\n  B\nx\nC\n  d\n"
    assert patched("\ta\n  x\n  y\n", " a", " x", "+n", " y") == "\ta\n  x\n  n\n  y\n"
    assert patched("\ta\n\n  y\n", " a", "-", " y", "+m") == "\ta\n  y\n  m\n"


def test_indentation_that_does_not_follow_is_not_guessed() -> None:
    message = misfit("    a\n  b\n", " a", "+x", " b")
    assert "how to indent the new text does not follow" in message


@pytest.mark.parametrize("text", ["a\r\nb\r\nc\r\n", "a\r\nb\r\nc"])
def test_crlf_is_kept_and_given_to_new_lines(text: str) -> None:
    changed = patched(text, " a", "-b", "+B", "+B2", " c")
    assert changed == text.replace("b\r\n", "B\r\nB2\r\n")


def test_mixed_ends_stay_where_they_are() -> None:
    text = "a\nb\r\nc\nd\r\n"
    assert patched(text, " a", "-b", "+B", "+x", " c") == "a\nB\r\nx\nc\nd\r\n"
    assert patched("a\r\nb\nc\n", " a", "+x", "-b", "+B") == "a\r\nx\nB\r\nc\n"


def test_a_repeated_line_that_stays_keeps_its_own_end() -> None:
    assert patched("same\r\nx\nsame\n", " same", "-x", "+y", " same") == "same\r\ny\nsame\n"


def test_an_untouched_last_line_gets_no_end() -> None:
    assert patched("a\nb", "-a", "+A", " b") == "A\nb"
    assert patched("a\nb", "@@", "-a", "+A") == "A\nb"


def test_a_replaced_last_line_gets_one() -> None:
    assert patched("a\nb", "-b", "+c") == "a\nc\n"
    assert patched("a\r\nb", "-b", "+c") == "a\r\nc\r\n"


def test_a_last_line_that_is_no_longer_the_last_gets_one() -> None:
    assert patched("a\r\nb", " b", "+c") == "a\r\nb\r\nc\r\n"
    assert patched("a", "+b") == "a\nb\n"


def test_a_byte_order_mark_stays() -> None:
    for sign in ("", "\ufeff"):
        assert patched("\ufeffa\nb\n", f"-{sign}a", f"+{sign}A") == "\ufeffA\nb\n"
    assert patched("\ufeffa\n", "@@ a", "+b") == "\ufeffa\nb\n"


def test_unusual_line_separators_are_characters() -> None:
    text = "a\u2028b\x0cc\x85d\ne\rf\n"
    assert patched(text, " a\u2028b\x0cc\x85d", "-e\rf", "+g") == "a\u2028b\x0cc\x85d\ng\n"


def test_hunks_out_of_order_and_overlapping_ones_are_refused_with_the_place() -> None:
    text = "a\nb\nc\n"
    words = misfit(text, "@@", "-c", "@@", "-a")
    assert "hunk 2 (line 5 of the patch) does not fit" in words
    assert "is at line 1, but it is sought from line 4 on" in words
    assert "is at line 2, but" in misfit(text, "@@", " a", "-b", "@@", "-b")
    assert "its header 'a' is at line 1, but" in misfit(text, "@@", "-c", "@@ a", "-b")


def test_lines_that_are_not_there_are_shown_beside_the_nearest() -> None:
    words = misfit("one\ntwo\nthree\n", " one", "-to", "+2")
    assert "hunk 1 (line 3 of the patch) does not fit: a.py: " in words
    assert "file line 2: two" in words


def test_a_header_that_is_not_there_is_named() -> None:
    words = misfit("def f():\n    x\n", "@@ def g():", "-    x")
    assert "its header 'def g():' was not found" in words


def test_line_numbers_in_a_header_are_explained() -> None:
    words = misfit("a\n", "@@ -1,3 +1,4 @@ def f():", "-a")
    assert "not line numbers but a line of the file" in words


def test_an_edit_made_before_is_recognised() -> None:
    assert "may have been made before" in misfit("a\nnew\nb\n", " a", "-old", "+new", " b")


words_ = st.text(alphabet=st.sampled_from("ab \t+-@*\u201c\u00e9"), max_size=4)
bodies = st.lists(words_, max_size=12)


def diff_lines(before: list[str], after: list[str], cuts: set[int]) -> list[str]:
    """A patch's lines that quote all of `before`, cut into hunks after some of its lines."""
    tagged: list[str] = []
    for verb, start, end, other, other_end in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if verb == "equal":
            tagged += [f" {line}" for line in before[start:end]]
        else:
            tagged += [f"-{line}" for line in before[start:end]]
            tagged += [f"+{line}" for line in after[other:other_end]]
    lines, quoted = ["@@"], 0
    for at, line in enumerate(tagged):
        lines.append(line)
        quoted += line[0] != "+"
        left = [each for each in tagged[at + 1 :] if each[0] != "+"]
        if quoted in cuts and left and line[0] != "+" and tagged[at + 1][0] != "+":
            lines.append("@@")
    return lines


@given(
    before=bodies,
    after=bodies,
    cuts=st.sets(st.integers(1, 12)),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_patch_made_from_two_texts_turns_the_first_into_the_second(
    before: list[str], after: list[str], cuts: set[int], end: str
) -> None:
    if not before and not after:
        return
    text = "".join(line + (end if before else "\n") for line in before)
    expected = "".join(line + (end if before else "\n") for line in after)
    assert patched(text, *diff_lines(before, after, cuts)) == expected


@given(before=bodies, after=bodies, padding=st.sampled_from(["", " ", "\t"]))
def test_the_same_patch_applies_where_blanks_at_the_ends_of_lines_differ(
    before: list[str], after: list[str], padding: str
) -> None:
    if not before and not after:
        return
    text = "".join(f"{line}{padding}\n" for line in before)
    changed = patched(text, *diff_lines(before, after, set()))
    assert [line.rstrip() for line in changed.split("\n")] == [
        *(line.rstrip() for line in after),
        "",
    ]


@given(text=st.text(alphabet="ab\r\n\ufeff ", max_size=40), lines=st.lists(words_, max_size=8))
def test_whatever_a_hunk_holds_it_fits_or_is_refused(text: str, lines: list[str]) -> None:
    try:
        changed = patched(text, "@@", *lines)
    except PatchError:
        return
    removed = sum(line.startswith("-") for line in lines)
    added = sum(line.startswith("+") for line in lines)
    assert changed.count("\n") - text.count("\n") in {added - removed, added - removed + 1}
    assert changed.startswith("\ufeff") or not text.startswith("\ufeff")
