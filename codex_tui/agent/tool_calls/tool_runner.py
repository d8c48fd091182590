"""The one pipeline every tool call goes through, in one order.

parse the arguments → judge → ask if needed → carry out → exactly one result. Calls that only read
run together, all others one after another in the model's order. `ToolError` and `EditError` become
the call's result; any other exception is a bug: logged, told to the model as such, and the turn
lives. A cancellation leaves the calls it hits without a result; the turn gives them one.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from functools import cached_property
from typing import TYPE_CHECKING

from codex_tui.agent.prompts import withheld_tools
from codex_tui.agent.tool_calls.asking import JudgedCall, refusal
from codex_tui.agent.tool_calls.outcome import ToolOutcome
from codex_tui.approvals.policy import judge, way_out
from codex_tui.protocol.approvals import AccessSubject, AllowOnce, ApprovalMode, Verdict
from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import EditError, ToolError
from codex_tui.protocol.events import PlanUpdated, ToolCallFinished, ToolCallReady
from codex_tui.protocol.messages import ToolCall, ToolResultMessage
from codex_tui.sessions.records import ToolFinished
from codex_tui.tools.base import CommandTool, EditTool, ReadTool, ToolArguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from codex_tui.agent.journal import Journal
    from codex_tui.agent.tool_calls.asking import Asker
    from codex_tui.agent.tool_calls.commanding import Commanding
    from codex_tui.agent.tool_calls.editing import Editing
    from codex_tui.bus import EventSink
    from codex_tui.config.redaction import Redactor
    from codex_tui.protocol.changes import AppliedChange, FileChange
    from codex_tui.protocol.ids import Place
    from codex_tui.protocol.profiles import EditWay
    from codex_tui.protocol.tools import ToolSpec
    from codex_tui.tools.base import ToolOutput
    from codex_tui.tools.registry import ToolRegistry

log = logging.getLogger(__name__)

MAX_SUMMARY_CHARS = 480
"""So much of a summary is kept on the record; a failure's may be of any length."""


