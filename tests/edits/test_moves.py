from __future__ import annotations

import pytest

from codex_tui.edits.diff import apply_decisions, file_change
from codex_tui.protocol.approvals import AcceptHunk, HunkDecision, RejectHunk, ReplaceHunk
from codex_tui.protocol.changes import MOVE_HUNK_ID, ChangeKind
from codex_tui.protocol.errors import EditError

ACCEPT, REJECT = AcceptHunk(), RejectHunk()


def moved(after: str = "a\nB\n"):
    return file_change("old.py", "a\nb\n", after, move_to="sub/new.py")


def test_a_move_is_the_first_hunk_and_shows_both_paths() -> None:
    change = moved()
    assert (change.kind, change.place) == (ChangeKind.MODIFY, "sub/new.py")
    assert [hunk.id for hunk in change.hunks] == [MOVE_HUNK_ID, "h1"]
    move = change.hunks[0]
    assert [(line.tag, line.text) for line in move.lines] == [
        ("removed", "old.py\n"),
        ("added", "sub/new.py\n"),
    ]
    assert (move.added, move.removed, change.added, change.removed) == (0, 0, 1, 1)


def test_a_move_alone_is_one_hunk() -> None:
    change = moved("a\nb\n")
    assert [hunk.id for hunk in change.hunks] == [MOVE_HUNK_ID]
    assert apply_decisions(change, {MOVE_HUNK_ID: ACCEPT}) is change
    assert apply_decisions(change, {MOVE_HUNK_ID: REJECT}) is None
    assert apply_decisions(change, {}) is None


@pytest.mark.parametrize(
    ("move", "text", "place", "after"),
    [
        (ACCEPT, ACCEPT, "sub/new.py", "a\nB\n"),
        (ACCEPT, REJECT, "sub/new.py", "a\nb\n"),
        (REJECT, ACCEPT, "old.py", "a\nB\n"),
        (ReplaceHunk(text="other.py\n"), ACCEPT, "other.py", "a\nB\n"),
        (ReplaceHunk(text="old.py\n"), ACCEPT, "old.py", "a\nB\n"),
        (ReplaceHunk(text=""), ReplaceHunk(text="c\n"), "old.py", "a\nc\n"),
    ],
)
def test_the_move_is_decided_apart_from_the_text(
    move: HunkDecision, text: HunkDecision, place: str, after: str
) -> None:
    remaining = apply_decisions(moved(), {MOVE_HUNK_ID: move, "h1": text})
    assert remaining is not None
    assert (remaining.path, remaining.place, remaining.after) == ("old.py", place, after)


def test_a_file_moves_to_one_path() -> None:
    with pytest.raises(EditError, match=r"old\.py: a file moves to one path"):
        apply_decisions(moved(), {MOVE_HUNK_ID: ReplaceHunk(text="a\nb\n")})


def test_only_a_file_that_is_there_before_and_after_moves() -> None:
    for before, after, move_to in ((None, "x", "b"), ("x", None, "b"), ("x", "y", "a")):
        with pytest.raises(ValueError, match="moves"):
            file_change("a", before, after, move_to=move_to)
