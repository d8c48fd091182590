"""From a command a model wants to its result: specify → judge → ask → record → run → report.

The approval is on the record before the command starts. An interrupt while it runs ends it with all
it has started, and the call still gets its own result, so that nobody has to guess what happened. A
command that was allowed for the session is allowed as it is, in its folder, and never otherwise;
a resumed session asks anew. The user's keys are taken out of what it prints, piece by piece.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from codex_tui.agent.tool_calls.asking import JudgedCall, refusal
from codex_tui.agent.tool_calls.command_report import report, status, summary
from codex_tui.agent.tool_calls.outcome import ToolOutcome
from codex_tui.approvals.policy import COMMAND_WAY_OUT, judge_command
from codex_tui.protocol.approvals import (
    AllowForSession,
    AllowOnce,
    ApprovalDecision,
    CommandSubject,
    Verdict,
)
from codex_tui.protocol.errors import ToolError
from codex_tui.protocol.events import CommandOutputDelta
from codex_tui.sessions.records import ToolApproved

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.agent.journal import Journal
    from codex_tui.agent.tool_calls.asking import Asker
    from codex_tui.bus import EventSink
    from codex_tui.config.redaction import Redactor
    from codex_tui.protocol.ids import Place
    from codex_tui.protocol.messages import ToolCall
    from codex_tui.protocol.tools import CommandSpec
    from codex_tui.sandbox.commands import CommandRunner


class Commanding:
    """Carries out the calls of command tools."""

    def __init__(
        self, *, runner: CommandRunner, asker: Asker, sink: EventSink, redact: Redactor
    ) -> None:
        self._runner = runner
        self._asker = asker
        self._sink = sink
        self._redact = redact
        self._allowed: set[tuple[str, str]] = set()

    async def run(
        self, specify: Callable[[], CommandSpec], call: ToolCall, place: Place, journal: Journal
    ) -> ToolOutcome:
        """Do it; raises `ToolError`, and then nothing was run."""
        spec = await asyncio.to_thread(specify)
        decision = await self._decision(spec, call, place)
        if not isinstance(decision, AllowOnce | AllowForSession):
            return ToolOutcome.denied(refusal(decision))
        if await asyncio.to_thread(specify) != spec:
            raise ToolError(
                f"{spec.workdir} no longer leads to where it did; nothing was run.",
                hint="Look at the folder again before you repeat it.",
            )
        journal.add(ToolApproved(call_id=call.id, decision=decision), place)
        await journal.settle()
        return await self._execute(spec, call, place)

    async def _decision(self, spec: CommandSpec, call: ToolCall, place: Place) -> ApprovalDecision:
        """Return what was decided before or is decided now."""
        key = (spec.script, spec.directory)
        answer = judge_command(allowed_before=key in self._allowed)
        if answer.verdict is Verdict.ALLOW:
            return AllowForSession()
        judged = JudgedCall(
            call=call, place=place, accesses=(), answer=answer, way_out=COMMAND_WAY_OUT
        )
        decision = await self._asker.ask(judged, _subject(spec))
        if isinstance(decision, AllowForSession):
            self._allowed.add(key)
        return decision

    async def _execute(self, spec: CommandSpec, call: ToolCall, place: Place) -> ToolOutcome:
        shown = self._redact.stream()

        def show(text: str) -> None:
            if text:
                self._sink.publish(CommandOutputDelta(place=place, call_id=call.id, text=text))

        try:
            result = await self._runner.run(spec, lambda text: show(shown.feed(text)))
        except OSError as error:
            raise ToolError(
                f"The command cannot be started in {spec.workdir}: {error.strerror}."
            ) from None
        show(shown.finish())
        return ToolOutcome(
            content=report(result, spec), summary=summary(result, spec), status=status(result)
        )


def _subject(spec: CommandSpec) -> CommandSubject:
    return CommandSubject(
        command=spec.script,
        workdir=spec.workdir,
        timeout_s=spec.timeout_s,
        description=spec.description,
    )
