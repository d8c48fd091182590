from __future__ import annotations

import pytest
from approval_cases import shop_changes, two_hunks

from codex_tui.edits.diff import file_change
from codex_tui.protocol.approvals import AcceptHunk, RejectHunk, ReplaceHunk
from codex_tui.ui.review import STEPS, UNDECIDED_REASON, HunkRef, Review

ACCEPT, REJECT = AcceptHunk(), RejectHunk()


def decisions(review: Review, **options: bool) -> list[object]:
    answer = review.decision(**options)
    return [decision for file in answer.files for _, decision in file.hunks]


def test_starts_at_the_first_hunk_with_nothing_decided() -> None:
    review = Review(shop_changes())
    assert review.cursor == HunkRef(0, 0)
    assert (len(review.refs), review.undecided, review.applying) == (6, 6, 0)
    assert [review.marks(file) for file in range(3)] == ["···", "··", "·"]


def test_a_review_needs_a_hunk() -> None:
    with pytest.raises(ValueError, match="at least one hunk"):
        Review((file_change("same.txt", "a\n", "a\n"),))


def test_a_change_without_hunks_is_left_out() -> None:
    review = Review((file_change("same.txt", "a\n", "a\n"), *two_hunks()))
    assert [change.path for change in review.changes] == ["text.txt"]


def test_deciding_goes_to_the_next_undecided_hunk_across_files() -> None:
    review = Review(shop_changes())
    review.select(HunkRef(0, 2))
    review.decide(ACCEPT)
    assert review.cursor == HunkRef(1, 0)


def test_deciding_the_last_hunk_goes_round_to_an_earlier_undecided_one() -> None:
    review = Review(two_hunks())
    review.move(1)
    review.decide(ACCEPT)
    assert review.cursor == HunkRef(0, 0)


def test_the_cursor_stays_when_all_is_decided() -> None:
    review = Review(two_hunks())
    review.decide(ACCEPT)
    review.decide(REJECT)
    assert review.cursor == HunkRef(0, 1)
    assert review.marks(0) == "✓✗"


def test_a_single_hunk_can_be_decided_anew() -> None:
    review = Review(two_hunks())
    review.decide(ACCEPT)
    review.move(-1)
    review.decide(REJECT)
    assert review.marks(0) == "✗·"
    assert review.undo()
    assert review.marks(0) == "✓·"


def test_deciding_a_file_keeps_what_was_decided_in_it() -> None:
    review = Review(shop_changes())
    review.decide(RejectHunk(reason="no"))
    assert review.decide_file(ACCEPT)
    assert review.marks(0) == "✗✓✓"
    assert review.cursor == HunkRef(1, 0)
    assert review.marks(1) == "··"


def test_deciding_everything_keeps_what_was_decided() -> None:
    review = Review(shop_changes())
    review.decide(ACCEPT)
    assert review.decide_all(REJECT)
    assert [review.marks(file) for file in range(3)] == ["✓✗✗", "✗✗", "✗"]
    assert not review.decide_all(ACCEPT)
    assert review.applying == 1


def test_undo_takes_back_a_whole_step_and_returns_to_its_place() -> None:
    review = Review(shop_changes())
    review.decide(ACCEPT)
    review.decide_all(REJECT)
    assert review.undo()
    assert [review.marks(file) for file in range(3)] == ["✓··", "··", "·"]
    assert review.cursor == HunkRef(0, 1)
    assert review.undo()
    assert review.undecided == 6
    assert not review.undo()


def test_moving_stops_at_both_ends() -> None:
    review = Review(two_hunks())
    assert not review.move(-1)
    assert review.move(1)
    assert not review.move(1)
    assert not review.move_file(1)
    assert review.cursor == HunkRef(0, 1)


def test_moving_by_file_goes_to_its_first_hunk() -> None:
    review = Review(shop_changes())
    review.move(1)
    assert review.move_file(1)
    assert review.cursor == HunkRef(1, 0)
    assert review.move_file(-1)
    assert review.cursor == HunkRef(0, 0)


def test_a_decided_hunk_is_folded_until_it_is_looked_at_again() -> None:
    review = Review(two_hunks())
    first, second = review.refs
    review.decide(ACCEPT)
    assert review.folded(first)
    assert not review.folded(second)
    review.move(-1)
    assert not review.folded(first)
    review.move(1)
    assert review.folded(first)


def test_the_decision_names_every_hunk_by_its_id() -> None:
    review = Review(two_hunks())
    review.decide(ACCEPT)
    review.decide(RejectHunk(reason="not now"))
    (file,) = review.decision().files
    ids = tuple(hunk.id for hunk in two_hunks()[0].hunks)
    assert file.path == "text.txt"
    assert file.hunks == ((ids[0], ACCEPT), (ids[1], RejectHunk(reason="not now")))


def test_undecided_hunks_need_a_confirmation() -> None:
    review = Review(two_hunks())
    review.decide(ACCEPT)
    with pytest.raises(ValueError, match="1 hunks are undecided"):
        review.decision()
    assert decisions(review, reject_undecided=True) == [
        ACCEPT,
        RejectHunk(reason=UNDECIDED_REASON),
    ]


def test_a_replaced_hunk_counts_as_written() -> None:
    review = Review(two_hunks())
    review.decide(ReplaceHunk(text="mine\n"))
    assert (review.applying, review.marks(0)) == (1, "✓·")


@pytest.mark.parametrize("name", sorted(STEPS))
def test_every_step_that_can_fail_says_why(name: str) -> None:
    review = Review(two_hunks())
    for _ in range(3):
        if not STEPS[name].run(review):
            assert STEPS[name].otherwise
            return
    assert name in {"accept", "reject"}
