"""The plain door for a helper program of our own that keeps running: the local model's server.

It never runs a command of a model. The child gets the fixed small environment, a session of its own
(a key in the terminal is not for it) and one line of input; its input then stays open, and its end
tells the child that the program is gone. Its errors go to a log file that starts anew each time.
Calls belong to one event loop; the child is started from the loop's own thread, because on Linux a
child may ask to end with the thread that started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Final

from codex_tui.sandbox.unconfined import PLAIN_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_LINE_BYTES: Final = 16_384
_EXIT_CHECK_S: Final = 0.02


class HelperServer:
    """A running child. Whoever starts one calls `stop`, or `kill` where nothing can be awaited."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._output_came: asyncio.Event | None = None

    @property
    def pid(self) -> int:
        """The process id, which is its group's number too."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        return self._process.poll()

    async def read_line(self) -> bytes:
        """Wait for the first line of its output; what there is of one when it ends before."""
        said = bytearray()
        pipe = self._process.stdout
        if pipe is None or pipe.closed:
            return b""
        loop, descriptor = asyncio.get_running_loop(), pipe.fileno()
        came = self._output_came = asyncio.Event()
        loop.add_reader(descriptor, came.set)
        try:
            while b"\n" not in said and len(said) < MAX_LINE_BYTES:
                await came.wait()
                came.clear()
                chunk = b"" if pipe.closed else os.read(descriptor, MAX_LINE_BYTES)
                if not chunk:
                    break
                said += chunk
        finally:
            if not pipe.closed:
                loop.remove_reader(descriptor)
        return bytes(said.partition(b"\n")[0])

    async def stop(self, grace_s: float) -> None:
        """End it: by the end of its input and SIGTERM, after `grace_s` seconds by SIGKILL."""
        try:
            self._close_pipes()
            self._signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_s):
                    while self._process.poll() is None:  # noqa: ASYNC110
                        await asyncio.sleep(_EXIT_CHECK_S)
        finally:
            self.kill()

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        self._signal(signal.SIGKILL)
        self._close_pipes()
        self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _close_pipes(self) -> None:
        output = self._process.stdout
        if self._output_came is not None and output is not None and not output.closed:
            asyncio.get_running_loop().remove_reader(output.fileno())
            self._output_came.set()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def start_helper(argv: Sequence[str], *, line: bytes, log: Path) -> HelperServer:
    """Start a child and hand it its line of input.

    Args:
        argv: The program (an absolute path) and its arguments; no shell reads them.
        line: What it reads first; may hold a secret, which no list of processes shows.
        log: The file its errors go to, for the user alone.

    Raises:
        OSError: The log cannot be written or the program cannot be started.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    errors = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=log.parent,
            env=PLAIN_ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            bufsize=0,
            start_new_session=True,
        )
    finally:
        os.close(errors)
    helper = HelperServer(process)
    try:
        if process.stdin is not None:
            process.stdin.write(line)
    except BrokenPipeError:
        return helper  # it ended at once, which its exit code tells
    except BaseException:
        helper.kill()
        raise
    return helper
