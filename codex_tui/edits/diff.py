"""The difference of two texts as hunks that can be decided one by one, and what remains of it once
they are.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, assert_never

from codex_tui.edits.headings import Headings
from codex_tui.edits.lines import first_line_end, split_lines
from codex_tui.edits.moves import decided_destination, move_hunk
from codex_tui.edits.runs import Run, changed_runs
from codex_tui.protocol.approvals import AcceptHunk, HunkDecision, RejectHunk, ReplaceHunk
from codex_tui.protocol.changes import MOVE_HUNK_ID, ChangeKind, FileChange, Hunk, HunkLine
from codex_tui.protocol.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONTEXT_LINES = 3


def text_hash(text: str | None) -> str:
    """Return the SHA-256 hex digest of the text's UTF-8 bytes, "" for no file.

    Raises `UnicodeEncodeError` for a text with lone surrogates.
    """
    return "" if text is None else sha256(text.encode()).hexdigest()


def file_change(
    path: str, before: str | None, after: str | None, *, move_to: str | None = None
) -> FileChange:
    """Cut the difference of two texts into hunks; None stands for "no file".

    Adding and deleting a file is one hunk, also when the file is empty. Equal texts give no hunk.
    Ids count from "h1" downwards in the file, so that the same texts give the same ids. A file
    that is there before and after may `move_to` another path; that is a hunk of its own, the first.
    Raises `EditError` for text that has no UTF-8 form.
    """
    if move_to is not None and (before is None or after is None or move_to == path):
        message = "only a file that is there before and after moves, and to another place"
        raise ValueError(message)
    try:
        before_hash, after_hash = text_hash(before), text_hash(after)
    except UnicodeEncodeError as error:
        raise EditError(
            f"{path}: the text holds half of a character (a lone surrogate) at position"
            f" {error.start}, which no file can hold"
        ) from None
    moves = () if move_to is None else (move_hunk(path, move_to),)
    return FileChange(
        path=path,
        kind=_kind(before, after),
        before=before,
        after=after,
        before_hash=before_hash,
        after_hash=after_hash,
        hunks=(*moves, *_hunks(path, before, after)),
        move_to=move_to,
    )


def apply_decisions(change: FileChange, decisions: Mapping[str, HunkDecision]) -> FileChange | None:
    """Return the change that holds only what was accepted or replaced, None when nothing is left.

    `decisions` go by hunk id; a hunk without one is rejected. Rejected regions keep their bytes.
    A replacement that lacks the last line end gets it where lines follow. A move is decided like
    a hunk: without it, the other hunks change the file where it is. Raises `EditError` when a move
    was replaced by what is no single path.
    """
    unknown = decisions.keys() - {hunk.id for hunk in change.hunks}
    if unknown:
        message = f"{change.path} has no hunk {', '.join(sorted(unknown))}"
        raise ValueError(message)
    if change.before is None or change.after is None:
        return _decided_whole(change, decisions.get(change.hunks[0].id, RejectHunk()))
    hunks = [hunk for hunk in change.hunks if hunk.id != MOVE_HUNK_ID]
    after = _decided_text(change.before, hunks, decisions)
    move_to = decided_destination(change, decisions)
    if after == change.before and move_to is None:
        return None
    if after == change.after and move_to == change.move_to:
        return change
    return file_change(change.path, change.before, after, move_to=move_to)


def _decided_whole(change: FileChange, decision: HunkDecision) -> FileChange | None:
    """Decide on a file that is added or deleted as one."""
    match decision:
        case AcceptHunk():
            return change
        case RejectHunk():
            return None
        case ReplaceHunk(text=text):
            if change.after is None and not text:
                return change
            return None if text == change.before else file_change(change.path, change.before, text)
        case _:
            assert_never(decision)


def _decided_text(before: str, hunks: Sequence[Hunk], decisions: Mapping[str, HunkDecision]) -> str:
    lines = split_lines(before)
    written: list[str] = []
    done = 0
    for hunk in hunks:
        written += lines[done : hunk.before_start]
        decision = decisions.get(hunk.id, RejectHunk())
        match decision:
            case AcceptHunk():
                written += [line.text for line in hunk.lines if line.tag == "added"]
            case RejectHunk():
                written += lines[hunk.before_start : hunk.before_end]
            case ReplaceHunk(text=text):
                lines_follow = hunk.before_end < len(lines)
                needs_end = lines_follow and text and not text.endswith("\n")
                written.append(text + first_line_end(before) if needs_end else text)
            case _:
                assert_never(decision)
        done = hunk.before_end
    return "".join(written) + "".join(lines[done:])


def _kind(before: str | None, after: str | None) -> ChangeKind:
    if before is None and after is None:
        message = "a change has a text before or a text after"
        raise ValueError(message)
    if before is None:
        return ChangeKind.ADD
    return ChangeKind.DELETE if after is None else ChangeKind.MODIFY


def _hunks(path: str, before: str | None, after: str | None) -> tuple[Hunk, ...]:
    old, new = split_lines(before or ""), split_lines(after or "")
    if before is None or after is None:
        runs = [Run(before_start=0, before_end=len(old), after_start=0, after_end=len(new))]
    else:
        runs = changed_runs(old, new)
    headings = Headings.of(path, old)
    hunks: list[Hunk] = []
    for number, run in enumerate(runs):
        floor = runs[number - 1].before_end if number else 0
        ceiling = runs[number + 1].before_start if number + 1 < len(runs) else len(old)
        changed = old[run.before_start : run.before_end] + new[run.after_start : run.after_end]
        hunks.append(
            Hunk(
                id=f"h{number + 1}",
                before_start=run.before_start,
                before_end=run.before_end,
                after_start=run.after_start,
                after_end=run.after_end,
                lines=_hunk_lines(old, new, run, (floor, ceiling)),
                header=headings.above(run.before_start, changed),
            )
        )
    return tuple(hunks)


def _hunk_lines(
    old: Sequence[str], new: Sequence[str], run: Run, limits: tuple[int, int]
) -> tuple[HunkLine, ...]:
    """Lay a run out with its context, which ends where the neighbouring runs (`limits`) begin."""
    floor, ceiling = limits
    above = range(max(floor, run.before_start - CONTEXT_LINES), run.before_start)
    below = range(run.before_end, min(ceiling, run.before_end + CONTEXT_LINES))
    return (
        *(_context(old, index, run.after_start - run.before_start) for index in above),
        *(
            HunkLine(tag="removed", text=old[index], before_number=index + 1, after_number=None)
            for index in range(run.before_start, run.before_end)
        ),
        *(
            HunkLine(tag="added", text=new[index], before_number=None, after_number=index + 1)
            for index in range(run.after_start, run.after_end)
        ),
        *(_context(old, index, run.after_end - run.before_end) for index in below),
    )


def _context(old: Sequence[str], index: int, shift: int) -> HunkLine:
    return HunkLine(
        tag="context",
        text=old[index],
        before_number=index + 1,
        after_number=index + shift + 1,
    )
