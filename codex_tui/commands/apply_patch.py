"""`codex-tui apply-patch`: a patch from standard input, applied to a folder whole or not at all.

Nobody is asked here: what a review would have to decide is refused. Every line shown is cleaned.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from codex_tui.commands.arguments.common import PROGRAM
from codex_tui.commands.starting import directory_of
from codex_tui.config.paths import find_paths
from codex_tui.edits.engine import TextEditor
from codex_tui.edits.patch.changes import fault_of, status_line
from codex_tui.edits.patch.input import read_patch
from codex_tui.edits.transaction import check_changes, write_changes
from codex_tui.protocol.display import display_safe
from codex_tui.protocol.errors import EXIT_FAILED, ConfigError, EditError
from codex_tui.streams import silence_standard_error, silence_standard_output
from codex_tui.tools.patch_files import UnattendedFiles
from codex_tui.tools.workspace import Workspace

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> int:
    """Apply the patch on standard input to the folder."""
    workspace = Workspace(directory_of(options), find_paths().own_folders)
    return apply_patch(workspace, sys.stdin, sys.stdout, sys.stderr, check=options.check)


def apply_patch(
    workspace: Workspace, stdin: TextIO, out: TextIO, err: TextIO, *, check: bool
) -> int:
    """Apply what `stdin` holds, or with `check` only say what would be done; returns the exit code.

    Raises `ConfigError` where `stdin` is a terminal.
    """
    if stdin.isatty():
        raise ConfigError("There is no patch.", hint=f"Pipe it in: {PROGRAM} apply-patch < PATCH")
    try:
        changes = TextEditor().patch(read_patch(stdin.buffer), UnattendedFiles(workspace))
        (check_changes if check else write_changes)(workspace.root, changes)
    except EditError as error:
        err.write(display_safe(f"error: {fault_of(error)}: {error.message}") + "\n")
        return EXIT_FAILED
    try:
        out.writelines(f"{display_safe(status_line(change))}\n" for change in changes)
        out.flush()
    except OSError as error:
        if check:
            raise
        silence_standard_output()
        _say_unlisted(err, error)
    return 0


def _say_unlisted(err: TextIO, error: OSError) -> None:
    """Say that the changes stand without their list; to fail would mean that nothing changed."""
    try:
        err.write(f"The changes are made, but cannot be listed: {error.strerror or error}\n")
        err.flush()
    except OSError:  # nobody is left to tell
        silence_standard_error()
