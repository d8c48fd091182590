"""The ways a program in a terminal can go, and whether a process of its is gone after it."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    from tests.e2e.terminal import Terminal

END_S: Final = 10.0


def is_gone(process: psutil.Process) -> bool:
    """Wait for the end; what nobody took leave of yet is gone, too."""
    try:
        process.wait(END_S)
    except psutil.TimeoutExpired:
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def quit_twice(terminal: Terminal) -> None:
    terminal.press("ctrl+c")
    terminal.wait_for("Interrupted")
    terminal.press("ctrl+c")


WAYS_OUT: Final = {
    "by the keyboard": quit_twice,
    "SIGTERM": lambda terminal: terminal.signal(signal.SIGTERM),
    "SIGHUP": lambda terminal: terminal.signal(signal.SIGHUP),
    "killed": lambda terminal: terminal.signal(signal.SIGKILL),
    "crashed": lambda terminal: terminal.signal(signal.SIGSEGV),
    "window closed": lambda terminal: terminal.hang_up(),
}
