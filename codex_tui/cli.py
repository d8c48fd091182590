"""The command line: reads the arguments once, starts a front end, turns errors into exit codes.

Exit codes: 0 done; 1 the turn failed, was stopped, or needed an approval nobody could give; 2 usage
or configuration; 130 interrupted. Heavy imports stand where they are needed, so that `--version`
and `--help` answer at once and `exec` never loads the screen.
"""

from __future__ import annotations

import gc
import io
import logging
import os
import sys
from typing import TYPE_CHECKING

from codex_tui import arguments
from codex_tui.arguments import PROGRAM
from codex_tui.protocol.display import display_safe
from codex_tui.protocol.errors import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    CodexError,
    ConfigError,
    EditError,
)
from codex_tui.protocol.ids import is_session_id

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from codex_tui.composition import Assembly
    from codex_tui.config.settings import Loaded
    from codex_tui.keeping import KeptSessions

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    _prepare_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(words)
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


def _run(words: list[str]) -> int:
    match words:
        case ["exec", "resume", *rest]:
            return _exec(arguments.exec_resume_parser().parse_intermixed_args(rest))
        case [name, *rest] if name in COMMANDS:
            parser, run = COMMANDS[name]
            return run(parser().parse_args(rest))
        case _:
            return _screen(arguments.screen_parser().parse_args(words))


# -- commands ----------------------------------------------------------------------------------


def _screen(options: Namespace) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "codex-tui needs a terminal.",
            hint=f"Without one, use: {PROGRAM} exec PROMPT",
        )
    gc.disable()  # loading makes little garbage; the screen collects from its first paint on
    assembly, loaded = _assemble(options, interactive=True)
    if options.last or options.resume:
        assembly.go_on_with(None if options.last else options.resume)
    return _show(assembly, loaded, options)


def _resume(options: Namespace) -> int:
    if options.last and options.resume:  # then the one word is no id
        options.prompt, options.resume = options.resume, ""
    return _screen(options)


def _show(assembly: Assembly, loaded: Loaded, options: Namespace) -> int:
    import asyncio

    from codex_tui.agent.attachments import read_given
    from codex_tui.config.history import History
    from codex_tui.config.memory import UserMemory
    from codex_tui.ui.app import CodexApp
    from codex_tui.ui.screens.main import MainScreen

    images = read_given(options.images)
    memory = UserMemory(assembly.state, History(loaded.paths))

    def main_screen() -> MainScreen:
        return MainScreen(
            assembly,
            memory,
            first_prompt=options.prompt,
            images=images,
            demo=options.demo,
            choose=options.resume == "" and not options.last,
            footer=loaded.settings.footer,
        )

    app = CodexApp(main_screen, theme=loaded.settings.theme)

    async def run() -> None:
        try:
            await app.run_async()
        finally:
            await assembly.aclose()

    asyncio.run(run())
    kept = app.main_screen.kept_session if app.main_screen else None
    try:
        if kept:
            sys.stdout.write(f"To go on with this session: {PROGRAM} --resume {kept}\n")
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the terminal is gone, and nobody is left to tell
        _silence_standard_output()
        sys.stderr = sys.stdout
    return app.return_code or 0


def _exec(options: Namespace) -> int:
    resume, prompt = _resume_and_prompt(options)
    if prompt == "-":
        prompt = sys.stdin.read()
    if not prompt.strip():
        raise ConfigError("The prompt is empty.", hint="Say what to do, or pipe it in with -.")

    from codex_tui.agent.attachments import read_given
    from codex_tui.protocol.messages import UserMessage

    words = UserMessage(text=prompt, images=read_given(options.images))
    assembly, _ = _assemble(options, interactive=False)
    if options.last or resume is not None:
        assembly.go_on_with(resume if resume is None else _chosen(assembly.kept, resume))
    import asyncio

    from codex_tui import headless

    async def run() -> int:
        try:
            session = assembly.open_session()
            if session.past.cut_off is not None:
                sys.stderr.write("The last turn of this session was interrupted.\n")
            return await headless.run(
                session,
                assembly.bus,
                lambda: assembly.start(session),
                words,
                headless.printer_for(as_json=options.json),
            )
        finally:
            await assembly.aclose()

    return asyncio.run(run())


