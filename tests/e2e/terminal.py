"""Drives a full-screen program in a real pseudo-terminal and reads its screen.

    with Terminal(["codex-tui", "--demo"], cwd=folder, env=env, columns=80, rows=24) as terminal:
        terminal.wait_for("Demonstration")
        terminal.press("enter")
        assert terminal.exit_code() == 0

The program gets the slave side as its controlling terminal, and as standard input, output and error
(Textual paints on standard error). A thread reads what it writes and feeds it to a grid (`pyte`);
the bytes themselves are kept in `raw`. Waiting always means waiting for a condition: it wakes up at
every output, and every `POLL_S` for conditions outside of the terminal.

Input that arrives in one burst is a case of its own: `send` writes bytes as they are. `paste` is a
bracketed paste. `type` writes key by key, each one only when the one before it is on the screen.

The terminal answers no queries, as plain ones do. Leaving the context ends the program's own
process group, and nothing else.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

import pyte

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

POLL_S = 0.02
TIMEOUT_S = 15.0
READ_BYTES = 65_536

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "up": "\x1b[A",
    "shift+tab": "\x1b[Z",
}
"""What terminals send for keys that are not characters; `ctrl+a` to `ctrl+z` go without a table."""

# The terminal becomes the controlling one in the new session before the program starts. A launcher
# does it instead of a function between fork and exec, which is unsafe beside running threads.
_LAUNCH = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execvp(sys.argv[1], sys.argv[1:])"
)

Condition = str | re.Pattern[str] | Callable[[], object] | tuple["Condition", ...]


class Terminal:
    """One program in one terminal; see the top of this module.

    With `grid=False` nothing is drawn: `screen_text` stays empty and only `raw` grows, which keeps
    a benchmark from measuring the grid.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        columns: int = 80,
        rows: int = 24,
        grid: bool = True,
    ) -> None:
        self.raw = bytearray()
        self._grid = grid
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition()
        self._closed = False
        self._master, slave = os.openpty()
        _set_size(slave, columns, rows)
        self.line_discipline_at_start = self.line_discipline()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCH, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
        )
        os.close(slave)
        self._wake, self._waker = os.pipe()
        self._reader = threading.Thread(target=self._read, name="terminal-reader", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- input --------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        """Write bytes as they are, in one burst."""
        data = text.encode()
        while data:
            data = data[os.write(self._master, data) :]

    def paste(self, text: str) -> None:
        """Paste as terminals do when the program asked for it."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def press(self, *keys: str) -> None:
        """Press keys by name, or a character by itself, in one burst."""
        self.send("".join(_key(key) for key in keys))

    def type(self, text: str) -> None:
        """Write one character after the other, each when the one before it is on the screen."""
        for end in range(1, len(text) + 1):
            self.send(text[end - 1])
            self.wait_for(re.compile(re.escape(text[:end])))

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size; the kernel tells the program (SIGWINCH)."""
        with self._changed:
            self._screen.resize(rows, columns)
        _set_size(self._master, columns, rows)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program alone."""
        self.process.send_signal(number)

    # -- output -------------------------------------------------------------------------------

    def screen_text(self) -> str:
        """Return what is on the screen, a line a row, without the spaces at their ends."""
        with self._changed:
            return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, condition: Condition, timeout: float = TIMEOUT_S) -> str:
        """Wait until the screen holds a text, matches an expression, or a condition is true.

        Of a tuple all have to hold at once: a screen is painted in several steps.

        Returns the screen's text. Raises `AssertionError`, with the screen as it is, when the time
        is over or the program ends before.
        """
        deadline = time.monotonic() + timeout
        while True:
            ended = self._closed
            if self._holds(condition):
                return self.screen_text()
            if ended or time.monotonic() > deadline:
                why = "the program ended" if ended else f"{timeout:g} s are over"
                raise AssertionError(f"waiting for {condition!r}: {why}\n{self.picture()}")
            with self._changed:
                self._changed.wait(POLL_S)

    def _holds(self, condition: Condition) -> bool:
        match condition:
            case str():
                return condition in self.screen_text()
            case re.Pattern():
                return condition.search(self.screen_text()) is not None
            case tuple():
                return all(self._holds(each) for each in condition)
            case _:
                return bool(condition())

    def line_discipline(self) -> list[object]:
        """Return the terminal's settings (`termios.tcgetattr`)."""
        return termios.tcgetattr(self._master)

    def exit_code(self, timeout: float = TIMEOUT_S) -> int:
        """Wait for the end and return the code; everything written is in `raw` then."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {timeout:g} s\n{self.picture()}") from None
        self._reader.join(timeout)
        return code

    def picture(self) -> str:
        """Return the screen in a frame, for messages."""
        if not self._grid:
            with self._changed:
                self._screen.reset()
                self._stream.feed(bytes(self.raw))
        lines = self.screen_text().split("\n")
        rule = "-" * self._screen.columns
        return "\n".join([f"+{rule}", *(f"|{line}" for line in lines), f"+{rule}"])

    # -- inside -------------------------------------------------------------------------------

    def _read(self) -> None:
        while True:
            data = self._next_output()
            with self._changed:
                self.raw += data
                if self._grid and data:
                    self._stream.feed(data)
                self._closed = not data
                self._changed.notify_all()
            if not data:
                return

    def _next_output(self) -> bytes:
        """Wait for output; nothing at the program's end and when the terminal is let go."""
        readable, _, _ = select.select([self._master, self._wake], [], [])
        if self._wake in readable:
            return b""
        try:
            return os.read(self._master, READ_BYTES)
        except OSError:  # EIO: nobody holds the slave side any more
            return b""

    def hang_up(self) -> None:
        """Close the window: the program gets SIGHUP and every write of its fails."""
        if self._master is None:
            return
        os.close(self._waker)
        self._reader.join(TIMEOUT_S)
        os.close(self._wake)
        os.close(self._master)
        self._master = None

    def close(self) -> None:
        """End what still runs, and let go of the terminal."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(TIMEOUT_S)
        self.hang_up()


def _key(name: str) -> str:
    if name in KEYS:
        return KEYS[name]
    if name.startswith("ctrl+") and len(name) == 6:
        return chr(ord(name[5]) & 0x1F)
    assert len(name) == 1, f"there is no key {name!r}"
    return name


def _set_size(descriptor: int, columns: int, rows: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
