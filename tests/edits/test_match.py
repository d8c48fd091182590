from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.edits.match import replace
from codex_tui.protocol.errors import EditError


def edit(text: str, old: str, new: str, *, replace_all: bool = False) -> str:
    return replace(text, old, new, path="src/a.py", replace_all=replace_all)


def refusal(text: str, old: str, new: str, *, replace_all: bool = False) -> str:
    with pytest.raises(EditError) as caught:
        edit(text, old, new, replace_all=replace_all)
    assert caught.value.message.startswith("src/a.py: ")
    return str(caught.value)


def test_a_unique_quotation_is_replaced() -> None:
    assert edit("a\nb\nc\n", "b\n", "B\nBB\n") == "a\nB\nBB\nc\n"


def test_a_quotation_within_a_line_is_replaced() -> None:
    assert edit("x = foo(1)\n", "foo", "bar") == "x = bar(1)\n"


def test_replacement_is_literal() -> None:
    assert edit("a b\n", "b", r"\1 $& \g<0>") == "a \\1 $& \\g<0>\n"


def test_deleting_lines() -> None:
    assert edit("a\nb\nc\n", "b\n", "") == "a\nc\n"


def test_lf_quotation_fits_a_crlf_file_and_new_lines_get_crlf() -> None:
    assert edit("a\r\nb\r\nc\r\n", "a\nb\n", "a\nX\nb\n") == "a\r\nX\r\nb\r\nc\r\n"


def test_crlf_quotation_fits_an_lf_file_and_new_lines_get_lf() -> None:
    assert edit("a\nb\n", "a\r\nb", "a\r\nc") == "a\nc\n"


def test_quotation_that_starts_and_stops_at_line_ends_in_a_crlf_file() -> None:
    assert edit("a\r\nb\r\nc", "\nb\n", "\nB\n") == "a\r\nB\r\nc"


def test_each_line_keeps_its_own_end_in_a_mixed_file() -> None:
    text = "a\nb\r\nc\nd\r\n"
    assert edit(text, "a\nb\nc\nd\n", "a\nB\nc\nd\n") == "a\nB\r\nc\nd\r\n"


def test_added_lines_take_the_end_of_the_files_first_line() -> None:
    assert edit("a\r\nb\nc\n", "b\n", "b\nx\n") == "a\r\nb\nx\r\nc\n"


def test_lone_carriage_returns_are_no_line_ends() -> None:
    assert edit("a\rb\nc\n", "c", "d") == "a\rb\nd\n"


def test_other_unicode_line_separators_stay_in_their_line() -> None:
    assert edit("a\x0cb\u2028c\x85d\ne\n", "e", "f") == "a\x0cb\u2028c\x85d\nf\n"


@pytest.mark.parametrize("quoted_mark", ["", "\ufeff"])
def test_byte_order_mark_stays(quoted_mark: str) -> None:
    assert edit("\ufeffa\nb\n", quoted_mark + "a\n", "A\n") == "\ufeffA\nb\n"


def test_byte_order_mark_does_not_hinder_a_tolerant_match() -> None:
    assert edit("\ufeffa  \nb\n", "a\nb\n", "A\nb\n") == "\ufeffA\nb\n"


def test_no_final_newline_is_added() -> None:
    assert edit("a\nb", "a", "A") == "A\nb"
    assert edit("a\nb", "b\n", "B\n") == "a\nB"
    assert edit("a\nb", "a\nb\n", "a\nc\nb\n") == "a\nc\nb"


def test_replace_all_replaces_every_occurrence() -> None:
    assert edit("x\r\ny x\nx", "x", "zz", replace_all=True) == "zz\r\ny zz\nzz"


def test_replace_all_keeps_line_ends_per_place() -> None:
    text = "a\nb\n-\na\r\nb\r\n"
    assert edit(text, "a\nb", "a\nc", replace_all=True) == "a\nc\n-\na\r\nc\r\n"


def test_several_occurrences_are_refused_with_their_lines() -> None:
    message = refusal("x\ny\nx\n", "x\n", "z\n")
    assert "occurs 2 times (lines 1, 3)" in message
    assert "replace_all" in message


