from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.errors import ToolError
from codex_tui.protocol.tools import CommandSpec
from codex_tui.tools.shell import MAX_COMMAND_CHARS, MAX_TIMEOUT_S, Shell

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.tools.workspace import Workspace
    from tests.tools.kit import Put


def spec(workspace: Workspace, **arguments: object) -> CommandSpec:
    tool = Shell(workspace)
    return tool.command(tool.parse(json.dumps(arguments)))


def test_a_command_alone_starts_in_the_workspace(workspace: Workspace, root: Path) -> None:
    assert spec(workspace, command="make\ntest") == CommandSpec(
        script="make\ntest", directory=str(root.resolve()), workdir=".", timeout_s=120
    )


def test_folder_time_and_purpose_are_taken_over(workspace: Workspace, root: Path, put: Put) -> None:
    put("src/a.py")
    (root / "link").symlink_to("src")
    made = spec(workspace, command="ls", workdir="link", timeout_s=9, description=" why\nso\x1b ")
    assert made.directory == str(root.resolve() / "src")
    assert (made.workdir, made.timeout_s, made.description) == ("src", 9, "why so␛")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"command": " \n"}, "is empty"),
        ({"command": "a\0b"}, "no command line can carry"),
        ({"command": "a\ud800b"}, "the arguments do not fit"),
        ({"command": "x" * (MAX_COMMAND_CHARS + 1)}, "20,001 characters"),
        ({"command": "ls", "workdir": ".."}, "lies outside the workspace"),
        ({"command": "ls", "workdir": "/"}, "lies outside the workspace"),
        ({"command": "ls", "workdir": "out"}, "lies outside the workspace"),
        ({"command": "ls", "workdir": "missing"}, "does not exist"),
        ({"command": "ls", "workdir": "file"}, "is not a directory"),
        ({"command": "ls", "workdir": "~"}, "~ is not expanded"),
        ({"command": "ls", "timeout_s": 0}, "timeout_s"),
        ({"command": "ls", "timeout_s": MAX_TIMEOUT_S + 1}, "timeout_s"),
        ({"command": "ls", "cwd": "."}, "cwd"),
        ({}, "command"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_reason(
    workspace: Workspace, root: Path, put: Put, arguments: dict[str, object], complaint: str
) -> None:
    put("file", "text")
    (root / "out").symlink_to("/")
    text = json.dumps(arguments)
    with pytest.raises(ToolError, match=complaint):
        tool = Shell(workspace)
        tool.command(tool.parse(text))


def test_the_title_is_one_safe_line(workspace: Workspace) -> None:
    tool = Shell(workspace)
    parsed = tool.parse(json.dumps({"command": "echo a\n\trm -rf \x1b[2J" + " x" * 1_000}))
    title = tool.title(parsed)
    assert title.startswith("echo a rm -rf ␛[2J x")
    assert len(title) <= 400
    assert title.endswith("…")


def test_arguments_are_told_in_the_order_they_are_best_written(workspace: Workspace) -> None:
    parameters = Shell(workspace).spec.parameters
    assert list(parameters["properties"]) == ["command", "timeout_s", "workdir", "description"]
    assert parameters["required"] == ["command"]
