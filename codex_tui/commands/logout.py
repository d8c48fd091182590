"""`codex-tui logout`: forgets the key that `login` kept."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from codex_tui.commands.starting import assemble, run_and_close
from codex_tui.protocol.display import display_safe

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> int:
    """Forget a key, and say what was done."""
    assembly, _ = assemble(options, interactive=False)
    done = run_and_close(assembly, assembly.log_out(options.provider))
    sys.stdout.write(display_safe(done) + "\n")
    return 0