def test_overlapping_occurrences_are_not_unique() -> None:
    assert "occurs 2 times" in refusal("aaa\n", "aa", "b")


def test_many_occurrences_are_counted_but_not_all_listed() -> None:
    message = refusal("x\n" * 500, "x", "z")
    assert "occurs 500 times (lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …)" in message


def test_very_many_occurrences() -> None:
    text = "x y\r\n" * 200_000
    assert "occurs 200000 times" in refusal(text, "x", "z")
    assert edit(text, "x", "z", replace_all=True) == "z y\r\n" * 200_000


def test_empty_old_text_is_refused() -> None:
    assert "old text is empty" in refusal("a\n", "", "b")
    assert "old text is empty" in refusal("\ufeffa\n", "\ufeff", "b")


@pytest.mark.parametrize("new", ["a\n", "a\r\n"])
def test_identical_texts_are_refused(new: str) -> None:
    assert "are the same" in refusal("a\n", "a\n", new)


def test_an_edit_without_effect_is_refused() -> None:
    assert "changes nothing" in refusal("a\nb\n", "a  \nb\n", "a\nb\n")


def test_trailing_blanks_are_tolerated_and_untouched_lines_keep_them() -> None:
    text = "def f():  \n    a = 1\t\n    return a\n"
    changed = edit(
        text, "def f():\n    a = 1\n    return a\n", "def f():\n    a = 1\n    return b\n"
    )
    assert changed == "def f():  \n    a = 1\t\n    return b\n"


def test_exact_match_wins_over_a_tolerant_one() -> None:
    assert edit("a \nb\na\nb\n", "a\nb\n", "c\n") == "a \nb\nc\n"


def test_a_tolerant_match_must_be_unique_even_with_replace_all() -> None:
    text = "a \nb\n-\na \nb\n"
    for replace_all in (False, True):
        message = refusal(text, "a\nb\n", "c\n", replace_all=replace_all)
        assert "apart from white space" in message
        assert "2 places (lines 1, 4)" in message


def test_blank_quotations_are_never_matched_tolerantly() -> None:
    assert "not in the file" in refusal("a\n\t\nb\n", "  \n", "c\n")


def test_a_part_of_a_line_is_never_matched_tolerantly() -> None:
    assert "not in the file" in refusal("x = foo( 1 )\n", "foo(1)", "bar(1)")


def test_uniformly_shifted_quotation_shifts_the_new_text() -> None:
    text = "class A:\n    def f(self):\n        return 1\n"
    changed = edit(
        text,
        "  def f(self):\n      return 1\n",
        "  def f(self):\n      if x:\n          return 2\n\n      return 1\n",
    )
    assert changed == (
        "class A:\n    def f(self):\n        if x:\n            return 2\n\n        return 1\n"
    )


def test_quotation_shifted_too_far_is_shifted_back() -> None:
    text = "def f():\n    return 1\n"
    changed = edit(text, "    def f():\n        return 1\n", "    def f():\n        return 2\n")
    assert changed == "def f():\n    return 2\n"


def test_tabs_shown_as_spaces_are_written_as_tabs() -> None:
    text = "func f() {\n\tif x {\n\t\ty()\n\t}\n}\n"
    changed = edit(
        text,
        "    if x {\n        y()\n    }\n",
        "    if x {\n        for {\n            z()\n        }\n    }\n",
    )
    assert changed == "func f() {\n\tif x {\n\t\tfor {\n\t\t\tz()\n\t\t}\n\t}\n}\n"


def test_spaces_quoted_as_tabs_are_written_as_spaces() -> None:
    text = "a:\n  b:\n    c: 1\n"
    assert edit(text, "\tb:\n\t\tc: 1\n", "\tb:\n\t\tc: 2\n") == "a:\n  b:\n    c: 2\n"


def test_new_text_that_would_mix_tabs_and_spaces_is_refused() -> None:
    message = refusal("\tif x:\n\t\ty()\n", "if x:\n\ty()\n", "if x:\n    z()\n")
    assert "does not follow" in message


