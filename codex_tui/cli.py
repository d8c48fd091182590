"""The command line: reads the arguments once, starts a front end, turns errors into exit codes.

Exit codes: 0 done; 1 the turn failed, was stopped, or needed an approval nobody could give; 2 usage
or configuration; 130 interrupted. Heavy imports stand where they are needed, so that `--version`
and `--help` answer at once and `exec` never loads the screen.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from codex_tui import __version__
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.display import display_safe
from codex_tui.protocol.errors import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    CodexError,
    ConfigError,
    EditError,
)
from codex_tui.protocol.models import Effort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_tui.composition import Assembly
    from codex_tui.config.settings import Loaded

log = logging.getLogger(__name__)

PROGRAM = "codex-tui"
EPILOG = f"""commands:
  {PROGRAM} exec PROMPT       run one turn without a screen
  {PROGRAM} models            list the models that can be chosen
  {PROGRAM} config show       show the settings in force and where each comes from
  {PROGRAM} apply-patch       apply a patch from standard input, all of it or nothing

Each of them explains itself with --help."""
PATCH_HELP = """the patch:
  *** Begin Patch
  *** Add File: PATH            then its lines, each with a +
  *** Delete File: PATH
  *** Update File: PATH         then hunks
  *** Move to: PATH             right below an update: the file moves
  @@ HEADER                     a hunk begins; HEADER is a line above it, or left out
   a line that stays, -a line that goes, +a line that comes
  *** End of File               ends a hunk whose lines are the file's last
  *** End Patch

Done: one line a file (A added, M changed, D deleted, R old → new) and exit code 0.
Else: "error: KIND: reason" on standard error, nothing is changed, and exit code 1. KIND is format
(of the patch), file (one it names), match (its lines are not there) or write (the disk refused)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    _prepare_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except CodexError as error:
        _complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _silence_standard_output()
        return EXIT_FAILED
    except OSError as error:  # what is not translated below is the output's: a full disk
        _complain(f"The output cannot be written: {error.strerror or error}")
        _silence_standard_output()
        return EXIT_FAILED
    except Exception:  # a named border: a bug is logged, and told in one line
        log.exception("the program failed")
        _complain("Something went wrong inside codex-tui.\nThe log has the details.")
        return EXIT_FAILED
    return code


def _run(arguments: list[str]) -> int:
    match arguments:
        case ["exec", "resume", *rest]:
            return _exec(_exec_resume_parser().parse_intermixed_args(rest))
        case ["exec", *rest]:
            return _exec(_exec_parser().parse_args(rest))
        case ["models", *rest]:
            return _models(_models_parser().parse_args(rest))
        case ["config", *rest]:
            return _config(_config_parser().parse_args(rest))
        case ["apply-patch", *rest]:
            return _apply_patch(_apply_patch_parser().parse_args(rest))
        case _:
            return _screen(_screen_parser().parse_args(arguments))


# -- arguments ---------------------------------------------------------------------------------


def _screen_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="A full-screen coding assistant for the model of your choice.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("prompt", nargs="?", default="", metavar="PROMPT", help="ask this at once")
    _add_common(parser)
    past = parser.add_mutually_exclusive_group()
    past.add_argument(
        "--continue", dest="last", action="store_true", help="go on with this folder's last session"
    )
    past.add_argument("--resume", metavar="ID", help="go on with a session by its id")
    past.add_argument(
        "--demo", action="store_true", help="watch a demonstration; needs no key, touches no files"
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    return parser


def _exec_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} exec",
        description="Run one turn without a screen. The answer goes to standard output, progress "
        "to standard error. What would need an approval is refused, and the exit code is 1.",
        epilog=f"{PROGRAM} exec resume ID|--last PROMPT goes on with an earlier session.",
    )
    parser.add_argument("prompt", metavar="PROMPT", help="what to do; - reads standard input")
    _add_exec(parser)
    parser.set_defaults(resume=None, last=False)
    return parser


def _exec_resume_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} exec resume",
        description="Go on with an earlier session, without a screen.",
        usage="%(prog)s [options] (ID | --last) PROMPT",
    )
    parser.add_argument("words", nargs="+", metavar="ID PROMPT", help="id (or --last), then prompt")
    parser.add_argument("--last", action="store_true", help="the last session of this folder")
    _add_exec(parser)
    return parser


def _models_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} models", description="List the models that can be chosen."
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("-C", dest="directory", metavar="DIR", type=Path, default=Path())
    return parser


def _config_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} config",
        description="Show the settings in force and where each value comes from.",
    )
    parser.add_argument("action", choices=["show"])
    parser.add_argument("-C", dest="directory", metavar="DIR", type=Path, default=Path())
    return parser


def _apply_patch_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} apply-patch",
        usage="%(prog)s [--check] [-C DIR] < PATCH",
        description="Apply a patch from standard input: all of it, or nothing.",
        epilog=PATCH_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--check", action="store_true", help="say what would be done; write nothing"
    )
    parser.add_argument(
        "-C",
        dest="directory",
        metavar="DIR",
        type=Path,
        default=Path(),
        help="paths are relative to DIR, and nothing outside it is written",
    )
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-C", dest="directory", metavar="DIR", type=Path, default=Path(), help="work in DIR"
    )
    parser.add_argument("-m", "--model", metavar="PROVIDER/MODEL", help="the model to talk to")
    parser.add_argument(
        "--effort", choices=[each.value for each in Effort], help="how much to think"
    )
    parser.add_argument(
        "--mode",
        choices=[each.value for each in ApprovalMode],
        help="what runs without asking (default: suggest)",
    )


