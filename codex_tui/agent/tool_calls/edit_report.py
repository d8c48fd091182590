"""What the model is told about its proposed edit: what was written, what was refused, and why.

The report stays in the conversation for good, so its length is bounded whatever was proposed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codex_tui.protocol.approvals import (
    AcceptHunk,
    HunkDecision,
    RejectHunk,
    ReplaceHunk,
)
from codex_tui.protocol.changes import AppliedChange, ChangeKind, FileChange, Hunk
from codex_tui.protocol.figures import plural

MAX_SHOWN_LINES = 40  # of one hunk
MAX_LINE_CHARS = 400
MAX_REPORT_CHARS = 40_000
_CUT = "\n[The report is cut here. read_file shows what the file holds now.]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedChange:
    """A proposed change with its decisions and what remains of it to be written (None: nothing)."""

    proposed: FileChange
    decisions: Mapping[str, HunkDecision]
    remaining: FileChange | None

    @property
    def applied(self) -> AppliedChange | None:
        """The fact to announce once it is written."""
        if self.remaining is None:
            return None
        return AppliedChange(
            path=self.proposed.path,
            kind=self.remaining.kind,
            added=self.remaining.added,
            removed=self.remaining.removed,
            hunks_applied=sum(
                not isinstance(decision, RejectHunk) for decision in self.decisions.values()
            ),
            hunks_proposed=len(self.proposed.hunks),
            after_hash=self.remaining.after_hash,
            move_to=self.remaining.move_to,
        )


def report(reviewed: Sequence[ReviewedChange], note: str) -> str:
    """Return the tool result for the model."""
    text = "\n".join(map(_file_report, reviewed))
    if len(text) > MAX_REPORT_CHARS:
        text = text[:MAX_REPORT_CHARS] + _CUT
    return f"{text}\nThe user adds: {note}" if note else text


def summary(reviewed: Sequence[ReviewedChange]) -> str:
    """Return one line for the transcript: `applied 2 of 3 hunks`."""
    total = sum(len(each.proposed.hunks) for each in reviewed)
    written = sum(each.applied.hunks_applied for each in reviewed if each.applied)
    if not total:
        return "applied" if any(each.remaining for each in reviewed) else "refused"
    if not written:
        return f"refused {plural(total, 'hunk')}"
    return f"applied {written} of {plural(total, 'hunk')}"


def _file_report(each: ReviewedChange) -> str:
    path = each.proposed.path
    rejected = [h for h in each.proposed.hunks if isinstance(_decision(each, h), RejectHunk)]
    replaced = [h for h in each.proposed.hunks if isinstance(_decision(each, h), ReplaceHunk)]
    if not rejected and not replaced:
        return f"{_written(each.proposed)} {each.proposed.title} as proposed."
    total = plural(len(each.proposed.hunks), "hunk")
    if each.remaining is None:
        head = f"Nothing was written to {path}: the user refused {total}, which is all there was."
    else:
        done = f"{each.remaining.title}: {len(each.proposed.hunks) - len(rejected)} of {total}"
        head = f"{done} written. The file holds these and nothing of the rest."
    lines = [head]
    for number, hunk in enumerate(each.proposed.hunks, 1):
        lines.extend(_hunk_report(number, hunk, _decision(each, hunk)))
    return "\n".join(lines)


def _written(change: FileChange) -> str:
    match change.kind:
        case ChangeKind.MODIFY if change.move_to is not None:
            return "Moved"
        case ChangeKind.ADD:
            return "Created"
        case ChangeKind.MODIFY:
            return "Changed"
        case ChangeKind.DELETE:
            return "Deleted"


def _decision(each: ReviewedChange, hunk: Hunk) -> HunkDecision:
    return each.decisions.get(hunk.id, RejectHunk())


def _hunk_report(number: int, hunk: Hunk, decision: HunkDecision) -> list[str]:
    where = f"Hunk {number} (line {hunk.before_start + 1})"
    match decision:
        case AcceptHunk():
            return [f"{where}: accepted."]
        case ReplaceHunk(text=text):
            return [f"{where}: the user wrote this instead:", *_capped(text.splitlines())]
        case RejectHunk(reason=reason):
            because = f", because: {reason}" if reason else " without giving a reason"
            refused = [
                ("+" if line.tag == "added" else "-") + line.text.rstrip("\r\n")
                for line in hunk.lines
                if line.tag != "context"
            ]
            return [f"{where}: REFUSED{because}. Not written:", *_capped(refused)]


def _capped(lines: list[str]) -> list[str]:
    shown = [_cut(line) for line in lines[:MAX_SHOWN_LINES]]
    left = len(lines) - len(shown)
    return [*shown, f"… and {left} more lines"] if left else shown


def _cut(line: str) -> str:
    left = len(line) - MAX_LINE_CHARS
    return line if left <= 0 else f"{line[:MAX_LINE_CHARS]}… and {left:,} more characters"