def test_unevenly_shifted_quotation_is_refused_with_the_lines_shown() -> None:
    message = refusal("if a:\n    b\n        c\n", "if a:\n  b\n  c\n", "if a:\n  d\n  c\n")
    assert "does not follow" in message
    assert "  line 2:     b" in message


def test_indentation_deeper_than_quoted_that_has_no_counterpart_is_refused() -> None:
    message = refusal("\tx = 1\n\ty = 2\n", "    x = 1\n    y = 2\n", "    x = 1\n      y = 3\n")
    assert "does not follow" in message


def test_a_miss_shows_the_nearest_lines_and_makes_tabs_visible() -> None:
    message = refusal("def f(a):\n\treturn a + 1\n", "def f(a):\n    return a + 2\n", "pass\n")
    assert "nearest is lines 1–2" in message
    assert "  file line 2: →return a + 1" in message
    assert "  old text line 2:     return a + 2" in message


def test_a_miss_shows_carriage_returns_and_trailing_blanks() -> None:
    message = refusal("first line\rsecond  \n", "first line\nsecond\n", "x")
    assert "first line␍second··" in message


def test_a_miss_finds_a_similar_line_where_none_is_equal() -> None:
    text = "".join(f"line number {n}\n" for n in range(40)) + "def compute_total(items, tax):\n"
    message = refusal(text, "def compute_totals(items, taxes):\n", "pass\n")
    assert "nearest is line 41" in message


def test_a_miss_without_anything_similar_says_so() -> None:
    assert "nothing in it is much like it" in refusal("alpha\nbeta\n", "0123456789\n", "x\n")


def test_a_miss_in_an_empty_file_says_so() -> None:
    assert "the file is empty" in refusal("", "a\n", "b\n")


def test_a_miss_of_an_edit_already_made_says_so() -> None:
    assert "already there, at line 2" in refusal("a\nnew line\n", "old line\n", "new line\n")


def test_a_miss_because_of_line_numbers_says_so() -> None:
    assert "without line numbers" in refusal("foo\nbar\n", "1\tfoo\n2\tbar\n", "x\n")


def test_a_miss_because_of_escaped_line_breaks_says_so() -> None:
    assert "real line breaks" in refusal("foo\nbar\n", "foo\\nbar", "x\n")


def test_control_characters_of_the_file_do_not_reach_the_message() -> None:
    message = refusal("ab\x1b]0;evil\x07cd\u202e\n", "ab]0;evilcd\n", "x\n")
    assert "\\u001b" in message
    assert not any(character in message for character in "\x1b\x07\u202e")


def test_long_lines_are_cut_in_messages() -> None:
    assert len(refusal("abc " * 5_000, "abc " * 5_000 + "d", "x\n")) < 1_500


plain = st.lists(st.sampled_from(["a", "b", " ", "\t", "\n", "\r\n"]), max_size=12).map("".join)
pieces = st.lists(plain | st.just("\r"), max_size=3).map("".join)


@given(head=pieces, old=pieces, tail=pieces, new=plain)
def test_whatever_is_replaced_the_surroundings_keep_their_bytes(
    head: str, old: str, tail: str, new: str
) -> None:
    text = f"{head}«{old}»{tail}"
    try:
        changed = edit(text, f"«{old}»", f"<{new}>")
    except EditError as error:
        assert "changes nothing" in error.message
        return
    assert changed.startswith(head)
    assert changed.endswith(tail)
    middle = changed[len(head) : len(changed) - len(tail)]
    assert middle.replace("\r\n", "\n") == f"<{new}>".replace("\r\n", "\n")


@given(text=pieces, old=pieces, new=pieces)
def test_a_replacement_never_does_anything_but_replace_or_refuse(
    text: str, old: str, new: str
) -> None:
    try:
        changed = edit(text, old, new)
    except EditError:
        return
    assert changed != text


def test_a_miss_among_many_long_lines_of_the_same_letters_is_explained() -> None:
    letters = random.Random(1)
    lines = ["".join(letters.choices("ACGT", k=300)) for _ in range(2_000)]
    assert "nothing in it is much like it" in refusal(
        "\n".join(lines), "".join(letters.choices("ACGT", k=300)), "x"
    )
