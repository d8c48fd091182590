"""`shell`: a command line for the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field
from typing_extensions import override

from codex_tui.protocol.display import one_line
from codex_tui.protocol.errors import ToolError
from codex_tui.protocol.tools import AccessKind, CommandSpec
from codex_tui.tools.base import CommandTool, ToolArguments
from codex_tui.tools.names import printable

if TYPE_CHECKING:
    from codex_tui.tools.workspace import Workspace

DEFAULT_TIMEOUT_S = 120
MAX_TIMEOUT_S = 1_800
MAX_COMMAND_CHARS = 20_000
"""Whoever approves a command has to read all of it; the kernel's own limit is 128 KiB."""
MAX_TITLE_CHARS = 400
MAX_DESCRIPTION_CHARS = 200


class ShellArguments(ToolArguments):
    """What to run, where, and how long it may take."""

    command: str = Field(description="A line or a script for the shell.")
    timeout_s: int = Field(
        default=DEFAULT_TIMEOUT_S,
        ge=1,
        le=MAX_TIMEOUT_S,
        description="Seconds after which the command is ended.",
    )
    workdir: str = Field(
        default=".", description="Where it starts; a folder in the workspace, relative to it."
    )
    description: str = Field(default="", description="What it is for, in one short line.")


class Shell(CommandTool[ShellArguments]):
    """Wants a command run in a folder of the workspace."""

    name: ClassVar[str] = "shell"
    description: ClassVar[str] = (
        "Run a command with bash (sh where there is no bash) and read what it says, standard "
        "output and error in one stream, after a first line with the exit code. The user may be "
        "asked first and sees the whole command: keep it short and plain, one purpose a call. "
        "Every call starts afresh in workdir: cd and variables do not last. There is no terminal "
        "and no input, so use options that ask nothing; keys are not in the environment. Processes "
        "it leaves in the background are ended with it. Of a long output only the beginning and "
        "the end are returned, so narrow it down (quiet options, grep, tail). Use read_file, "
        "search and list_files to look at files, and the edit tools to change them."
    )
    arguments: type[ShellArguments] = ShellArguments

    def __init__(self, workspace: Workspace) -> None:
        """Start commands in folders of `workspace`."""
        self._workspace = workspace

    @override
    def title(self, arguments: ShellArguments) -> str:
        return one_line(arguments.command, MAX_TITLE_CHARS)

    @override
    def command(self, arguments: ShellArguments) -> CommandSpec:
        _refuse_unusable(arguments.command)
        folder = self._workspace.resolve(arguments.workdir, AccessKind.READ)
        if folder.access.outside:
            raise ToolError(
                f"{folder.display} lies outside the workspace; commands start inside it.",
                hint=f"The workspace is {printable(str(self._workspace.root))}.",
            )
        self._workspace.require_directory(folder)
        return CommandSpec(
            script=arguments.command,
            directory=str(folder.absolute),
            workdir=folder.display,
            timeout_s=arguments.timeout_s,
            description=one_line(arguments.description, MAX_DESCRIPTION_CHARS),
        )


def _refuse_unusable(command: str) -> None:
    if not command.strip():
        raise ToolError("The command is empty.")
    if "\0" in command:
        raise ToolError("The command holds a NUL character, which no command line can carry.")
    if len(command) > MAX_COMMAND_CHARS:
        raise ToolError(
            f"The command has {len(command):,} characters; {MAX_COMMAND_CHARS:,} are allowed.",
            hint="Write a script with write_file and run that.",
        )