def _resume_and_prompt(options: Namespace) -> tuple[str | None, str]:
    """Return the session to go on with (None: a new one, or the last; empty: to be asked for) and
    the prompt.
    """
    if not hasattr(options, "words"):
        return None, options.prompt
    words: list[str] = options.words
    if len(words) > (1 if options.last else 2):
        what = "--last and a prompt" if options.last else "an id (or --last) and a prompt"
        raise ConfigError(f"exec resume takes {what}.", hint="Quote a prompt of several words.")
    if options.last:
        return None, words[0]
    if len(words) == 1 and is_session_id(words[0]):
        raise ConfigError("There is no prompt behind the id.", hint="Say what to do.")
    return (words[0], words[1]) if len(words) > 1 else ("", words[0])


def _models(options: Namespace) -> int:
    import asyncio

    from codex_tui.listing import ModelListing, Wanted

    assembly, _ = _assemble(options, interactive=False)
    wanted = Wanted(provider=options.provider, refresh=options.refresh, as_json=options.json)

    async def run() -> int:
        try:
            listing = ModelListing(assembly.providers, sys.stdout, sys.stderr)
            return await listing.run(wanted)
        finally:
            await assembly.aclose()

    return asyncio.run(run())


def _config(options: Namespace) -> int:
    from codex_tui.config.describe import describe

    for key, value, source in describe(_load(options)):
        sys.stdout.write(display_safe(f"{key} = {value}   [{source}]") + "\n")
    return 0


def _sessions(options: Namespace) -> int:
    from codex_tui.keeping import KeptSessions
    from codex_tui.session_commands import SessionCommands

    kept = KeptSessions(_load(options).paths.sessions_dir, _directory(options))
    commands = SessionCommands(kept, sys.stdin, sys.stdout, sys.stderr)
    match options.action:
        case "rename":
            commands.rename(options.session, options.title)
        case "delete":
            return commands.delete(options.session, sure=options.yes)
        case _:
            commands.list(everywhere=options.all, as_json=options.json)
    return 0


def _chosen(kept: KeptSessions, session: str) -> str:
    """Return the session to go on with; the user is asked when none is named."""
    if session:
        return session
    from codex_tui.session_commands import SessionCommands

    return SessionCommands(kept, sys.stdin, sys.stdout, sys.stderr).choose()


def _login(options: Namespace) -> int:
    import asyncio
    import getpass

    assembly, _ = _assemble(options, interactive=False)
    provider: str = options.provider
    assembly.providers.endpoint(provider)
    asks = f"Key for {provider} (not shown): "
    key = getpass.getpass(asks) if sys.stdin.isatty() else sys.stdin.readline()
    done = asyncio.run(assembly.log_in(provider, key, in_file=options.file))
    sys.stdout.write(display_safe(done) + "\n")
    return 0


def _logout(options: Namespace) -> int:
    import asyncio

    assembly, _ = _assemble(options, interactive=False)
    sys.stdout.write(display_safe(asyncio.run(assembly.log_out(options.provider))) + "\n")
    return 0


def _apply_patch(options: Namespace) -> int:
    from codex_tui.config.paths import find_paths
    from codex_tui.edits.engine import TextEditor
    from codex_tui.edits.patch.changes import fault_of, status_line
    from codex_tui.edits.patch.input import read_patch
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


def _assemble(options: Namespace, *, interactive: bool) -> tuple[Assembly, Loaded]:
    from codex_tui.composition import Assembly

    loaded = _load(options)
    return Assembly(loaded, _directory(options), interactive=interactive), loaded


def _load(options: Namespace) -> Loaded:
    from codex_tui.config.settings import load

    flags = {
        "model": getattr(options, "model", None),
        "effort": getattr(options, "effort", None),
        "approval_mode": getattr(options, "mode", None),
    }
    return load(project=_directory(options), flags=flags)


def _directory(options: Namespace) -> Path:
    directory: Path = options.directory
    try:
        root = directory.resolve(strict=True)
    except OSError as error:
        raise ConfigError(f"{directory}: {error.strerror}", hint="-C takes a folder.") from None
    if not root.is_dir():
        raise ConfigError(f"{directory} is not a folder.", hint="-C takes a folder.")
    return root


COMMANDS: Mapping[str, tuple[Callable[[], ArgumentParser], Callable[[Namespace], int]]] = {
    "exec": (arguments.exec_parser, _exec),
    "resume": (arguments.resume_parser, _resume),
    "models": (arguments.models_parser, _models),
    "sessions": (arguments.sessions_parser, _sessions),
    "login": (arguments.login_parser, _login),
    "logout": (arguments.logout_parser, _logout),
    "config": (arguments.config_parser, _config),
    "apply-patch": (arguments.apply_patch_parser, _apply_patch),
}
"""What the first word may be, else it is a prompt for the screen."""


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