class ToolRunner:
    """Runs the calls of one step. `mode`, the gate in force, is set by the session; `changes` are
    what was written since it began.

    `stop_reading` ends what read tools have under way: a thread cannot be cancelled, but what it
    waits for or walks through can. `redact` takes the user's keys out of whatever a tool reports.
    """

    def __init__(
        self,
        *,
        tools: ToolRegistry,
        asker: Asker,
        editing: Editing,
        commanding: Commanding,
        sink: EventSink,
        redact: Redactor,
        stop_reading: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.mode = ApprovalMode.SUGGEST
        self.changes: list[AppliedChange] = []
        self._tools = tools
        self._asker = asker
        self._editing = editing
        self._commanding = commanding
        self._sink = sink
        self._redact = redact
        self._stop_reading = stop_reading
        self._clock = clock

    def specs_for(self, edit_tool: EditWay | None) -> tuple[ToolSpec, ...]:
        """Return the tools that a model is offered; the same ones at each of its steps."""
        withheld = withheld_tools(edit_tool)
        return tuple(spec for spec in self._specs if spec.name not in withheld)

    @cached_property
    def _specs(self) -> tuple[ToolSpec, ...]:
        """Made for the first turn: a start need not wait for eight schemas."""
        return self._tools.specs()

    @property
    def asker(self) -> Asker:
        """Who puts questions to the user."""
        return self._asker

    @property
    def refused(self) -> int:
        """How many actions nobody was there to approve."""
        return self._asker.refused

    def title_of(self, call: ToolCall) -> str:
        """Return the one line that names a call's object, empty when it cannot be told."""
        try:
            tool = self._tools.find(call.name)
            return tool.title(tool.parse(call.arguments))
        except ToolError:
            return ""

    async def run(
        self,
        calls: Sequence[ToolCall],
        place: Place,
        journal: Journal,
        settle: Callable[[ToolResultMessage], None],
    ) -> None:
        """Run the calls; `settle` receives each result as it is known."""

        async def run_one(call: ToolCall) -> None:
            started = self._clock()
            outcome = (await self._outcome(call, place, journal)).through(self._redact)
            settle(
                ToolResultMessage(
                    call_id=call.id,
                    name=call.name,
                    content=outcome.content,
                    status=outcome.status,
                    images=outcome.images,
                )
            )
            worked_s = self._clock() - started - self._asker.waited_s(call.id)
            duration_ms = max(0, round(worked_s * 1000))
            self.changes += outcome.changes
            journal.add(_finished(call, outcome, duration_ms), place)
            self._announce(call, outcome, place, duration_ms)
            _give_way()

        for batch in self._batches(calls):
            if len(batch) == 1:
                await run_one(batch[0])
                continue
            async with asyncio.TaskGroup() as group:
                for call in batch:
                    group.create_task(run_one(call))

    def _batches(self, calls: Sequence[ToolCall]) -> Iterator[list[ToolCall]]:
        for together, group in itertools.groupby(calls, key=self._runs_with_others):
            if together:
                yield list(group)
            else:
                yield from ([call] for call in group)

    def _runs_with_others(self, call: ToolCall) -> bool:
        try:
            tool = self._tools.find(call.name)
        except ToolError:  # an unknown name: told to the model when its turn comes
            return False
        return isinstance(tool, ReadTool) and tool.together

    async def _outcome(self, call: ToolCall, place: Place, journal: Journal) -> ToolOutcome:
        try:
            return await self._carry_out(call, place, journal)
        except (ToolError, EditError) as error:
            return ToolOutcome.failed(str(error), summary=error.sentences)
        except Exception:  # a named border: a broken tool must not take the turn down
            log.exception("tool %s failed", call.name)
            return ToolOutcome.failed(
                f"{call.name} failed inside codex-tui; the log has the details."
            )

    async def _carry_out(self, call: ToolCall, place: Place, journal: Journal) -> ToolOutcome:
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
        if isinstance(tool, CommandTool):
            return await self._commanding.run(lambda: tool.command(arguments), call, place, journal)
        accesses = await asyncio.to_thread(tool.accesses, arguments)
        judged = JudgedCall(
            call=call,
            place=place,
            accesses=accesses,
            answer=judge(self.mode, accesses),
            way_out=way_out(self.mode, accesses),
        )
        if judged.answer.verdict is Verdict.DENY:
            return ToolOutcome.denied(judged.answer.reason)
        if isinstance(tool, EditTool):
            return await self._editing.run(
                lambda: _as_judged(tool.propose(arguments), judged), judged, journal
            )
        return await self._read(tool, arguments, judged)

    async def _read(
        self, tool: ReadTool[ToolArguments], arguments: ToolArguments, judged: JudgedCall
    ) -> ToolOutcome:
        if judged.answer.verdict is Verdict.ASK:
            decision = await self._asker.ask(judged, AccessSubject(accesses=judged.accesses))
            if not isinstance(decision, AllowOnce):
                return ToolOutcome.denied(refusal(decision))

        def run() -> ToolOutput:
            if tool.accesses(arguments) != judged.accesses:
                raise _moved(judged)
            return tool.run(arguments)

        try:
            output = await asyncio.to_thread(run)
        except asyncio.CancelledError:
            self._stop_reading()
            raise
        return ToolOutcome(
            content=output.content,
            summary=output.summary,
            images=output.images,
            plan=output.plan,
        )

    def _announce(
        self, call: ToolCall, outcome: ToolOutcome, place: Place, duration_ms: int
    ) -> None:
        self._sink.publish(
            ToolCallFinished(
                place=place,
                call_id=call.id,
                name=call.name,
                status=outcome.status,
                summary=outcome.summary,
                output=outcome.content,
                duration_ms=duration_ms,
            )
        )
        if outcome.plan is not None:
            self._sink.publish(PlanUpdated(place=place, steps=outcome.plan))


def _finished(call: ToolCall, outcome: ToolOutcome, duration_ms: int) -> ToolFinished:
    return ToolFinished(
        call_id=call.id,
        summary=one_line(outcome.summary, MAX_SUMMARY_CHARS),
        duration_ms=duration_ms,
        changes=outcome.changes,
    )


def _as_judged(changes: tuple[FileChange, ...], judged: JudgedCall) -> tuple[FileChange, ...]:
    if {change.path for change in changes} - {access.path for access in judged.accesses}:
        raise _moved(judged)
    return changes


def _moved(judged: JudgedCall) -> ToolError:
    """A link was turned since the call was judged: what was allowed is not what would be done."""
    names = ", ".join(access.path for access in judged.accesses)
    return ToolError(
        f"The path of this call no longer leads to {names}; nothing was done.",
        hint="Look at the folder again before you repeat it.",
    )


def _give_way() -> None:
    """Take up a cancellation that came while a write was finished or a command was ended."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
