"""What the model reads about its edit is what happened to it."""

from codex_tui.agent.tool_calls.edit_report import MAX_REPORT_CHARS, ReviewedChange, report, summary
from codex_tui.edits.diff import apply_decisions, file_change
from codex_tui.protocol.approvals import AcceptHunk, RejectHunk, ReplaceHunk

BEFORE = "".join(f"{n}\n" for n in range(40))
AFTER = BEFORE.replace("3\n", "three\n", 1).replace("\n30\n", "\nthirty\n")


def reviewed(*decisions) -> ReviewedChange:
    change = file_change("a.txt", BEFORE, AFTER)
    chosen = {hunk.id: each for hunk, each in zip(change.hunks, decisions, strict=True)}
    return ReviewedChange(
        proposed=change, decisions=chosen, remaining=apply_decisions(change, chosen)
    )


def test_everything_accepted_is_one_short_line():
    each = reviewed(AcceptHunk(), AcceptHunk())
    assert report([each], "") == "Changed a.txt as proposed."
    assert summary([each]) == "applied 2 of 2 hunks"


def test_a_refused_hunk_is_named_with_its_reason_and_its_text():
    each = reviewed(AcceptHunk(), RejectHunk(reason="thirty is fine"))
    assert report([each], "").splitlines() == [
        "a.txt: 1 of 2 hunks written. The file holds these and nothing of the rest.",
        "Hunk 1 (line 4): accepted.",
        "Hunk 2 (line 31): REFUSED, because: thirty is fine. Not written:",
        "-30",
        "+thirty",
    ]
    assert summary([each]) == "applied 1 of 2 hunks"


def test_all_refused_and_a_note():
    each = reviewed(RejectHunk(), RejectHunk())
    text = report([each], "do something else")
    assert text.startswith("Nothing was written to a.txt")
    assert text.endswith("The user adds: do something else")
    assert each.applied is None
    assert summary([each]) == "refused 2 hunks"


def test_a_replacement_is_shown_and_long_ones_are_capped():
    long = "".join(f"new {n}\n" for n in range(100))
    text = report([reviewed(ReplaceHunk(text=long), AcceptHunk())], "")
    assert "new 39" in text
    assert "new 40" not in text
    assert "60 more lines" in text


def test_a_refused_line_of_a_megabyte_is_cut_and_says_so():
    change = file_change("a.js", None, "x" * 1_000_000)
    refused = {"h1": RejectHunk(reason="too large")}
    text = report([ReviewedChange(proposed=change, decisions=refused, remaining=None)], "")
    assert "… and 999,601 more characters" in text
    assert len(text) < 1_000


def test_a_report_of_thousands_of_hunks_is_cut_and_keeps_the_users_note():
    before = "".join(f"{n}\n" for n in range(20_000))
    after = "".join(f"{n}\n" if n % 2 else "new\n" for n in range(20_000))
    change = file_change("a.txt", before, after)
    refused = {hunk.id: RejectHunk() for hunk in change.hunks}
    text = report([ReviewedChange(proposed=change, decisions=refused, remaining=None)], "stop")
    assert "The report is cut here" in text
    assert text.endswith("The user adds: stop")
    assert len(text) < MAX_REPORT_CHARS + 200


def test_a_move_is_told_as_one():
    change = file_change("a.txt", BEFORE, BEFORE, move_to="b/a.txt")
    decisions = {hunk.id: AcceptHunk() for hunk in change.hunks}
    each = ReviewedChange(proposed=change, decisions=decisions, remaining=change)
    assert report([each], "") == "Moved a.txt → b/a.txt as proposed."
    assert each.applied.move_to == "b/a.txt"
