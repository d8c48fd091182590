"""A tool call in the transcript: one line, its output behind it, the changes it made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_tui.protocol.changes import AppliedChange, ChangeKind
from codex_tui.protocol.display import display_safe, one_line
from codex_tui.protocol.figures import format_duration
from codex_tui.protocol.messages import ToolStatus
from codex_tui.ui.widgets.blocks import output_rows
from codex_tui.ui.widgets.markdown import MARGIN
from codex_tui.ui.widgets.rows import Block, Row, Run
from codex_tui.ui.widgets.wrapping import cells, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.ui.symbols import Symbols
    from codex_tui.ui.widgets.rows import Frame

HEAD_LINES = 120
TAIL_LINES = 40
MAX_LINE_CHARS = 1_000
"""What is kept of an output: its first and last lines, and of each line its beginning."""
MAX_LABEL_CHARS = 400
LIVE_ROWS = 5
"""So much of what a command says is to be seen while it runs."""
LONG_CALL_MS = 1_000
"""Calls that took longer say how long."""

_KIND_WORDS = {ChangeKind.ADD: "new file", ChangeKind.DELETE: "deleted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolBlock(Block):
    """One call. `status` is None until it has its result; `output` is capped by `capped_output`.

    `live` are the last lines of a command that still runs, made by `live_lines`.
    """

    name: str
    title: str = ""
    status: ToolStatus | None = None
    summary: str = ""
    output: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    duration_ms: int = 0
    changes: tuple[AppliedChange, ...] = ()

    @property
    def source(self) -> str:
        """What the call was and what it gave."""
        parts = [" ".join(filter(None, [self.name, self.title])), self.summary]
        head = one_line(" — ".join(filter(None, parts)), MAX_LABEL_CHARS)
        return "\n".join([head, *map(display_safe, self.output)])

    @property
    def expandable(self) -> bool:
        """There may be no output."""
        return bool(self.output)

    @property
    def compact(self) -> bool:
        """One line among other calls."""
        return True

    def estimate(self, frame: Frame) -> int:
        """Count the line, further changes, and the output where it is open."""
        folded = len(self.changes) if len(self.changes) > 1 else 0
        return 1 + folded + len(self._watched) + (len(self.output) if frame.expanded else 0)

    def layout(self, frame: Frame) -> Sequence[Row]:
        """Draw the line and what belongs below it."""
        rows = [_fitted(self._sign(frame.symbols), self._head(), self._remark(frame), frame)]
        if len(self.changes) > 1:
            for change in self.changes:
                path = Run(one_line(change.title, MAX_LABEL_CHARS))
                rows.append(_fitted(Run("    "), [path], _counts(change, frame.symbols), frame))
        if frame.expanded:
            rows.extend(output_rows(self.output, frame))
        rows.extend(output_rows(self._watched, frame)[-LIVE_ROWS:])
        return rows

    @property
    def _watched(self) -> tuple[str, ...]:
        """The lines to be seen while the command runs, without an empty one at the end."""
        if self.status is not None:
            return ()
        return self.live if not self.live or self.live[-1] else self.live[:-1]

    def _sign(self, symbols: Symbols) -> Run:
        match self.status:
            case None:
                return Run(f"{symbols.waiting} ", "muted")
            case ToolStatus.OK:
                return Run(f"{symbols.done} ", "accent")
            case ToolStatus.ERROR:
                return Run(f"{symbols.failed} ", "error")
            case ToolStatus.DENIED:
                return Run(f"{symbols.denied} ", "warning")
            case ToolStatus.CANCELLED | ToolStatus.INTERRUPTED:
                return Run(f"{symbols.denied} ", "muted")

    def _head(self) -> list[Run]:
        name = Run(one_line(self.name, MAX_LABEL_CHARS), "strong")
        title = self.title
        if len(self.changes) == 1:
            title = self.changes[0].title
        return [name, Run(" " + one_line(title, MAX_LABEL_CHARS))] if title else [name]

    def _remark(self, frame: Frame) -> list[Run]:
        symbols = frame.symbols
        runs: list[Run] = []
        if len(self.changes) == 1:
            runs += _counts(self.changes[0], symbols)
        failed = self.status is ToolStatus.ERROR
        summary = one_line(self.summary, MAX_LABEL_CHARS)
        if self.status in {ToolStatus.CANCELLED, ToolStatus.INTERRUPTED} and not summary:
            summary = str(self.status)
        if summary and (not self.changes or failed):
            runs.append(Run(f" {symbols.dash} {summary}", "error" if failed else "muted"))
        if self.status is not None and self.duration_ms >= LONG_CALL_MS:
            runs.append(Run(f" ({format_duration(self.duration_ms)})", "faint"))
        if self.expandable:
            sign = symbols.expanded if frame.expanded else symbols.collapsed
            runs.append(Run(f" {sign}", "faint"))
        return runs


def capped_output(output: str) -> tuple[str, ...]:
    """Return the lines of `output` that are worth keeping, with words for what was left out."""
    lines = output.rstrip("\n").split("\n") if output.strip() else []
    left_out = len(lines) - HEAD_LINES - TAIL_LINES
    if left_out > 0:
        note = f"… {left_out:,} lines left out …"
        lines = [*lines[:HEAD_LINES], note, *lines[-TAIL_LINES:]]
    return tuple(_capped_line(line) for line in lines)


def live_lines(shown: tuple[str, ...], more: str) -> tuple[str, ...]:
    """Return the last lines of an output of which `shown` was the end so far.

    A line that is written over (progress) shows what it says now.
    """
    *finished, last = shown or ("",)
    lines = [*finished, *(last + more).split("\n")]
    kept = lines[-LIVE_ROWS:] if lines[-1] else lines[-LIVE_ROWS - 1 :]
    return tuple(_written_last(line)[-MAX_LINE_CHARS:] for line in kept)


def _written_last(line: str) -> str:
    text = line.rstrip("\r")
    return text.rpartition("\r")[2] + line[len(text) :]


def _capped_line(line: str) -> str:
    left_out = len(line) - MAX_LINE_CHARS
    if left_out <= 0:
        return line
    return f"{line[:MAX_LINE_CHARS]} … {left_out:,} characters left out"


def _counts(change: AppliedChange, symbols: Symbols) -> list[Run]:
    runs = [Run("  ")]
    if change.added:
        runs.append(Run(f"+{change.added} ", "success"))
    if change.removed:
        runs.append(Run(f"{symbols.minus}{change.removed} ", "error"))
    applied = _KIND_WORDS.get(change.kind, "")
    if change.hunks_applied < change.hunks_proposed:
        applied = f"applied {change.hunks_applied} of {change.hunks_proposed} hunks"
    if applied:
        runs.append(Run(f"  {applied}", "muted"))
    return runs


def _fitted(sign: Run, head: list[Run], remark: list[Run], frame: Frame) -> Row:
    """Put a line together; what is too long for it is cut, first the head, then the remark."""
    room = max(frame.width - cells(sign.text), 2)
    wanted = sum(cells(run.text) for run in remark)
    head = _cut(head, max(room - wanted, room // 2), frame.symbols.ellipsis)
    used = sum(cells(run.text) for run in head)
    remark = _cut(remark, room - used, frame.symbols.ellipsis)
    return Row((sign, *head, *remark), margin=MARGIN)


def _cut(runs: list[Run], width: int, ellipsis: str) -> list[Run]:
    kept: list[Run] = []
    for run in runs:
        size = cells(run.text)
        if size > width:
            kept.append(Run(shorten(run.text, width, ellipsis), run.role))
            break
        kept.append(run)
        width -= size
    return [run for run in kept if run.text]
