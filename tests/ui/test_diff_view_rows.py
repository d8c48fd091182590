from __future__ import annotations

import pytest
from approval_cases import hostile_changes, shop_changes, two_hunks

from codex_tui.edits.diff import file_change
from codex_tui.protocol.approvals import AcceptHunk
from codex_tui.ui.review import HunkRef, Review
from codex_tui.ui.widgets import hunk_rows
from codex_tui.ui.widgets.diff_notes import Note
from codex_tui.ui.widgets.diff_rows import DiffRows, FileRow, GapRow, HunkRow, Row
from codex_tui.ui.widgets.diff_text import wrap_cells
from codex_tui.ui.widgets.hunk_rows import CHUNK_LINES, NoteRow, SplitRow, UnifiedRow


def rows_of(review: Review, width: int = 80, *, split: bool = False) -> DiffRows:
    rows = DiffRows(review)
    rows.arrange(width, split=split)
    return rows


def all_rows(rows: DiffRows) -> list[Row]:
    """Look at the whole diff."""
    rows.settle(0, 10**9)
    return [rows.row(at) for at in range(rows.height)]


def notes_of(before: str | None, after: str | None) -> list[tuple[str, bool]]:
    rows = rows_of(Review((file_change("a.txt", before, after),)))
    return [tuple(row.note) for row in all_rows(rows) if isinstance(row, NoteRow)]


def test_files_have_a_head_and_a_gap_between_them() -> None:
    rows = all_rows(rows_of(Review(shop_changes())))
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
    before = rows.height
    review.decide(AcceptHunk())
    rows.arrange(80, split=False)
    start, end = rows.extent(HunkRef(0, 0))
    assert end - start == 2
    assert rows.row(end) == HunkRow(HunkRef(0, 1))
    assert rows.height == before - len(two_hunks()[0].hunks[0].lines)


def test_a_long_line_takes_as_many_rows_as_it_needs() -> None:
    review = Review((file_change("a.txt", None, "x" * 100 + "\n"),))
    rows = rows_of(review, 48)
    pieces = [row.piece for row in all_rows(rows) if isinstance(row, UnifiedRow)]
    assert [(piece.start, piece.end) for piece in pieces] == [(0, 41), (41, 82), (82, 100)]


def test_side_by_side_pairs_what_was_replaced() -> None:
    review = Review((file_change("a.txt", "one\ntwo\nend\n", "one\n2 two\nmore\nend\n"),))
    rows = rows_of(review, 120, split=True)
    pairs = [
        (row.before and row.before.line, row.after and row.after.line)
        for row in all_rows(rows)
        if isinstance(row, SplitRow)
    ]
    assert pairs == [(0, 0), (1, 2), (None, 3), (4, 4)]


def test_side_by_side_rows_are_as_high_as_the_higher_side() -> None:
    review = Review((file_change("a.txt", "x\n", "x" + "y" * 150 + "\n"),))
    rows = [row for row in all_rows(rows_of(review, 120, split=True)) if isinstance(row, SplitRow)]
    assert len(rows) == 3
    assert [row.before is None for row in rows] == [False, True, True]


def test_the_extent_of_a_hunk_covers_its_file_head_and_its_lines() -> None:
    rows = rows_of(Review(two_hunks()))
    start, end = rows.extent(HunkRef(0, 0))
    assert rows.row(start) == FileRow(0)
    assert rows.row(end) == HunkRow(HunkRef(0, 1))


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
        ("a\n", "b\u0430d\nок\n", [("! letters that only look Latin in line 1", True)]),
        ("b\u0430d\n", "bad\n", []),
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
        heads = [row.ref for row in all_rows(rows) if isinstance(row, HunkRow)]
        assert heads == list(review.refs)


def test_five_thousand_changed_lines_are_laid_out_at_once() -> None:
    before = "".join(f"value_{number} = {number}\n" for number in range(2500))
    after = "".join(f"value_{number} = {number + 1}\n" for number in range(2500))
    review = Review((file_change("big.py", before, after),))
    rows = rows_of(review)
    assert len(all_rows(rows)) == 5002


def new_file(lines: list[str]) -> Review:
    return Review((file_change("new.txt", None, "".join(f"{line}\n" for line in lines)),))


@pytest.mark.parametrize("split", [False, True], ids=["unified", "split"])
def test_only_what_is_looked_at_is_laid_out_and_estimates_are_exact_for_plain_lines(
    split: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped: list[str] = []

    def wrap(text: str, width: int) -> list[tuple[int, int]]:
        wrapped.append(text)
        return wrap_cells(text, width)

    monkeypatch.setattr(hunk_rows, "wrap_cells", wrap)
    review = new_file([f"value = {number}" + " + 1" * (number % 50) for number in range(20_000)])
    rows = rows_of(review, 120, split=split)
    estimated = rows.height
    assert rows.settle(estimated // 2, 40) == estimated // 2
    assert len(wrapped) <= 2 * CHUNK_LINES
    assert rows.height == estimated
    assert len(all_rows(rows)) == estimated


def test_what_stands_at_the_top_stays_there_when_rows_below_become_more() -> None:
    tabs = new_file(["\t" * 30] * (3 * CHUNK_LINES))
    rows = rows_of(tabs, 60)
    estimated = rows.height
    start = rows.settle(2, 10)
    assert start == 2
    assert rows.height > estimated
    assert isinstance(rows.row(2), UnifiedRow)


def test_a_view_in_the_middle_of_an_estimate_stays_in_its_middle() -> None:
    rows = rows_of(new_file(["\t" * 30] * (3 * CHUNK_LINES)), 60)
    share = 2 + CHUNK_LINES + CHUNK_LINES // 2
    top = rows.settle(share, 10)
    row = rows.row(top)
    assert isinstance(row, UnifiedRow)
    assert row.piece.line == CHUNK_LINES + CHUNK_LINES // 2
    assert rows.settle(top, 10) == top


def test_an_empty_view_and_a_view_below_the_end_are_settled_too() -> None:
    rows = rows_of(new_file(["x"]))
    assert rows.settle(0, 0) == 0
    assert rows.settle(500, 10) == 500
    empty = DiffRows(new_file(["x"]))
    assert (empty.height, empty.settle(0, 10)) == (0, 0)


def test_other_room_and_folding_keep_what_is_known_right() -> None:
    review = new_file(["word " * 40] * 500)
    rows = rows_of(review, 120)
    wide = len(all_rows(rows))
    rows.arrange(60, split=False)
    assert len(all_rows(rows)) > wide
    rows.arrange(120, split=False)
    assert len(all_rows(rows)) == wide
    review.decide(AcceptHunk())
    rows.arrange(120, split=False)
    assert rows.height == 2


def test_remarks_are_on_the_whole_hunk_and_name_the_first_lines() -> None:
    lines = [f"line {number}" for number in range(1, 3_001)]
    for number in (2_000, 2_100, 2_200, 2_300, 2_400, 2_500, 2_600):
        lines[number - 1] += "\u200b"
    rows = rows_of(new_file(lines))
    assert rows.row(2) == NoteRow(
        HunkRef(0, 0),
        Note(
            "! invisible or control characters in lines 2000, 2100, 2200, 2300, 2400…", warning=True
        ),
    )
