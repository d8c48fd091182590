"""The one plain door for our own helper programs (ripgrep, the line matcher), run unconfined.

It never takes a command from a model. A child gets a fixed small environment, so that no key can
reach it, its own process group, so that nothing of it survives, and its output is capped while it
is read. Calls block; they belong in a thread. `stop` ends every child from any thread.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from codex_tui.protocol.programs import Completed

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

SYSTEM_DIRECTORIES = (
    "/usr/bin",
    "/bin",
    "/usr/local/bin",
    "/opt/homebrew/bin",
    "/opt/local/bin",
    "/run/current-system/sw/bin",
)
"""Where helper programs are looked up: never `$PATH`, which a project can bend."""

PLAIN_ENVIRONMENT = {"PATH": ":".join(SYSTEM_DIRECTORIES), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
MAX_ERROR_BYTES = 64_000
CHUNK_BYTES = 65_536
EXIT_CHECK_S = 0.1  # how often a silent child is looked at: a grandchild may hold its pipes open


def find_program(name: str) -> Path | None:
    """Look a bare program name up in the system's directories; None when it is not there."""
    if not name or Path(name).name != name:
        return None
    found = shutil.which(name, path=PLAIN_ENVIRONMENT["PATH"])
    return None if found is None else Path(found)


class Unconfined:
    """Runs helper programs and can stop all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: set[subprocess.Popen[bytes]] = set()

    def find(self, name: str) -> Path | None:
        """Look a helper program up; None when the system has none of that name."""
        return find_program(name)

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        timeout_s: float,
        max_output_bytes: int,
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run `argv` until it ends, takes too long or says too much.

        Args:
            argv: The program (an absolute path) and its arguments; no shell reads them.
            cwd: The directory it starts in.
            timeout_s: Seconds after which the whole process group is killed.
            max_output_bytes: Bytes of standard output kept; more kills the group.
            env: Variables added to the plain environment.

        Raises:
            OSError: The program cannot be started.
        """
        reader = _Reader(max_output_bytes, time.monotonic() + timeout_s)
        with self._started(argv, cwd, PLAIN_ENVIRONMENT | dict(env or {})) as child:
            reader.read(child)
        return Completed(
            exit_code=child.returncode,
            stdout=bytes(reader.stdout),
            stderr=bytes(reader.stderr),
            truncated=reader.truncated,
            timed_out=reader.timed_out,
        )

    def stop(self) -> None:
        """Kill every child that runs now; the calls that wait for them return."""
        with self._lock:
            for child in self._children:
                _kill_group(child)

    @contextlib.contextmanager
    def _started(
        self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]
    ) -> Generator[subprocess.Popen[bytes]]:
        with self._lock:
            child = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            self._children.add(child)
        try:
            with child:
                try:
                    yield child
                finally:
                    _kill_group(child)
        finally:
            with self._lock:
                self._children.discard(child)


class _Reader:
    """Reads a child's two pipes until it ends, says too much, or takes too long."""

    def __init__(self, max_output_bytes: int, deadline: float) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.truncated = False
        self.timed_out = False
        self._max_output_bytes = max_output_bytes
        self._deadline = deadline

    def read(self, child: subprocess.Popen[bytes]) -> None:
        """Collect the output; returns when the child is done or has to be killed."""
        with selectors.DefaultSelector() as selector:
            for pipe, keep in ((child.stdout, self._keep_output), (child.stderr, self._keep_error)):
                if pipe is not None:
                    selector.register(pipe, selectors.EVENT_READ, keep)
            while selector.get_map() and not self._over():
                ready = selector.select(min(self._left_s(), EXIT_CHECK_S))
                if not ready and child.poll() is not None:
                    return
                for key, _ in ready:
                    chunk = os.read(key.fd, CHUNK_BYTES)
                    key.data(chunk)
                    if not chunk:
                        selector.unregister(key.fileobj)
        if not self._over():
            self._await_exit(child)

    def _left_s(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def _over(self) -> bool:
        self.timed_out = self.timed_out or (not self.truncated and self._left_s() == 0)
        return self.truncated or self.timed_out

    def _keep_output(self, chunk: bytes) -> None:
        room = self._max_output_bytes - len(self.stdout)
        self.stdout += chunk[:room]
        self.truncated = len(chunk) > room

    def _keep_error(self, chunk: bytes) -> None:
        self.stderr += chunk[: MAX_ERROR_BYTES - len(self.stderr)]

    def _await_exit(self, child: subprocess.Popen[bytes]) -> None:
        """Give a child that closed its output the rest of its time to end by itself."""
        try:
            child.wait(self._left_s())
        except subprocess.TimeoutExpired:
            self.timed_out = True


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it started; its group's number is its own process id."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
