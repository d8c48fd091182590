"""From a proposed edit to bytes on the disk: propose → ask if needed → record → write → report.

What was approved is what is written: the writer refuses a file that is no longer what was shown.
The approval is on the record before the write begins. A write that has begun is finished and
reported even when the turn is cancelled meanwhile, so that nobody has to guess what is on the disk.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from codex_tui.agent.tool_calls.asking import refusal
from codex_tui.agent.tool_calls.edit_report import ReviewedChange, report, summary
from codex_tui.agent.tool_calls.outcome import ToolOutcome
from codex_tui.protocol.approvals import (
    AcceptHunk,
    AllowOnce,
    ApprovalDecision,
    EditDecision,
    EditSubject,
    HunkDecision,
    Refuse,
    RejectHunk,
    Verdict,
)
from codex_tui.protocol.events import ChangesApplied
from codex_tui.protocol.messages import ToolStatus
from codex_tui.sessions.records import ToolApproved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from codex_tui.agent.journal import Journal
    from codex_tui.agent.tool_calls.asking import Asker, JudgedCall
    from codex_tui.bus import EventSink
    from codex_tui.protocol.changes import FileChange
    from codex_tui.tools.workspace import Workspace


class ChangeWriter(Protocol):
    """The part of the edit engine that decides what remains of a change, and writes it."""

    def remaining(
        self, change: FileChange, decisions: Mapping[str, HunkDecision]
    ) -> FileChange | None:
        """Return the change with the refused hunks left out; None when nothing remains."""
        ...

    def write(self, root: Path, changes: Sequence[FileChange]) -> None:
        """Write all or nothing; raises `EditError` when a file is not what was shown."""
        ...


class Editing:
    """Carries out the calls of edit tools."""

    def __init__(
        self, *, workspace: Workspace, writer: ChangeWriter, asker: Asker, sink: EventSink
    ) -> None:
        self._workspace = workspace
        self._writer = writer
        self._asker = asker
        self._sink = sink

    async def run(
        self,
        propose: Callable[[], tuple[FileChange, ...]],
        judged: JudgedCall,
        journal: Journal,
    ) -> ToolOutcome:
        """Do it; raises `ToolError` and `EditError`, and then nothing was written."""
        changes = await asyncio.to_thread(propose)
        decision: ApprovalDecision = AllowOnce()
        if judged.answer.verdict is Verdict.ASK:
            decision = await self._asker.ask(judged, EditSubject(changes=changes))
        if isinstance(decision, Refuse):
            return ToolOutcome.denied(refusal(decision))
        reviewed = await asyncio.to_thread(self._review, changes, decision)
        writable = [each.remaining for each in reviewed if each.remaining is not None]
        applied = tuple(each.applied for each in reviewed if each.applied is not None)
        if writable:
            journal.add(ToolApproved(call_id=judged.call.id, decision=decision), judged.place)
            await journal.settle()
            await _to_its_end(self._write, writable)
            self._sink.publish(
                ChangesApplied(place=judged.place, call_id=judged.call.id, changes=applied)
            )
        note = decision.note if isinstance(decision, EditDecision) else ""
        return ToolOutcome(
            content=report(reviewed, note),
            summary=summary(reviewed),
            status=ToolStatus.OK if writable else ToolStatus.DENIED,
            changes=applied,
        )

    def _review(
        self, changes: Sequence[FileChange], decision: ApprovalDecision
    ) -> list[ReviewedChange]:
        return [self._reviewed(change, _hunk_decisions(change, decision)) for change in changes]

    def _reviewed(
        self, change: FileChange, decisions: Mapping[str, HunkDecision]
    ) -> ReviewedChange:
        whole = all(isinstance(each, AcceptHunk) for each in decisions.values())
        remaining = change if whole else self._writer.remaining(change, decisions)
        return ReviewedChange(proposed=change, decisions=decisions, remaining=remaining)

    def _write(self, changes: Sequence[FileChange]) -> None:
        for change in changes:
            self._workspace.require_in_place(change.path)
            self._workspace.require_in_place(change.place)
        self._writer.write(self._workspace.root, changes)
        for change in changes:
            self._workspace.note_seen(change.place, change.after_hash)


def _hunk_decisions(change: FileChange, decision: ApprovalDecision) -> dict[str, HunkDecision]:
    """Return one decision a hunk; a hunk that an `EditDecision` does not name is rejected."""
    if not isinstance(decision, EditDecision):
        return {hunk.id: AcceptHunk() for hunk in change.hunks}
    named = {
        id_: each for file in decision.files if file.path == change.path for id_, each in file.hunks
    }
    return {hunk.id: named.get(hunk.id, RejectHunk()) for hunk in change.hunks}


async def _to_its_end(
    write: Callable[[Sequence[FileChange]], None], changes: Sequence[FileChange]
) -> None:
    """Run `write` in a thread to its end; `Task.cancelling` tells what came meanwhile."""
    running = asyncio.get_running_loop().run_in_executor(None, write, changes)
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError:
            continue
    running.result()
