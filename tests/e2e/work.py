"""The piece of work the tests ask for: two edits far apart in one real file."""

from __future__ import annotations

import contextlib
import re
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.e2e.wires import Answer
from tests.e2e.world import READY
from tests.servers.loopback import Cut, Stall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.terminal import Terminal
    from tests.e2e.wires import Vendor, Wire
    from tests.e2e.world import World
    from tests.servers.loopback import Piece

PATH = "protocol/errors.py"
FIRST_OLD = "EXIT_USAGE = 2\n"
FIRST_NEW = "EXIT_USAGE = 2\nEXIT_NOT_FOUND = 127\n"
SECOND_OLD = '    """A session file that cannot be read or written."""\n'
SECOND_NEW = '    """A conversation that cannot be kept or found again."""\n'

PROMPT = "Add an exit code, and say better what a session error is"
THINKING = "The exit codes stand at the top of one file."
LOOKING = "I will look at the errors first."
PROPOSING = "Two changes to the errors, far apart."
CLOSING = "That is what I did, and nothing else."

READ_CALL = ("read_file", {"path": PATH})
EDIT_CALL = (
    "edit_file",
    {
        "path": PATH,
        "edits": [
            {"old": FIRST_OLD, "new": FIRST_NEW},
            {"old": SECOND_OLD, "new": SECOND_NEW},
        ],
    },
)

LOOK = Answer(LOOKING, thinking=THINKING, call=READ_CALL)
PROPOSE = Answer(PROPOSING, call=EDIT_CALL)
CLOSE = Answer(CLOSING)
SCRIPT = (LOOK, PROPOSE, CLOSE)


def edited(before: bytes, *, first: bool, second: bool) -> bytes:
    """Return the file's bytes with the given hunks applied."""
    text = before.decode()
    assert text.count(FIRST_OLD) == text.count(SECOND_OLD) == 1, f"{PATH} is not as expected"
    if first:
        text = text.replace(FIRST_OLD, FIRST_NEW)
    if second:
        text = text.replace(SECOND_OLD, SECOND_NEW)
    return text.encode()


def read(repo: Path) -> bytes:
    """Return the file's bytes."""
    return (repo / PATH).read_bytes()


def ask(terminal: Terminal, prompt: str) -> None:
    """Paste a prompt into the empty composer and send it."""
    terminal.wait_for(READY)
    terminal.paste(prompt)
    terminal.wait_for(f"❯ {prompt[:40]}")
    terminal.press("enter")


def quit_by_command(terminal: Terminal) -> int:
    """Leave with `/quit`; returns the exit code."""
    terminal.wait_for(READY)
    terminal.paste("/quit")
    terminal.wait_for("❯ /quit")
    terminal.press("enter")
    return terminal.exit_code()


def press_in_review(terminal: Terminal, key: str, then: re.Pattern[str]) -> None:
    """Press a key of the review, again where it came too early, until `then` is on the screen."""
    while True:
        terminal.press(key)
        shown = terminal.wait_for(re.compile(f"too early|{then.pattern}"))
        if then.search(shown):
            return
        terminal.wait_for(lambda: "too early" not in terminal.screen_text())


@contextlib.contextmanager
def killed_in_the_second_turn(world: World, vendor: Vendor) -> Iterator[Wire]:
    """Kill the program while its second answer comes; a third turn would be `CLOSE`."""
    hangs = stalled(Answer("The second answer. Nobody will see the end of it, it hangs."))
    with vendor.serve([LOOK, Answer("The first answer."), hangs, CLOSE]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env)
        ask(terminal, "The first question")
        terminal.wait_for("The first answer.")
        ask(terminal, "The second question")
        terminal.wait_for("The second answer.")
        terminal.signal(signal.SIGKILL)
        assert terminal.exit_code() == -signal.SIGKILL
        yield wire


def stalled(answer: Answer) -> Answer:
    """Return the answer with silence in the middle of its words, until the server is closed."""

    def half(frames: list[bytes]) -> list[Piece]:
        deltas = _deltas(frames)
        return [*frames[: deltas[len(deltas) // 2] + 1], Stall()]

    return replace(answer, sent=half)


def broken_off(answer: Answer) -> Answer:
    """Return the answer with a connection that closes behind its last word, before its end."""
    return replace(answer, sent=lambda frames: [*frames[: _deltas(frames)[-1] + 1], Cut()])


def _deltas(frames: list[bytes]) -> list[int]:
    return [place for place, frame in enumerate(frames) if b"text" in frame and b"delta" in frame]
