"""Makes a session of its parts: its own workspace, gate and tools, and the services all share.

Which session it is, new or stored, and on which folder, is the caller's; nothing is announced here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codex_tui.agent.attachments import Attachments
from codex_tui.agent.compaction.limits import CompactionRules
from codex_tui.agent.journal import Journal
from codex_tui.agent.loop import TurnLimits
from codex_tui.agent.recovery.cool_downs import CoolDowns
from codex_tui.agent.recovery.fail_over import Fallbacks
from codex_tui.agent.recovery.retry import RetryPolicy
from codex_tui.agent.session import AgentSession
from codex_tui.agent.spending.estimate import Estimator
from codex_tui.agent.tool_calls.asking import Asker
from codex_tui.agent.tool_calls.commanding import Commanding
from codex_tui.agent.tool_calls.editing import Editing
from codex_tui.agent.tool_calls.tool_runner import ToolRunner
from codex_tui.approvals.broker import ApprovalBroker
from codex_tui.bus import MessageBus
from codex_tui.config.redaction import Redactor
from codex_tui.config.settings import Settings
from codex_tui.edits.diff import apply_decisions
from codex_tui.edits.engine import TextEditor
from codex_tui.edits.transaction import write_changes
from codex_tui.protocol.models import ModelRef
from codex_tui.protocol.spending import Budget
from codex_tui.providers.registry import ProviderRegistry
from codex_tui.sandbox.commands import CommandRunner
from codex_tui.sandbox.unconfined import Unconfined
from codex_tui.tools.registry import default_tools
from codex_tui.tools.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from codex_tui.agent.past import Past
    from codex_tui.protocol.approvals import HunkDecision
    from codex_tui.protocol.changes import FileChange
    from codex_tui.protocol.ids import Place
    from codex_tui.sessions.file import SessionFile


class EditWriter:
    """The edit engine's writing half, as the tool runner takes it."""

    def remaining(
        self, change: FileChange, decisions: Mapping[str, HunkDecision]
    ) -> FileChange | None:
        """Leave the refused hunks out; see `edits.diff.apply_decisions`."""
        return apply_decisions(change, decisions)

    def write(self, root: Path, changes: Sequence[FileChange]) -> None:
        """Write all or nothing; see `edits.transaction.write_changes`."""
        write_changes(root, changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMaker:
    """What all sessions of the program share.

    `programs` runs the tools' helper programs, `own_folders` are the program's own, which no tool
    may touch, and without `interactive` nobody is asked. `rests` are the providers'.
    """

    bus: MessageBus
    registry: ProviderRegistry
    commands: CommandRunner
    programs: Unconfined
    redact: Redactor
    settings: Settings
    rests: CoolDowns
    own_folders: tuple[Path, ...]
    interactive: bool
    estimator: Estimator

    def make(
        self,
        root: Path,
        file: SessionFile | Callable[[], SessionFile],
        place: Place,
        past: Past,
    ) -> AgentSession:
        """Return the session `place` in the folder `root`, to be kept in `file`."""
        workspace = Workspace(root, self.own_folders)
        broker = ApprovalBroker()
        return AgentSession(
            place=place,
            root=root,
            sink=self.bus,
            providers=self.registry,
            tools=self._tools(workspace, broker),
            broker=broker,
            attachments=Attachments(workspace, self.redact),
            journal=lambda warn: Journal(file, warn),
            limits=TurnLimits(
                max_steps=self.settings.max_steps,
                watched=self.interactive,
                retry=RetryPolicy(max_retries=self.settings.max_retries),
                budget=Budget(usd=self.settings.budget_usd, tokens=self.settings.budget_tokens),
                compaction=CompactionRules(
                    automatic=self.settings.auto_compact, at=self.settings.compact_at
                ),
            ),
            past=past,
            estimator=self.estimator,
            fallbacks=Fallbacks(
                chain=tuple(map(ModelRef.parse, self.settings.fallbacks)),
                automatic=self.settings.auto_fallback,
                asks=self.interactive,
                rests=self.rests,
            ),
        )

    def _tools(self, workspace: Workspace, broker: ApprovalBroker) -> ToolRunner:
        asker = Asker(broker=broker, sink=self.bus, interactive=self.interactive)

        def stop_reading() -> None:
            workspace.stop_walks()
            self.programs.stop()

        return ToolRunner(
            tools=default_tools(workspace, TextEditor(), self.programs),
            asker=asker,
            editing=Editing(workspace=workspace, writer=EditWriter(), asker=asker, sink=self.bus),
            commanding=Commanding(
                runner=self.commands, asker=asker, sink=self.bus, redact=self.redact
            ),
            sink=self.bus,
            redact=self.redact,
            stop_reading=stop_reading,
        )
