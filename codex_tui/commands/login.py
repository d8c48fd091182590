"""`codex-tui login`: a provider's key is asked for, or piped in, checked and kept."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from codex_tui.commands.starting import NO_ANSWER, assemble, run_and_close
from codex_tui.protocol.display import display_safe
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> int:
    """Keep a key, and say what was done with it."""
    assembly, _ = assemble(options, interactive=False)
    provider: str = options.provider
    assembly.providers.endpoint(provider)
    key = _ask(provider) if sys.stdin.isatty() else sys.stdin.readline()
    done = run_and_close(assembly, assembly.log_in(provider, key, in_file=options.file))
    sys.stdout.write(display_safe(done) + "\n")
    return 0


def _ask(provider: str) -> str:
    try:
        return getpass.getpass(f"Key for {provider} (not shown): ")
    except EOFError:
        sys.stderr.write("\n")
        raise ConfigError(NO_ANSWER) from None
