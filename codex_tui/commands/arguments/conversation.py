"""What can be said where a conversation is to be held: on the screen, and without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui import __version__
from codex_tui.commands.arguments.common import (
    PROGRAM,
    add_common,
    add_exec,
    add_last,
    command_parser,
)

if TYPE_CHECKING:
    import argparse

EPILOG = f"""commands:
  {PROGRAM} exec PROMPT       run one turn without a screen
  {PROGRAM} models            list the models that can be chosen
  {PROGRAM} resume            go on with an earlier session, chosen from a list
  {PROGRAM} sessions          list the sessions that are kept; rename or delete one
  {PROGRAM} usage             what all sessions used and cost, by day and model
  {PROGRAM} login PROVIDER    check a key and keep it; logout forgets it
  {PROGRAM} config show       show the settings in force and where each comes from
  {PROGRAM} apply-patch       apply a patch from standard input, all of it or nothing
  {PROGRAM} help providers    read the guide to models and providers; help lists what there is

Each of them explains itself with --help."""


def screen_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui` itself."""
    parser = command_parser(
        "",
        "A full-screen coding assistant for the model of your choice.",
        epilog=EPILOG,
    )
    parser.add_argument("prompt", nargs="?", default="", metavar="PROMPT", help="ask this at once")
    add_common(parser)
    past = parser.add_mutually_exclusive_group()
    past.add_argument(
        "--continue", dest="last", action="store_true", help="go on with this folder's last session"
    )
    past.add_argument(
        "--resume",
        metavar="ID",
        nargs="?",
        const="",
        help="go on with a session by its id, or choose one from a list",
    )
    past.add_argument(
        "--demo", action="store_true", help="watch a demonstration; needs no key, touches no files"
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    return parser


def resume_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui resume`."""
    parser = command_parser(
        "resume", "Go on with an earlier session, by its id or chosen from a list."
    )
    parser.add_argument("resume", nargs="?", default="", metavar="ID", help="its beginning will do")
    parser.add_argument("prompt", nargs="?", default="", metavar="PROMPT", help="ask this at once")
    add_last(parser)
    add_common(parser)
    parser.set_defaults(demo=False)
    return parser


def exec_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui exec`."""
    parser = command_parser(
        "exec",
        "Run one turn without a screen. The answer goes to standard output, progress "
        "to standard error. What would need an approval is refused, and the exit code is 1.",
        epilog=f"{PROGRAM} exec resume [ID|--last] PROMPT goes on with an earlier session.",
    )
    parser.add_argument("prompt", metavar="PROMPT", help="what to do; - reads standard input")
    add_exec(parser)
    parser.set_defaults(resume=None, last=False, retry=False)
    return parser


def exec_resume_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui exec resume`."""
    parser = command_parser(
        "exec resume",
        "Go on with an earlier session, without a screen.",
        usage="%(prog)s [options] [ID | --last] (PROMPT | --retry)",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="ID PROMPT",
        help="id (or --last), then prompt; without an id you are asked in a terminal",
    )
    add_last(parser)
    parser.add_argument(
        "--retry",
        action="store_true",
        help="run its last turn again, in the place of a prompt; with -m on another model",
    )
    add_exec(parser)
    return parser
