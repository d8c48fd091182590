"""Nothing that a model, a file, a name or a server says steers the terminal."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

import pytest

from tests.e2e import work
from tests.e2e.wires import ANTHROPIC, OPENAI, Answer
from tests.servers.loopback import Plain

if TYPE_CHECKING:
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

HOSTILE = (
    "\x1b]52;c;b3duZWQ=\x07"  # writes the clipboard
    "\x1b]0;owned\x07"  # sets the window's title
    "\x1b]8;;http://owned.example\x1b\\"  # opens a link
    "\x1b[8;3;3t\x1b[6n\x1bP$qm\x1b\\\x1bc"  # resizes, asks back, asks settings, resets
    "\x9d52;c;b3duZWQ=\x9c\x9b8;3;3t"  # the same as single characters
    "\u202egnp.exe\u2066\u200b\x08\x0c\x7f"  # reorders, hides, moves back
)
FORBIDDEN = (
    *(b"\x1b]52", b"\x1b]0;", b"\x1b]8;;http", b"\x1b[8;3;3t", b"\x1b[6n", b"\x1bP$q", b"\x1bc"),
    *("\x9d".encode(), "\x9c".encode(), "\x9b".encode()),
    *("\u202e".encode(), "\u2066".encode(), "\u200b".encode(), b"\x08", b"\x0c", b"\x7f"),
)


def assert_harmless(raw: bytes) -> None:
    """Check for the sequences, and for lone bytes, which a terminal may take for C1 controls."""
    assert [each for each in FORBIDDEN if each in raw] == []
    codecs.getincrementaldecoder("utf-8")("strict").decode(raw)  # whose end may still be missing


@pytest.fixture
def hostile_world(world: World) -> World:
    folder = world.repo / f"lib{HOSTILE.replace('/', '_')}"
    folder.mkdir()
    (folder / "x.py").write_text(f"title = 1\nvalue = 2  # {HOSTILE}\n", encoding="utf-8")
    (world.repo / "notes.txt").write_text(
        f"first {HOSTILE}\nsecond {HOSTILE}\n", encoding="utf-8", newline=""
    )
    return world


def script() -> list[Answer]:
    return [
        Answer(f"# Head {HOSTILE}\n\n`code {HOSTILE}`", f"Hm {HOSTILE}", ("list_files", {})),
        Answer(f"```python\nx = 1  # {HOSTILE}\n```", call=("read_file", {"path": "notes.txt"})),
        Answer(call=("search", {"pattern": HOSTILE, "literal": True})),
        Answer(call=("read_file", {"path": f"no-such-{HOSTILE}"})),
        Answer(
            call=(
                "edit_file",
                {
                    "path": "notes.txt",
                    "edits": [{"old": f"first {HOSTILE}", "new": f"1st {HOSTILE}{HOSTILE}"}],
                },
            )
        ),
        Answer(f"| a | b |\n|---|---|\n| {HOSTILE} | c |\n\n[link {HOSTILE}](http://x/{HOSTILE})"),
    ]


def test_no_control_sequence_reaches_the_terminal(hostile_world: World) -> None:
    world = hostile_world
    refusal = Plain.of_json(
        {"error": {"type": "invalid_request_error", "message": f"bad {HOSTILE} end"}}, status=400
    )
    with ANTHROPIC.serve([*script(), refusal]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env, columns=120, rows=40)
        terminal.press("ctrl+o")  # thinking and tool output are shown whole
        work.ask(terminal, f"Say something {HOSTILE.translate({27: None, 7: None})}")
        terminal.wait_for("hunk 1/1")
        work.press_in_review(terminal, "y", re.compile("Enter applies 1 of 1 hunk"))
        terminal.press("w")
        terminal.wait_for("Why am I asked")
        terminal.press("enter")
        terminal.wait_for("(http://x/")
        work.ask(terminal, "And now fail.")
        terminal.wait_for("rejected the request")
        assert_harmless(bytes(terminal.raw))
        assert f"1st {HOSTILE}{HOSTILE}\nsecond" in (world.repo / "notes.txt").read_text(
            encoding="utf-8"
        )
        assert work.quit_by_command(terminal) == 0

        again = world.open("--continue", env=wire.env, columns=120, rows=40)
        again.wait_for("And now fail.")
        assert_harmless(bytes(again.raw))


def test_a_hostile_folder_name_is_shown_harmlessly(hostile_world: World) -> None:
    world = hostile_world
    world.repo = next(path for path in world.repo.iterdir() if path.name.startswith("lib"))
    with OPENAI.serve([]) as wire:
        terminal = world.open("-m", wire.ref, env=wire.env, columns=320)
        terminal.wait_for("lib␛")
        assert_harmless(bytes(terminal.raw))


def test_exec_writes_no_control_sequence_either(hostile_world: World) -> None:
    world = hostile_world
    with OPENAI.serve(script()) as wire:
        arguments = ("exec", "--mode", "auto-edit", "-m", wire.ref)
        ran = world.run(*arguments, "Say something", env=wire.env)
        assert ran.returncode == 0, ran.stderr
    assert_harmless(ran.stdout.encode())
    assert_harmless(ran.stderr.encode())
    with OPENAI.serve(script()) as wire:
        ran = world.run(*arguments, "--json", "Say something", env=wire.env)
    assert_harmless(ran.stdout.encode())
    assert ran.stdout.isascii()


def test_complaints_about_hostile_arguments_are_harmless(world: World) -> None:
    for arguments in (("-m", f"no{HOSTILE}/x"), ("-C", f"no{HOSTILE}"), ("--mode", HOSTILE)):
        ran = world.run("exec", *arguments, "Hello", env={})
        assert ran.returncode == 2
        assert_harmless(ran.stderr.encode())
