"""`codex-tui models`: what can be chosen; the list itself is `listing`'s."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from codex_tui.commands.starting import assemble, run_and_close
from codex_tui.listing import ModelListing, Wanted

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> int:
    """List the models; the exit code is 1 where the one provider asked for did not answer."""
    assembly, _ = assemble(options, interactive=False)
    listing = ModelListing(assembly.providers, sys.stdout, sys.stderr)
    wanted = Wanted(provider=options.provider, refresh=options.refresh, as_json=options.json)
    return run_and_close(assembly, listing.run(wanted))
