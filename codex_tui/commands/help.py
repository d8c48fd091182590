"""`codex-tui help`: the guides and the commands' own help, as text on the terminal.

A guide goes out as the Markdown it is, which can be read, searched and piped anywhere; laying it
out is the screen's business.
"""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING

from codex_tui.commands.arguments.common import PROGRAM
from codex_tui.commands.arguments.parsers import PARSERS
from codex_tui.guides import GUIDES, guide
from codex_tui.protocol.display import display_safe
from codex_tui.protocol.errors import ConfigError

if TYPE_CHECKING:
    from argparse import Namespace
    from typing import TextIO


def run(options: Namespace) -> int:
    """Show a guide, the help of a command, or what there is of both."""
    show_help(" ".join(options.topic), sys.stdout)
    return 0


def show_help(topic: str, out: TextIO) -> None:
    """Write the guide or the help of the command `topic`; without one, what there is of both.

    Raises:
        ConfigError: there is neither; names what is nearest.
    """
    if topic in GUIDES:
        out.write(display_safe(guide(topic)))
    elif topic in PARSERS and topic:
        PARSERS[topic]().print_help(out)
    elif topic:
        near = difflib.get_close_matches(topic, filter(None, (*GUIDES, *PARSERS)), n=1)
        lists = f"{PROGRAM} help lists the guides, {PROGRAM} --help the commands."
        hint = f"Did you mean {near[0]!r}?" if near else lists
        raise ConfigError(f"There is neither a guide nor a command {topic!r}.", hint=hint)
    else:
        out.write("guides:\n")
        out.writelines(f"  {PROGRAM} help {name:<12} {about}\n" for name, about in GUIDES.items())
        out.write(f"\nCommands and options: {PROGRAM} --help, {PROGRAM} help COMMAND\n")
        out.write("Keys and slash commands: F1 or /help inside the program\n")
