"""`codex-tui exec`: one turn without a screen, in a new session or an earlier one.

What was typed becomes words and a session; running the turn and printing it is `headless`' work.
"""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from codex_tui import headless
from codex_tui.agent.attachments import read_given
from codex_tui.commands.sessions import SessionCommands
from codex_tui.commands.starting import assemble, run_and_close
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.messages import UserMessage

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Generator

    from codex_tui.composition.assembly import Assembly
    from codex_tui.composition.keeping import KeptSessions


def run(options: Namespace) -> int:
    """Run a turn; the exit code says how it ended."""
    with _ended_like_ctrl_c():
        words = None if options.retry else prompt_of(options)
        assembly, _ = assemble(options, interactive=False)
        return run_turn(assembly, words, options)


@contextmanager
def _ended_like_ctrl_c() -> Generator[None]:
    """Let SIGTERM raise `KeyboardInterrupt` before a turn runs, so that what is open is closed; a
    running turn has handlers of its own (`headless`), which take the place of this one.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def prompt_of(options: Namespace) -> UserMessage:
    """Return what was typed, or piped in with `-`; raises `ConfigError`."""
    prompt: str = options.prompt
    if prompt == "-":
        prompt = sys.stdin.read()
    if not prompt.strip():
        raise ConfigError("The prompt is empty.", hint="Say what to do, or pipe it in with -.")
    return UserMessage(text=prompt, images=read_given(options.images))


def run_turn(assembly: Assembly, words: UserMessage | None, options: Namespace) -> int:
    """Run a turn on the words, without any the session's last one again; return the exit code."""
    if options.last or options.resume is not None:
        assembly.go_on_with(None if options.last else _chosen(assembly.kept, options.resume))

    async def turn() -> int:
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

    return run_and_close(assembly, turn())


def _chosen(kept: KeptSessions, session: str) -> str:
    """Return the session to go on with; the user is asked when none is named."""
    return session or SessionCommands(kept, sys.stdin, sys.stdout, sys.stderr).choose()
