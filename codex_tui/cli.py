"""The command line: reads the arguments once, runs one command, turns errors into exit codes.

Exit codes: 0 done; 1 the turn failed, was stopped, or needed an approval nobody could give; 2 usage
or configuration; 130 interrupted. A command is imported when it is wanted, so that `--version` and
`--help` answer at once and `exec` never loads the screen.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from codex_tui.commands.arguments.common import PROGRAM
from codex_tui.commands.arguments.parsers import EXEC_RESUME, SCREEN
from codex_tui.commands.arguments.reader import read
from codex_tui.protocol.display import display_safe
from codex_tui.protocol.errors import EXIT_FAILED, EXIT_INTERRUPTED, CodexError
from codex_tui.streams import prepare_streams, silence_standard_error, silence_standard_output

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)


COMMANDS: Mapping[str, str] = {
    SCREEN: "screen",
    "exec": "exec",
    EXEC_RESUME: "exec",
    "resume": "screen",
    "models": "models",
    "sessions": "sessions",
    "usage": "usage",
    "login": "login",
    "logout": "logout",
    "config": "config",
    "apply-patch": "apply_patch",
    "help": "help",
}
"""The modules of `commands` that carry them out, each imported when it is wanted."""


class Command(Protocol):
    """What a module of `commands` is to whoever runs it."""

    def run(self, options: Namespace, /) -> int:
        """Do what was asked for; return the exit code, or raise `CodexError`."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    prepare_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(words)
    except CodexError as error:
        _complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            sys.stderr.write("\n")  # behind the question and the ^C
        _complain("Interrupted.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        silence_standard_output()
        return EXIT_FAILED
    except OSError as error:
        if error.filename is not None:  # a file's, of which nobody else told
            _complain(f"{error.filename}: {error.strerror}")
        else:
            _complain(f"The output cannot be written: {error.strerror or error}")
            silence_standard_output()
        return EXIT_FAILED
    except Exception:  # a named border: a bug is logged, and told in one line
        log.exception("the program failed")
        where = "The log has" if log.hasHandlers() else "Above are"
        _complain(f"Something went wrong inside codex-tui.\n{where} the details.")
        return EXIT_FAILED


def _run(words: list[str]) -> int:
    """Run the command that was typed; what it wrote has left the program when this returns."""
    try:
        command, options = read(words)
        module = import_module(f"codex_tui.commands.{COMMANDS[command]}")
        code = cast("Command", module).run(options)
    except SystemExit:  # help was asked for, and is written
        sys.stdout.flush()
        raise
    sys.stdout.flush()
    return code


def _complain(text: str) -> None:
    try:
        sys.stderr.write(f"{PROGRAM}: {display_safe(text)}\n")
        sys.stderr.flush()
    except OSError:  # nobody is left to tell, but the exit code
        silence_standard_error()


if __name__ == "__main__":
    sys.exit(main())
