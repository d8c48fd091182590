"""`codex-tui` and `codex-tui resume`: the full screen, on a new session or an earlier one."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from codex_tui.agent.attachments import read_given
from codex_tui.commands.arguments.common import PROGRAM
from codex_tui.commands.starting import assemble, run_and_close
from codex_tui.protocol.errors import ConfigError
from codex_tui.streams import silence_standard_output

if TYPE_CHECKING:
    from argparse import Namespace

    from codex_tui.composition.assembly import Assembly
    from codex_tui.config.settings import Loaded
    from codex_tui.ui.app import CodexApp


def run(options: Namespace) -> int:
    """Open the screen; when it is closed, say how to go on with its session."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        going_on = options.last or options.resume is not None
        command = "exec resume" if going_on else "exec"
        raise ConfigError(
            "codex-tui needs a terminal.", hint=f"Without one, use: {PROGRAM} {command} PROMPT"
        )
    gc.disable()  # loading makes little garbage; the screen collects from its first paint on
    assembly, loaded = assemble(options, interactive=True)
    if options.last or options.resume:
        assembly.go_on_with(None if options.last else options.resume)
    app = _app(assembly, loaded, options)
    run_and_close(assembly, app.run_async())
    _say_how_to_go_on(app)
    return app.return_code or 0


def _app(assembly: Assembly, loaded: Loaded, options: Namespace) -> CodexApp:
    # These load Textual, which is of no use to whoever is told above what is wrong.
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

    return CodexApp(main_screen, theme=loaded.settings.theme)


def _say_how_to_go_on(app: CodexApp) -> None:
    kept = app.main_screen.kept_session if app.main_screen else None
    try:
        if kept:
            sys.stdout.write(f"To go on with this session: {PROGRAM} --resume {kept}\n")
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the terminal is gone, and nobody is left to tell
        silence_standard_output()
        sys.stderr = sys.stdout
