"""One command from its start to its end: its output is read, and it is decided when it has had
enough: of time, of output, or because nobody waits for it any more.

Standard output and error are one stream, in their order. The supervisor starts and ends what runs;
closing the pipe to it is the one way to ask for the end, so that the end comes in any case.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from codex_tui.sandbox import supervisor
from codex_tui.sandbox.output import KeptOutput, LiveOutput, OutputKeeper, OutputLimits
from codex_tui.sandbox.unconfined import find_program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_tui.protocol.tools import CommandSpec

CHUNK_BYTES = 65_536
LOOK_S = 0.5
"""So often the clock is looked at: a stop may come from another thread."""
REPORT_S = 4.5
"""Seconds after the grace in which the supervisor has to report, before it is ended itself."""
Ending = Literal["exited", "timed_out", "flooded", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLimits:
    """What ends a command, and how. `max_output_bytes` are read at most; `linger_s` is left to what
    a finished command has started, `grace_s` passes between SIGTERM and SIGKILL; watchers get news
    every `live_interval_s`.
    """

    output: OutputLimits = field(default_factory=OutputLimits)
    max_output_bytes: int = 1_000_000_000
    linger_s: float = 0.3
    grace_s: float = 2.0
    live_interval_s: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """How a command ended. `exit_code` is negative for a signal and None when nobody knows it.

    `left_running` counts processes it left and that were ended after it, `survivors` those that
    could not be ended.
    """

    ending: Ending
    exit_code: int | None
    output: KeptOutput
    duration_s: float
    left_running: int = 0
    survivors: int = 0


def shell() -> Path:
    """Return the shell that reads commands: bash where the system has it, else `/bin/sh`."""
    return find_program("bash") or Path("/bin/sh")


class Execution:
    """One command from start to end; `run` blocks, `stop` may come from any thread."""

    def __init__(
        self,
        spec: CommandSpec,
        environment: Mapping[str, str],
        limits: CommandLimits,
        keeper: OutputKeeper,
        show: Callable[[str], object],
    ) -> None:
        self._spec = spec
        self._environment = environment
        self._limits = limits
        self._keeper = keeper
        self._show = show
        self._live = LiveOutput(limits.output.live_bytes)
        self._live_due = 0.0
        self._lock = threading.Lock()
        self._ending: Ending = "exited"
        self._control: int | None = None
        self._ended_at: float | None = None
        self._report = b""

    def stop(self) -> None:
        """End the command because nobody waits for it any more."""
        self._end("interrupted")

    def run(self) -> CommandResult:
        """Run it to its end; raises `OSError` when it cannot be started."""
        started = time.monotonic()
        with self._lock:
            if self._ending == "interrupted":
                return self._result(started)
            child, report = self._launch()
        try:
            self._attend(child, report, started + self._spec.timeout_s)
        finally:
            self._end("exited")
            if not self._reported("ended"):
                self._force(child)
            os.close(report)
            if child.stdout is not None:
                child.stdout.close()
            child.wait()
        self._flush()
        return self._result(started)

    def _launch(self) -> tuple[subprocess.Popen[bytes], int]:
        """Start the supervisor with the command; returns it and the pipe it reports to."""
        control, self._control = os.pipe()
        report, reporting = os.pipe()
        limits = self._limits
        try:
            child = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", "-X", "utf8", supervisor.__file__),
                    *(str(control), str(reporting), str(limits.linger_s), str(limits.grace_s)),
                    *(str(shell()), "-c", self._spec.script.encode()),
                ],
                cwd=self._spec.directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                pass_fds=(control, reporting),
                start_new_session=True,
            )
        except BaseException:
            os.close(report)
            self._let_go()
            raise
        finally:
            os.close(control)
            os.close(reporting)
        return child, report

    def _end(self, ending: Ending) -> None:
        """Have the supervisor end the command; the first reason counts."""
        with self._lock:
            if self._ended_at is None:
                self._ending = ending
                self._ended_at = time.monotonic()
                self._let_go()

    def _let_go(self) -> None:
        if self._control is not None:
            os.close(self._control)
            self._control = None

    def _attend(self, child: subprocess.Popen[bytes], report: int, deadline: float) -> None:
        """Read until the supervisor is gone."""
        with selectors.DefaultSelector() as selector:
            selector.register(report, selectors.EVENT_READ, self._note_report)
            if child.stdout is not None:
                selector.register(child.stdout, selectors.EVENT_READ, self._keep)
            while report in selector.get_map():
                for key, _ in selector.select(self._pause_s(deadline)):
                    chunk = os.read(key.fd, CHUNK_BYTES)
                    if not chunk or not key.data(chunk):
                        selector.unregister(key.fileobj)
                self._look_at_the_clock(child, deadline)
            if child.stdout is not None and child.stdout in selector.get_map():
                self._drain(child.stdout.fileno())

    def _pause_s(self, deadline: float) -> float:
        """Seconds until there is something to do besides reading."""
        dues = [time.monotonic() + LOOK_S]
        if self._ended_at is None:
            dues.append(deadline)
        if self._live.waiting:
            dues.append(self._live_due)
        return max(0.0, min(dues) - time.monotonic())

    def _look_at_the_clock(self, child: subprocess.Popen[bytes], deadline: float) -> None:
        now = time.monotonic()
        if self._live.waiting and now >= self._live_due:
            self._flush()
            self._live_due = now + self._limits.live_interval_s
        if now >= deadline:
            self._end("timed_out")
        if self._ended_at is not None and now > self._ended_at + self._limits.grace_s + REPORT_S:
            self._force(child)

    def _force(self, child: subprocess.Popen[bytes]) -> None:
        """End a supervisor that does not answer, and the group it had started: the command may have
        stopped or killed it.
        """
        group = self._reported("started")
        if group:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(int(group[1]), signal.SIGKILL)
        child.kill()

    def _keep(self, chunk: bytes) -> bool:
        """Take output; False once it is enough."""
        self._keeper.take(chunk)
        self._live.take(chunk)
        if self._keeper.total_bytes <= self._limits.max_output_bytes:
            return True
        self._end("flooded")
        return False

    def _note_report(self, chunk: bytes) -> bool:
        self._report += chunk
        if self._reported("exited"):
            self._end("exited")  # what it left has its own time; the command was in time
        return True

    def _drain(self, output: int) -> None:
        """Take what is in the pipe; somebody out of reach may hold it open for ever."""
        os.set_blocking(output, False)
        with contextlib.suppress(BlockingIOError):
            while (chunk := os.read(output, CHUNK_BYTES)) and self._keep(chunk):
                pass

    def _flush(self) -> None:
        text = self._live.text()
        if text:
            self._show(text)

    def _reported(self, word: str) -> list[str]:
        """Return the words of the report that begins with `word`, none when it has not come."""
        lines = [line.split() for line in self._report.decode("ascii", "replace").splitlines()]
        found = [line for line in lines if line[0] == word]
        return found[0] if found else []

    def _result(self, started: float) -> CommandResult:
        ended = self._reported("ended")
        _, code, left, survivors = ended or ("", "?", "0", "0")
        return CommandResult(
            ending=self._ending,
            exit_code=None if code == "?" else int(code),
            output=self._keeper.finish(),
            duration_s=time.monotonic() - started,
            left_running=int(left),
            survivors=int(survivors),
        )
