"""What is said of a command that has ended: a line for people, a text for the model.

The text begins with the exit code; its length is bounded by what the sandbox keeps of an output.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, assert_never

from codex_tui.protocol.messages import ToolStatus

if TYPE_CHECKING:
    from codex_tui.protocol.tools import CommandSpec
    from codex_tui.sandbox.execution import CommandResult
    from codex_tui.sandbox.output import KeptOutput

NO_OUTPUT = "[no output]"


def status(result: CommandResult) -> ToolStatus:
    """Say how the call ended: any exit code but 0 counts as a failure."""
    if result.ending == "interrupted":
        return ToolStatus.INTERRUPTED
    succeeded = result.ending == "exited" and result.exit_code == 0
    return ToolStatus.OK if succeeded else ToolStatus.ERROR


def summary(result: CommandResult, spec: CommandSpec) -> str:
    """Return one line for people: `exit 1`, `killed by SIGSEGV`, `timed out after 9 s, killed`."""
    match result.ending:
        case "exited":
            return _exit(result.exit_code)
        case "timed_out":
            return f"timed out after {spec.timeout_s} s, killed"
        case "flooded":
            return f"stopped after {result.output.total_bytes / 1e6:,.0f} MB of output, killed"
        case "interrupted":
            return "interrupted, killed"
        case _:
            assert_never(result.ending)


def report(result: CommandResult, spec: CommandSpec) -> str:
    """Return the tool result for the model."""
    told = result.duration_s < 1 or result.ending == "timed_out"
    took = "" if told else f" ({result.duration_s:.0f} s)"
    lines = [f"{summary(result, spec)}{took}", *_remarks(result)]
    output = result.output
    if not output.total_bytes:
        return "\n".join([*lines, NO_OUTPUT])
    lines.append(output.head.removesuffix("\n"))
    if output.left_out_bytes:
        lines += [_left_out(output), output.tail.removesuffix("\n")]
    return "\n".join(lines)


def _exit(code: int | None) -> str:
    if code is None:
        return "ended, exit code unknown"
    if code >= 0:
        return f"exit {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _remarks(result: CommandResult) -> list[str]:
    remarks: list[str] = []
    if result.ending == "interrupted":
        remarks.append("[The user interrupted it. Its effects until then remain.]")
    if result.left_running:
        left = _processes(result.left_running)
        remarks.append(f"[{left} left in the background, ended with the command]")
    if result.survivors:
        remarks.append(f"[{_processes(result.survivors)} could not be ended]")
    return remarks


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


def _left_out(output: KeptOutput) -> str:
    cut = f"… {output.left_out_bytes:,} bytes are left out here"
    if output.file is None:
        return f"[{cut}; they could not be kept: {output.file_fault}]"
    whole = output.file_bytes == output.total_bytes
    kept = "the full output is" if whole else f"its first {output.file_bytes:,} bytes are"
    return f"[{cut}; {kept} in {output.file} until codex-tui ends]"
