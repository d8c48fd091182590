"""Runs the commands a model asked for and somebody allowed. There is no sandbox around them yet.

A command runs with the user's rights, but with a small environment without keys, without a terminal
and without input. It is started by `supervisor`, which ends everything that descends from it; see
there for what is out of reach. Reading happens in a thread (`execution`), so a flood does not hold
up the event loop.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from codex_tui.sandbox.execution import CommandLimits, CommandResult, Execution
from codex_tui.sandbox.output import OutputKeeper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_tui.protocol.tools import CommandSpec

MAX_FILES = 20
"""So many full outputs are kept; the oldest ones go first."""

QUIET_TOOLS = {
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
}
"""Keeps programs from waiting for somebody and from painting."""


class CommandRunner:
    """Runs one command after another, and owns the folder of their temporary files."""

    def __init__(self, environment: Mapping[str, str], limits: CommandLimits | None = None) -> None:
        """`environment` is all that commands get to know of ours; it holds no keys."""
        self._environment = dict(environment)
        self._limits = limits or CommandLimits()
        self._folder: Path | None = None
        self._files: list[Path] = []

    async def run(self, spec: CommandSpec, on_output: Callable[[str], None]) -> CommandResult:
        """Run a command to its end; `on_output` receives, on the event loop, what it says.

        A cancellation ends the command and is kept waiting until all of it is gone: the result then
        says "interrupted", and `Task.cancelling` tells the caller to take the cancellation up.

        Raises:
            OSError: It cannot be started.
        """
        loop = asyncio.get_running_loop()
        folder = self._own_folder()
        execution = Execution(
            spec,
            {**self._environment, **QUIET_TOOLS, "TMPDIR": str(folder / "tmp")},
            self._limits,
            OutputKeeper(self._limits.output, self._name_file),
            lambda text: loop.call_soon_threadsafe(on_output, text),
        )
        running = loop.run_in_executor(None, execution.run)
        while not running.done():
            try:
                await asyncio.wait({running})
            except asyncio.CancelledError:
                execution.stop()
        return running.result()

    def close(self) -> None:
        """Remove the folder with everything commands have left in it."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _own_folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="codex-tui-"))  # mode 0700
        (self._folder / "tmp").mkdir(mode=0o700, exist_ok=True)
        return self._folder

    def _name_file(self) -> Path:
        """Name the file of a full output, and remove the oldest one of too many."""
        number = int(self._files[-1].stem.rpartition("-")[2]) + 1 if self._files else 1
        self._files.append(self._own_folder() / f"output-{number}.txt")
        if len(self._files) > MAX_FILES:
            self._files.pop(0).unlink(missing_ok=True)
        return self._files[-1]
