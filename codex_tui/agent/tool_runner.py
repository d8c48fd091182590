"""The one pipeline every tool call goes through, in one order.

parse the arguments → judge → ask if needed → carry out → exactly one result. Calls that only read
run together, all others one after another in the model's order. `ToolError` and `EditError` become
the call's result; any other exception is a bug: logged, told to the model as such, and the turn
lives.

Cancellation: a wait or a read is given up at once; a write that has begun is finished and reported
first, so that nobody has to guess what is on the disk.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from codex_tui.agent.edit_report import ReviewedChange, report, summary
from codex_tui.agent.journal import Journal
from codex_tui.approvals.policy import judge, way_out
from codex_tui.protocol.approvals import (
    AcceptHunk,
    AccessSubject,
    AllowOnce,
    ApprovalDecision,
    ApprovalMode,
    ApprovalRequest,
    ApprovalSubject,
    EditDecision,
    EditSubject,
    HunkDecision,
    PolicyAnswer,
    Refuse,
    RejectHunk,
    Verdict,
)
from codex_tui.protocol.errors import EditError, ToolError
from codex_tui.protocol.events import (
    ApprovalRequested,
    ApprovalResolved,
    ChangesApplied,
    ToolCallFinished,
    ToolCallReady,
)
from codex_tui.protocol.ids import Place, RequestId, new_id
from codex_tui.protocol.messages import ToolCall, ToolResultMessage, ToolStatus
from codex_tui.protocol.tools import PathAccess
from codex_tui.sessions.records import ToolApproved
from codex_tui.tools.base import EditTool, ReadTool, ToolArguments

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.approvals.broker import ApprovalBroker
    from codex_tui.bus import EventSink
    from codex_tui.protocol.changes import FileChange
    from codex_tui.tools.registry import ToolRegistry
    from codex_tui.tools.workspace import Workspace

log = logging.getLogger(__name__)

NOBODY_TO_ASK = "nobody is there to approve it"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    content: str
    summary: str
    status: ToolStatus = ToolStatus.OK
    cancelled: bool = False  # the turn was cancelled while a write was finished


class ToolRunner:
    """Runs the calls of one step. `mode` is set by the session; `refused` counts automatic
    refusals.
    """

    def __init__(
        self,
        *,
        tools: ToolRegistry,
        workspace: Workspace,
        writer: ChangeWriter,
        broker: ApprovalBroker,
        sink: EventSink,
        interactive: bool,
        stop_programs: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tools = tools
        self._workspace = workspace
        self._writer = writer
        self._broker = broker
        self._sink = sink
        self._interactive = interactive
        self._stop_programs = stop_programs
        self._clock = clock
        self.specs = tools.specs()
        self.mode = ApprovalMode.SUGGEST
        self.refused = 0

    async def run(
        self,
        calls: Sequence[ToolCall],
        place: Place,
        journal: Journal,
        settle: Callable[[ToolResultMessage], None],
    ) -> None:
        """Run the calls; `settle` receives each result as it is known."""
        job = _Job(self, place, journal, settle)
        for batch in self._batches(calls):
            if len(batch) == 1:
                await job.run(batch[0])
                continue
            async with asyncio.TaskGroup() as group:
                for call in batch:
                    group.create_task(job.run(call))

    def _batches(self, calls: Sequence[ToolCall]) -> Iterator[list[ToolCall]]:
        for reads, group in itertools.groupby(calls, key=self._only_reads):
            if reads:
                yield list(group)
            else:
                yield from ([call] for call in group)

    def _only_reads(self, call: ToolCall) -> bool:
        try:
            return isinstance(self._tools.find(call.name), ReadTool)
        except ToolError:  # an unknown name: told to the model when its turn comes
            return False

    async def carry_out(self, call: ToolCall, place: Place, journal: Journal) -> _Outcome:
        """Judge and run one call; raises `ToolError` and `EditError`."""
        tool = self._tools.find(call.name)
        arguments = tool.parse(call.arguments)
        self._sink.publish(
            ToolCallReady(
                place=place,
                call_id=call.id,
                name=call.name,
                title=tool.title(arguments),
                arguments=call.arguments,
            )
        )
        accesses = await asyncio.to_thread(tool.accesses, arguments)
        answer = judge(self.mode, accesses)
        if answer.verdict is Verdict.DENY:
            return _denied(answer.reason)
        question = _Question(call=call, place=place, answer=answer, accesses=accesses)
        if isinstance(tool, EditTool):
            return await self._edit(tool, arguments, question, journal)
        return await self._read(tool, arguments, question)

    async def _read(
        self, tool: ReadTool[ToolArguments], arguments: ToolArguments, question: _Question
    ) -> _Outcome:
        if question.answer.verdict is Verdict.ASK:
            decision = await self._ask(question, AccessSubject(accesses=question.accesses))
            if not isinstance(decision, AllowOnce):
                return _denied(_refusal(decision))
        try:
            output = await asyncio.to_thread(tool.run, arguments)
        except asyncio.CancelledError:
            self._stop_programs()  # a thread cannot be cancelled, the program it waits for can
            raise
        return _Outcome(content=output.content, summary=output.summary)

    async def _edit(
        self,
        tool: EditTool[ToolArguments],
        arguments: ToolArguments,
        question: _Question,
        journal: Journal,
    ) -> _Outcome:
        changes = await asyncio.to_thread(tool.propose, arguments)
        decision: ApprovalDecision = AllowOnce()
        if question.answer.verdict is Verdict.ASK:
            decision = await self._ask(question, EditSubject(changes=changes))
        if isinstance(decision, Refuse):
            return _denied(_refusal(decision))
        reviewed = [self._reviewed(change, decision) for change in changes]
        note = decision.note if isinstance(decision, EditDecision) else ""
        writable = [each.remaining for each in reviewed if each.remaining is not None]
        if not writable:
            return _Outcome(
                content=report(reviewed, note), summary=summary(reviewed), status=ToolStatus.DENIED
            )
        journal.add(ToolApproved(call_id=question.call.id, decision=decision), question.place)
        await journal.settle()
        cancelled = await _finish(self._write, writable)
        self._sink.publish(
            ChangesApplied(
                place=question.place,
                call_id=question.call.id,
                changes=tuple(each.applied for each in reviewed if each.applied is not None),
            )
        )
        return _Outcome(
            content=report(reviewed, note), summary=summary(reviewed), cancelled=cancelled
        )

    def _reviewed(self, change: FileChange, decision: ApprovalDecision) -> ReviewedChange:
        decisions: dict[str, HunkDecision] = {}
        if isinstance(decision, EditDecision):
            for file in decision.files:
                if file.path == change.path:
                    decisions = dict(file.hunks)
            decisions = {h.id: decisions.get(h.id, RejectHunk()) for h in change.hunks}
        else:
            decisions = {hunk.id: AcceptHunk() for hunk in change.hunks}
        remaining = (
            self._writer.remaining(change, decisions)
            if any(not isinstance(each, AcceptHunk) for each in decisions.values())
            else change
        )
        return ReviewedChange(proposed=change, decisions=decisions, remaining=remaining)

    def _write(self, changes: Sequence[FileChange]) -> None:
        self._writer.write(self._workspace.root, changes)
        for change in changes:
            self._workspace.note_seen(change.path, change.after_hash)

    async def _ask(self, question: _Question, subject: ApprovalSubject) -> ApprovalDecision:
        request = ApprovalRequest(
            id=RequestId(new_id("request")),
            call_id=question.call.id,
            tool=question.call.name,
            subject=subject,
            reason=question.answer.reason,
            way_out=way_out(self.mode, question.accesses),
        )

        def announce(asked: ApprovalRequest) -> None:
            self._sink.publish(ApprovalRequested(place=question.place, request=asked))
            if not self._interactive:
                self.refused += 1
                self._broker.resolve(asked.id, Refuse(reason=NOBODY_TO_ASK, automatic=True))

        summary = "withdrawn"
        try:
            decision = await self._broker.ask(request, announce)
            summary = _resolution(decision)
        finally:
            self._sink.publish(
                ApprovalResolved(place=question.place, request_id=request.id, summary=summary)
            )
        return decision

    def finish(self, call: ToolCall, outcome: _Outcome, place: Place, started: float) -> None:
        """Announce a call's end."""
        self._sink.publish(
            ToolCallFinished(
                place=place,
                call_id=call.id,
                name=call.name,
                status=outcome.status,
                summary=outcome.summary,
                output=outcome.content,
                duration_ms=round((self._clock() - started) * 1000),
            )
        )

    def now(self) -> float:
        """Seconds of the injected clock."""
        return self._clock()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A call that was judged: what it touches and what the policy said."""

    call: ToolCall
    place: Place
    answer: PolicyAnswer
    accesses: tuple[PathAccess, ...]


@dataclass(frozen=True, slots=True)
class _Job:
    """What the calls of one step share."""

    runner: ToolRunner
    place: Place
    journal: Journal
    settle: Callable[[ToolResultMessage], None]

    async def run(self, call: ToolCall) -> None:
        """Carry out one call and deliver its one result."""
        started = self.runner.now()
        try:
            outcome = await self.runner.carry_out(call, self.place, self.journal)
        except (ToolError, EditError) as error:
            outcome = _failed(str(error))
        except Exception:  # a named border: a broken tool must not take the turn down
            log.exception("tool %s failed", call.name)
            outcome = _failed(f"{call.name} failed inside codex-tui; the log has the details.")
        self.settle(
            ToolResultMessage(
                call_id=call.id, name=call.name, content=outcome.content, status=outcome.status
            )
        )
        self.runner.finish(call, outcome, self.place, started)
        if outcome.cancelled:
            raise asyncio.CancelledError


async def _finish(write: Callable[[Sequence[FileChange]], None], changes: list[FileChange]) -> bool:
    """Run `write` in a thread to its end whatever happens; say whether a cancellation came."""
    running = asyncio.get_running_loop().run_in_executor(None, write, changes)
    cancelled = False
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError:
            cancelled = True
    running.result()
    return cancelled


def _failed(message: str) -> _Outcome:
    return _Outcome(content=message, summary=message, status=ToolStatus.ERROR)


def _denied(reason: str) -> _Outcome:
    return _Outcome(
        content=f"Not done: {reason}.", summary=f"refused: {reason}", status=ToolStatus.DENIED
    )


def _refusal(decision: ApprovalDecision) -> str:
    if isinstance(decision, Refuse) and decision.automatic:
        return decision.reason
    reason = decision.reason if isinstance(decision, Refuse) else ""
    return f"the user refused, because: {reason}" if reason else "the user refused"


def _resolution(decision: ApprovalDecision) -> str:
    match decision:
        case AllowOnce():
            return "allowed once"
        case Refuse(automatic=True):
            return f"refused: {decision.reason}"
        case Refuse():
            return f"refused: {decision.reason}" if decision.reason else "refused"
        case EditDecision(files=files):
            hunks = [each for file in files for _, each in file.hunks]
            kept = sum(not isinstance(each, RejectHunk) for each in hunks)
            return f"{kept} of {len(hunks)} hunks accepted"
