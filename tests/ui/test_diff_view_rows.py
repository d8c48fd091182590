from __future__ import annotations

import pytest
from approval_cases import hostile_changes, shop_changes, two_hunks

from codex_tui.edits.diff import file_change
from codex_tui.protocol.approvals import AcceptHunk
from codex_tui.ui.review import HunkRef, Review
from codex_tui.ui.widgets.diff_rows import (
    DiffRows,
    FileRow,
    GapRow,
    HunkRow,
    NoteRow,
    SplitRow,
    UnifiedRow,
)


def rows_of(review: Review, width: int = 80, *, split: bool = False) -> DiffRows:
    rows = DiffRows(review)
    rows.arrange(width, split=split)
    return rows


def notes_of(before: str | None, after: str | None) -> list[tuple[str, bool]]:
    rows = rows_of(Review((file_change("a.txt", before, after),)))
    return [tuple(row.note) for row in rows.rows if isinstance(row, NoteRow)]


def test_files_have_a_head_and_a_gap_between_them() -> None:
    rows = rows_of(Review(shop_changes())).rows
    assert rows[0] == FileRow(0)
    assert [row for row in rows if isinstance(row, FileRow | GapRow)] == [
        FileRow(0),
        GapRow(),
        FileRow(1),
        GapRow(),
        FileRow(2),
    ]


def test_a_decided_hunk_takes_one_row() -> None:
    review = Review(two_hunks())
    rows = rows_of(review)
    before = len(rows.rows)
    review.decide(AcceptHunk())
    rows.arrange(80, split=False)
    first = rows.starts[HunkRef(0, 0)]
    assert rows.rows[first + 1] == HunkRow(HunkRef(0, 1))
    assert len(rows.rows) == before - len(two_hunks()[0].hunks[0].lines)


def test_a_long_line_takes_as_many_rows_as_it_needs() -> None:
    review = Review((file_change("a.txt", None, "x" * 100 + "\n"),))
    rows = rows_of(review, 48)
    pieces = [row.piece for row in rows.rows if isinstance(row, UnifiedRow)]
    assert [(piece.start, piece.end) for piece in pieces] == [(0, 41), (41, 82), (82, 100)]


def test_side_by_side_pairs_what_was_replaced() -> None:
    review = Review((file_change("a.txt", "one\ntwo\nend\n", "one\n2 two\nmore\nend\n"),))
    rows = rows_of(review, 120, split=True)
    pairs = [
        (row.before and row.before.line, row.after and row.after.line)
        for row in rows.rows
        if isinstance(row, SplitRow)
    ]
    assert pairs == [(0, 0), (1, 2), (None, 3), (4, 4)]


def test_side_by_side_rows_are_as_high_as_the_higher_side() -> None:
    review = Review((file_change("a.txt", "x\n", "x" + "y" * 150 + "\n"),))
    rows = [row for row in rows_of(review, 120, split=True).rows if isinstance(row, SplitRow)]
    assert len(rows) == 3
    assert [row.before is None for row in rows] == [False, True, True]


def test_the_extent_of_a_hunk_covers_its_file_head_and_its_lines() -> None:
    rows = rows_of(Review(two_hunks()))
    start, end = rows.extent(HunkRef(0, 0))
    assert rows.rows[start] == FileRow(0)
    assert rows.rows[end] == HunkRow(HunkRef(0, 1))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a\n", "b\n", []),
        ("a\n", "b", [("no line end at the end of the file", False)]),
        ("a", "b\n", [("the last line gets its missing line end", False)]),
        ("a\r\n", "b\r\n", [("lines end in CRLF", False)]),
        ("a\r\n", "b\n", [("! line ends differ: ␍ marks CRLF", True)]),
        (None, "", [("empty file created", False)]),
        ("", None, [("empty file deleted", False)]),
        ("a\n", "b\u202e\n", [("! invisible or control characters in line 1", True)]),
        ("a\n", "b\u200b\n\x1b\n", [("! invisible or control characters in lines 1, 2", True)]),
    ],
)
def test_what_a_reader_must_know(
    before: str | None, after: str | None, expected: list[tuple[str, bool]]
) -> None:
    assert notes_of(before, after) == expected


def test_a_cut_line_is_reported() -> None:
    assert notes_of("a\n", "x" * 20_005 + "\n") == [
        ("! 5 characters of long lines are not shown", True)
    ]


def test_every_hunk_of_hostile_changes_has_rows() -> None:
    review = Review(hostile_changes())
    for split in (False, True):
        rows = rows_of(review, 100, split=split)
        assert set(rows.starts) == set(review.refs)


def test_five_thousand_changed_lines_are_laid_out_at_once() -> None:
    before = "".join(f"value_{number} = {number}\n" for number in range(2500))
    after = "".join(f"value_{number} = {number + 1}\n" for number in range(2500))
    review = Review((file_change("big.py", before, after),))
    rows = rows_of(review)
    assert len(rows.rows) == 5002
