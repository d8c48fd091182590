"""`codex-tui help`: the guides and the commands' own help, as text on the terminal.

A guide goes out as the Markdown it is, which can be read, searched and piped anywhere; laying it
out is the screen's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.arguments import PARSERS
from codex_tui.common_arguments import PROGRAM
from codex_tui.guides import GUIDES, guide
from codex_tui.protocol.display import display_safe

if TYPE_CHECKING:
    from typing import TextIO


def show_help(topic: str, out: TextIO) -> None:
    """Write the guide or the help of the command `topic`; without one, what there is of both.

    Raises:
        ConfigError: there is neither; names the nearest guide.
    """
    if topic in PARSERS and topic:
        PARSERS[topic]().print_help(out)
    elif topic:
        out.write(display_safe(guide(topic)))
    else:
        out.write("guides:\n")
        out.writelines(f"  {PROGRAM} help {name:<12} {about}\n" for name, about in GUIDES.items())
        out.write(f"\nCommands and options: {PROGRAM} --help, {PROGRAM} help COMMAND\n")
        out.write("Keys and slash commands: F1 or /help inside the program\n")
