from __future__ import annotations

from approval_cases import PRICES, PRICES_AFTER

from codex_tui.edits.diff import file_change
from codex_tui.ui.widgets.diff_syntax import (
    MAX_LINE_CHARACTERS,
    SYNTAX_KINDS,
    WHOLE_FILE_CHARACTERS,
    hunk_detail,
)


def kinds_in(path: str, before: str | None, after: str | None) -> dict[str, str]:
    """Return the kind of each marked stretch of the first hunk, by its text."""
    change = file_change(path, before, after)
    hunk = change.hunks[0]
    detail = hunk_detail(change, hunk)
    return {
        hunk.lines[index].text[span.start : span.end]: span.kind
        for index, spans in detail.syntax.items()
        for span in spans
    }


def test_syntax_goes_by_file_name() -> None:
    code = 'def f():\n    # why\n    return "x", 12\n'
    kinds = kinds_in("a.py", None, code)
    assert kinds["def"] == "keyword"
    assert kinds["f"] == "name"
    assert kinds["# why"] == "comment"
    assert kinds["12"] == "number"
    assert set(kinds.values()) <= set(SYNTAX_KINDS)
    assert kinds_in("a.unknown-kind", None, code) == {}


def test_a_hunk_inside_a_docstring_is_seen_as_such() -> None:
    body = "".join(f"for word {number}\n" for number in range(20))
    before = f'"""Title.\n\n{body}"""\n'
    kinds = kinds_in("a.py", before, before.replace("word 10", "word ten"))
    assert kinds["for word ten"] == "string"
    assert "for" not in kinds


def test_a_hunk_of_a_long_file_is_highlighted_alone() -> None:
    filler = "x = 1\n" * (WHOLE_FILE_CHARACTERS // 6 + 1)
    kinds = kinds_in("a.py", filler, filler + "def late(): pass\n")
    assert kinds["def"] == "keyword"


def test_both_line_ends_and_long_lines_keep_spans_in_place() -> None:
    long_line = "x = '" + "a" * (2 * MAX_LINE_CHARACTERS) + "'\n"
    code = "import os\r\n" + long_line + "def f(): pass\n"
    kinds = kinds_in("a.py", None, code)
    assert kinds["import"] == "keyword"
    assert kinds["def"] == "keyword"
    assert "f" in kinds


def test_changed_words_of_lines_that_replace_each_other() -> None:
    change = file_change("src/prices.py", PRICES, PRICES_AFTER)
    hunk = change.hunks[0]
    words = {
        hunk.lines[index].text[start:end]
        for index, spans in hunk_detail(change, hunk).words.items()
        for start, end in spans
    }
    assert words == {": list[Item]", " -> Decimal"}


def test_lines_without_anything_in_common_have_no_changed_words() -> None:
    change = file_change("a.txt", "alpha beta\n", "12345\n")
    assert hunk_detail(change, change.hunks[0]).words == {}


def test_an_empty_new_file_has_no_detail() -> None:
    change = file_change("a.py", None, "")
    detail = hunk_detail(change, change.hunks[0])
    assert (detail.syntax, detail.words) == ({}, {})
