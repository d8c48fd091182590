"""What can be said to the commands that hold no conversation: they list, keep, show and patch."""

from __future__ import annotations

import argparse
from datetime import date

from codex_tui.commands.arguments.common import add_directory, add_json, command_parser

MAX_DAYS = 36_500
PATCH_HELP = """the patch:
  *** Begin Patch
  *** Add File: PATH            then its lines, each with a +
  *** Delete File: PATH
  *** Update File: PATH         then hunks
  *** Move to: PATH             right below an update: the file moves
  @@ HEADER                     a hunk begins; HEADER is a line above it, or left out
   a line that stays, -a line that goes, +a line that comes
  *** End of File               ends a hunk whose lines are the file's last
  *** End Patch

Done: one line a file (A added, M changed, D deleted, R old → new) and exit code 0, also where that
list cannot be written.
Else: "error: KIND: reason" on standard error, nothing is changed, and exit code 1. KIND is format
(of the patch), file (one it names), match (its lines are not there) or write (the disk refused)."""


def models_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui models`."""
    parser = command_parser(
        "models",
        "List the models that can be chosen, with what is known of them: sizes in "
        "tokens, prices in US dollars per million tokens.",
    )
    parser.add_argument("--provider", metavar="NAME", help="only this provider's models")
    parser.add_argument(
        "--refresh", action="store_true", help="ask the servers first what they serve"
    )
    add_json(parser)
    add_directory(parser)
    return parser


def config_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui config`."""
    parser = command_parser(
        "config",
        "Show the settings in force and where each value comes from; with a model, how "
        "it is asked.",
    )
    parser.add_argument("action", metavar="show", choices=["show"])
    parser.add_argument(
        "ref",
        nargs="?",
        default="",
        metavar="PROVIDER/MODEL",
        help="the profile in force of this model",
    )
    add_json(parser)
    add_directory(parser)
    return parser


def usage_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui usage`."""
    parser = command_parser(
        "usage",
        "Sum up what the model calls of all sessions used and cost, by day and model. "
        "A cost is that of its time; ~ marks one that is priced later, ≥ a sum of which a part is "
        "not known, – one of which nothing is.",
    )
    span = parser.add_mutually_exclusive_group()
    span.add_argument(
        "--days", type=_days, default=30, metavar="N", help="the last N days (default: 30)"
    )
    span.add_argument("--since", type=_date, metavar="DATE", help="from this day on (2026-01-31)")
    parser.add_argument(
        "--by", choices=["day", "model", "session"], default="", help="a line for each"
    )
    add_json(parser)
    add_directory(parser)
    return parser


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days")
    return int(text)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-01-31") from None


def sessions_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui sessions`."""
    parser = command_parser(
        "sessions",
        "List the sessions that are kept of this folder, the last one first: id, time, "
        "turns, state, title.",
        usage="%(prog)s [options] [rename ID TITLE | delete ID]",
    )
    parser.add_argument("--all", action="store_true", help="those of every folder")
    add_json(parser)
    add_directory(parser)
    actions = parser.add_subparsers(
        title="in the place of the list", metavar="ACTION", dest="action", prog=parser.prog
    )
    parser.set_defaults(action="list")
    rename = actions.add_parser(
        "rename", help="give a session a title", description="Give a session a title."
    )
    rename.add_argument("session", metavar="ID", help="its beginning will do")
    rename.add_argument("title", metavar="TITLE", help="an empty one takes the old one back")
    delete = actions.add_parser(
        "delete", help="delete a session", description="Delete a session for good."
    )
    delete.add_argument("session", metavar="ID", help="its beginning will do")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def login_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui login`."""
    parser = _key_parser(
        "login",
        "Ask for a provider's key, or read it from standard input, check it with the provider and "
        "keep it: in the system's key store where there is one and the Python package keyring is "
        "installed, else in a file that only you can read.",
    )
    parser.add_argument("--file", action="store_true", help="keep it in the file in any case")
    return parser


def logout_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui logout`."""
    return _key_parser(
        "logout",
        "Forget the key that login kept, in the system's key store and in the file. Environment "
        "variables are not touched.",
    )


def _key_parser(command: str, description: str) -> argparse.ArgumentParser:
    parser = command_parser(command, description)
    parser.add_argument("provider", metavar="PROVIDER", help="for example anthropic")
    add_directory(parser)
    return parser


def apply_patch_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui apply-patch`."""
    parser = command_parser(
        "apply-patch",
        "Apply a patch from standard input: all of it, or nothing.",
        usage="%(prog)s [--check] [-C DIR] < PATCH",
        epilog=PATCH_HELP,
    )
    parser.add_argument(
        "--check", action="store_true", help="say what would be done; write nothing"
    )
    add_directory(parser, "paths are relative to DIR, and nothing outside it is written")
    return parser


def help_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui help`."""
    parser = command_parser(
        "help",
        "Read a guide, or the help of a command; without a name, list the guides.",
    )
    parser.add_argument("topic", nargs="*", metavar="NAME", help="such as providers, exec resume")
    return parser