def _add_exec(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument("--json", action="store_true", help="write every event, one JSON a line")


# -- commands ----------------------------------------------------------------------------------


def _screen(options: argparse.Namespace) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "codex-tui needs a terminal.",
            hint=f"Without one, use: {PROGRAM} exec PROMPT",
        )
    assembly, loaded = _assemble(options, interactive=True)
    if options.last or options.resume:
        assembly.go_on_with(options.resume)
    return _show(assembly, loaded, options)


def _show(assembly: Assembly, loaded: Loaded, options: argparse.Namespace) -> int:
    import asyncio

    from codex_tui.config.history import History
    from codex_tui.config.memory import UserMemory
    from codex_tui.ui.app import CodexApp
    from codex_tui.ui.screens.main import MainScreen

    memory = UserMemory(assembly.state, History(loaded.paths))

    def main_screen() -> MainScreen:
        return MainScreen(assembly, memory, first_prompt=options.prompt, demo=options.demo)

    app = CodexApp(main_screen, theme=loaded.settings.theme)

    async def run() -> None:
        try:
            await app.run_async()
        finally:
            await assembly.aclose()

    asyncio.run(run())
    kept = app.main_screen.kept_session if app.main_screen else None
    if kept:
        sys.stdout.write(f"To go on with this session: {PROGRAM} --resume {kept}\n")
    return app.return_code or 0


def _exec(options: argparse.Namespace) -> int:
    resume, prompt = _resume_and_prompt(options)
    if prompt == "-":
        prompt = sys.stdin.read()
    if not prompt.strip():
        raise ConfigError("The prompt is empty.", hint="Say what to do, or pipe it in with -.")
    assembly, _ = _assemble(options, interactive=False)
    if resume is not None or options.last:
        assembly.go_on_with(resume)
    import asyncio

    from codex_tui import headless

    async def run() -> int:
        try:
            session = assembly.open_session()
            return await headless.run(
                session,
                assembly.bus,
                lambda: assembly.start(session),
                prompt,
                headless.printer_for(as_json=options.json),
            )
        finally:
            await assembly.aclose()

    return asyncio.run(run())


def _resume_and_prompt(options: argparse.Namespace) -> tuple[str | None, str]:
    """Return the session to go on with (None: a new one, or the last) and the prompt."""
    if not hasattr(options, "words"):
        return None, options.prompt
    words: list[str] = options.words
    expected = 1 if options.last else 2
    if len(words) != expected:
        what = "--last and a prompt" if options.last else "an id (or --last) and a prompt"
        raise ConfigError(f"exec resume takes {what}.", hint="Quote a prompt of several words.")
    return (None, words[0]) if options.last else (words[0], words[1])


def _models(options: argparse.Namespace) -> int:
    from codex_tui.headless import print_models

    assembly, _ = _assemble(options, interactive=False)
    print_models(assembly.list_models(), assembly.provider_statuses(), as_json=options.json)
    return 0


def _config(options: argparse.Namespace) -> int:
    from codex_tui.config.describe import describe

    for key, value, source in describe(_load(options)):
        sys.stdout.write(display_safe(f"{key} = {value}   [{source}]") + "\n")
    return 0


def _apply_patch(options: argparse.Namespace) -> int:
    from codex_tui.config.paths import find_paths
    from codex_tui.edits.engine import TextEditor
    from codex_tui.edits.patch_changes import fault_of, status_line
    from codex_tui.edits.patch_input import read_patch
    from codex_tui.edits.transaction import check_changes, write_changes
    from codex_tui.tools.patch_files import UnattendedFiles
    from codex_tui.tools.workspace import Workspace

    root, paths = _directory(options), find_paths()
    if sys.stdin.isatty():
        raise ConfigError("There is no patch.", hint=f"Pipe it in: {PROGRAM} apply-patch < PATCH")
    workspace = Workspace(root, (paths.config, paths.state, paths.cache))
    try:
        changes = TextEditor().patch(read_patch(sys.stdin.buffer), UnattendedFiles(workspace))
        (check_changes if options.check else write_changes)(root, changes)
    except EditError as error:
        sys.stderr.write(display_safe(f"error: {fault_of(error)}: {error.message}") + "\n")
        return EXIT_FAILED
    for change in changes:
        sys.stdout.write(display_safe(status_line(change)) + "\n")
    return 0


def _assemble(options: argparse.Namespace, *, interactive: bool) -> tuple[Assembly, Loaded]:
    from codex_tui.composition import Assembly

    loaded = _load(options)
    return Assembly(loaded, _directory(options), interactive=interactive), loaded


def _load(options: argparse.Namespace) -> Loaded:
    from codex_tui.config.settings import load

    flags = {
        "model": getattr(options, "model", None),
        "effort": getattr(options, "effort", None),
        "approval_mode": getattr(options, "mode", None),
    }
    return load(project=_directory(options), flags=flags)


def _directory(options: argparse.Namespace) -> Path:
    directory: Path = options.directory
    try:
        root = directory.resolve(strict=True)
    except OSError as error:
        raise ConfigError(f"{directory}: {error.strerror}", hint="-C takes a folder.") from None
    if not root.is_dir():
        raise ConfigError(f"{directory} is not a folder.", hint="-C takes a folder.")
    return root


def _complain(text: str) -> None:
    sys.stderr.write(f"{PROGRAM}: {display_safe(text)}\n")


def _prepare_streams() -> None:
    """Give a stream that was closed before the start a place to go, and keep a character that the
    locale or a pipe's other end cannot carry from ending the program.
    """
    for name in ("stdin", "stdout", "stderr"):
        stream: object = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper) and name != "stderr":
            stream.reconfigure(errors="replace")


def _silence_standard_output() -> None:
    """Keep the interpreter from failing again when it flushes a closed pipe at the end."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


if __name__ == "__main__":
    sys.exit(main())
