"""The command line: reads the arguments once, starts a front end, turns errors into exit codes.

Exit codes: 0 done; 1 the turn failed, was stopped, or needed an approval nobody could give; 2 usage
or configuration; 130 interrupted. Heavy imports stand where they are needed, so that `--version`
and `--help` answer at once and `exec` never loads the screen.
"""

from __future__ import annotations

import gc
import logging
import sys
from typing import TYPE_CHECKING

from codex_tui.arguments import EXEC_RESUME, SCREEN
from codex_tui.command_line import read
from codex_tui.common_arguments import PROGRAM
from codex_tui.interruption import ended_like_ctrl_c
from codex_tui.protocol.display import display_safe
from codex_tui.protocol.errors import EXIT_FAILED, EXIT_INTERRUPTED, CodexError, ConfigError
from codex_tui.streams import prepare_streams, silence_standard_output

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from codex_tui.composition import Assembly
    from codex_tui.config.settings import Loaded

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    prepare_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(words)
        sys.stdout.flush()
    except CodexError as error:
        _complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _complain("Interrupted.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        silence_standard_output()
        return EXIT_FAILED
    except OSError as error:  # what is not translated below is the output's: a full disk
        _complain(f"The output cannot be written: {error.strerror or error}")
        silence_standard_output()
        return EXIT_FAILED
    except Exception:  # a named border: a bug is logged, and told in one line
        log.exception("the program failed")
        _complain("Something went wrong inside codex-tui.\nThe log has the details.")
        return EXIT_FAILED
    return code


def _run(words: list[str]) -> int:
    command, options = read(words)
    return COMMANDS[command](options)


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
        silence_standard_output()
        sys.stderr = sys.stdout
    return app.return_code or 0


def _exec(options: Namespace) -> int:
    from codex_tui.exec_command import prompt_of, run_turn

    with ended_like_ctrl_c():
        words = None if options.retry else prompt_of(options)
        assembly, _ = _assemble(options, interactive=False)
        return run_turn(assembly, words, options)


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
    from codex_tui.config_listing import show_profile, show_settings

    if not options.ref:
        show_settings(_load(options), sys.stdout, as_json=options.json)
        return 0
    assembly, loaded = _assemble(options, interactive=False)
    show_profile(options.ref, loaded, assembly.providers, sys.stdout, as_json=options.json)
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


def _usage(options: Namespace) -> int:
    import asyncio

    from codex_tui.usage_command import UsageCommand

    assembly, _ = _assemble(options, interactive=False)

    async def run() -> None:
        try:
            index, registry = assembly.usage_index(sys.stderr), assembly.providers
            command = UsageCommand(index, registry, sys.stdout, sys.stderr)
            since, by = options.since, options.by
            await command.run(since=since, days=options.days, by=by, as_json=options.json)
        finally:
            await assembly.aclose()

    asyncio.run(run())
    return 0


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
    from codex_tui.patch_command import apply_patch
    from codex_tui.tools.workspace import Workspace

    root, paths = _directory(options), find_paths()
    workspace = Workspace(root, (paths.config, paths.state, paths.cache))
    return apply_patch(workspace, sys.stdin, sys.stdout, sys.stderr, check=options.check)


def _help(options: Namespace) -> int:
    from codex_tui.guide_command import show_help

    show_help(options.topic, sys.stdout)
    return 0


def _assemble(options: Namespace, *, interactive: bool) -> tuple[Assembly, Loaded]:
    from codex_tui.composition import Assembly

    loaded = _load(options, unasked=not interactive)
    return Assembly(loaded, _directory(options), interactive=interactive), loaded


def _load(options: Namespace, *, unasked: bool = False) -> Loaded:
    from codex_tui.config.settings import load

    flags = {
        "model": getattr(options, "model", None),
        "fallbacks": (fallbacks := getattr(options, "fallbacks", None)),
        "auto_fallback": True if fallbacks and unasked else None,
        "effort": getattr(options, "effort", None),
        "approval_mode": getattr(options, "mode", None),
        "budget_usd": getattr(options, "budget_usd", None),
        "budget_tokens": getattr(options, "budget_tokens", None),
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


COMMANDS: Mapping[str, Callable[[Namespace], int]] = {
    SCREEN: _screen,
    "exec": _exec,
    EXEC_RESUME: _exec,
    "resume": _screen,
    "models": _models,
    "sessions": _sessions,
    "usage": _usage,
    "login": _login,
    "logout": _logout,
    "config": _config,
    "apply-patch": _apply_patch,
    "help": _help,
}


def _complain(text: str) -> None:
    sys.stderr.write(f"{PROGRAM}: {display_safe(text)}\n")


if __name__ == "__main__":
    sys.exit(main())
