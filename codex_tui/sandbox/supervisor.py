"""Runs one command and leaves nothing of it behind: a program of its own, not a module to import.

    python -I -S supervisor.py CONTROL REPORT LINGER_S GRACE_S PROGRAM ARGUMENT…

It stands between codex-tui and the command, because only a parent can adopt what the command leaves
orphaned. The command ends by itself, or when the other side of the pipe CONTROL is closed: on
purpose, or because codex-tui is gone. Then whatever it started gets SIGTERM and, GRACE_S seconds
later, SIGKILL; after an end by itself, what it left gets LINGER_S seconds to finish first. The pipe
REPORT says `started PID`, `exited` when the command ended by itself, and when all is over `ended
CODE LEFT SURVIVORS`: the exit code (negative for a signal, `?` when unknown), how many processes
the command left running, and how many could not be ended.

On Linux orphans are adopted (`PR_SET_CHILD_SUBREAPER`) and found in /proc however they detached
themselves. Elsewhere only the command's own process group is known. Out of reach are processes of
another user (`sudo`), work handed to a service that was there before (a container engine, `at`),
and a command that kills or stops this program first: then the group alone is ended.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
"""Operations of prctl(2)."""

_KILL_S = 3.0  # how long SIGKILL is repeated: a process in an uninterruptible wait may never go
_KILL_STEP_S = 0.02
_OWN_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PYTHON_IGNORES = (signal.SIGPIPE, signal.SIGXFSZ)


class Tree:
    """The command and everything that descends from it."""

    def __init__(self, command: list[str]) -> None:
        self.exit_code: int | None = None
        self._wakeup = _wake_on_child_exit()
        self.root = _start(command)
        self._gone = False

    def wait(self, timeout_s: float | None, control: int | None = None) -> bool:
        """Wait for an exit of a child, or for the end of `control`; say whether that came."""
        watched = [self._wakeup] if control is None else [self._wakeup, control]
        ready, _, _ = select.select(watched, [], [], timeout_s)
        if self._wakeup in ready:
            os.read(self._wakeup, 4096)
        self._reap()
        return control in ready

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                if pid == self.root:
                    self.exit_code = os.waitstatus_to_exitcode(status)
        self._gone = True

    @property
    def gone(self) -> bool:
        """Nothing of the command is left."""
        return self._gone and (_sees_processes() or not self._group_lives())

    def living(self) -> list[int]:
        """Return the processes that can be seen; the group's number alone where none can."""
        if not _sees_processes():
            return [self.root] if self._group_lives() else []
        return _descendants(os.getpid())

    def wait_until_gone(self, timeout_s: float) -> bool:
        """Give what is left time to end by itself."""
        deadline = time.monotonic() + timeout_s
        self._reap()
        while not self.gone:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            self.wait(min(left_s, 0.1))
        return True

    def signal(self, *numbers: signal.Signals) -> None:
        """Send signals to everything, once to each process."""
        living = self.living()
        outside = [pid for pid in living if self.root not in {pid, _group_of(pid)}]
        for number in numbers:
            if len(outside) < len(living):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.root, number)  # at one blow, which a fork bomb cannot outrun
            for pid in outside:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)

    def kill(self) -> None:
        """End everything for good, what appears meanwhile too."""
        deadline = time.monotonic() + _KILL_S
        while not self.gone and time.monotonic() < deadline:
            self.signal(signal.SIGKILL)
            self.wait(_KILL_STEP_S)

    def _group_lives(self) -> bool:
        try:
            os.killpg(self.root, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def _start(command: list[str]) -> int:
    """Start the command in a session of its own, without our descriptors and signal settings."""
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.set_wakeup_fd(-1)
        for number in (*_OWN_SIGNALS, *_PYTHON_IGNORES, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.execv(command[0], command)  # noqa: S606 - the shell is the point
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def _wake_on_child_exit() -> int:
    """Return a descriptor that can be read when a child has ended."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    return reading


def _prctl(operation: int, value: int) -> None:
    """Call prctl(2) where there is one; without it, the group is all that is known."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(operation, value, 0, 0, 0)


def _sees_processes() -> bool:
    return sys.platform == "linux"


def _group_of(pid: int) -> int | None:
    with contextlib.suppress(ProcessLookupError):
        return os.getpgid(pid)
    return None


def _descendants(ancestor: int) -> list[int]:
    """Return the processes below `ancestor` that still live; see proc(5)."""
    children: dict[int, list[int]] = {}
    dead: set[int] = set()
    for name in os.listdir("/proc"):  # noqa: PTH208 - plain names are enough
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                state, parent = file.read().rpartition(b")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        children.setdefault(int(parent), []).append(int(name))
        if state in {b"Z", b"X"}:
            dead.add(int(name))
    found: list[int] = []
    waiting = [ancestor]
    while waiting:
        below = children.pop(waiting.pop(), [])
        found += below
        waiting += below
    return [pid for pid in found if pid not in dead]


def _let_go_of_output() -> None:
    """Leave the pipe of the output to the command: it ends when the last of its processes does."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _tell(report: int, line: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(report, f"{line}\n".encode())


def _end(tree: Tree, *, asked: bool, linger_s: float, grace_s: float) -> int:
    """End what is left and return how many processes a finished command had left running."""
    left = 0
    if not asked and not tree.wait_until_gone(linger_s):
        left = len(tree.living())
    if not tree.gone:
        tree.signal(signal.SIGTERM, signal.SIGCONT)
        if not tree.wait_until_gone(grace_s):
            tree.kill()
    return left


def main(arguments: list[str]) -> None:
    """Run the command; see the top of this module."""
    control, report = int(arguments[0]), int(arguments[1])
    linger_s, grace_s = float(arguments[2]), float(arguments[3])
    os.set_inheritable(control, False)
    os.set_inheritable(report, False)
    for number in _OWN_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    tree = Tree(arguments[4:])
    _tell(report, f"started {tree.root}")
    _let_go_of_output()
    asked = False
    while tree.exit_code is None and not asked:
        asked = tree.wait(None, control)
    if not asked:
        _tell(report, "exited")
    left = _end(tree, asked=asked, linger_s=linger_s, grace_s=grace_s)
    code = "?" if tree.exit_code is None else tree.exit_code
    _tell(report, f"ended {code} {left} {len(tree.living())}")


if __name__ == "__main__":
    main(sys.argv[1:])
