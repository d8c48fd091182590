"""`codex-tui exec`: one turn without a screen, in a new session or an earlier one.

What was typed becomes words and a session; running the turn and printing it is `headless`' work.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from codex_tui import headless
from codex_tui.agent.attachments import read_given
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.messages import UserMessage
from codex_tui.session_commands import SessionCommands

if TYPE_CHECKING:
    from argparse import Namespace

    from codex_tui.composition import Assembly
    from codex_tui.keeping import KeptSessions


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


def _chosen(kept: KeptSessions, session: str) -> str:
    """Return the session to go on with; the user is asked when none is named."""
    return session or SessionCommands(kept, sys.stdin, sys.stdout, sys.stderr).choose()
