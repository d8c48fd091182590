"""What can be said on the command line, and the help that explains it."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from codex_tui import __version__
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.models import Effort

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROGRAM = "codex-tui"
SCREEN = ""
MAX_DAYS = 36_500
EXEC_RESUME = "exec resume"
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


def screen_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui` itself."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="A full-screen coding assistant for the model of your choice.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} resume",
        description="Go on with an earlier session, by its id or chosen from a list.",
    )
    parser.add_argument("resume", nargs="?", default="", metavar="ID", help="its beginning will do")
    parser.add_argument("prompt", nargs="?", default="", metavar="PROMPT", help="ask this at once")
    parser.add_argument("--last", action="store_true", help="the last session of this folder")
    add_common(parser)
    parser.set_defaults(demo=False)
    return parser


def exec_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui exec`."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} exec",
        description="Run one turn without a screen. The answer goes to standard output, progress "
        "to standard error. What would need an approval is refused, and the exit code is 1.",
        epilog=f"{PROGRAM} exec resume [ID|--last] PROMPT goes on with an earlier session.",
    )
    parser.add_argument("prompt", metavar="PROMPT", help="what to do; - reads standard input")
    add_exec(parser)
    parser.set_defaults(resume=None, last=False)
    return parser


def exec_resume_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui exec resume`."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} exec resume",
        description="Go on with an earlier session, without a screen.",
        usage="%(prog)s [options] [ID | --last] PROMPT",
    )
    parser.add_argument(
        "words",
        nargs="+",
        metavar="ID PROMPT",
        help="id (or --last), then prompt; without an id you are asked in a terminal",
    )
    parser.add_argument("--last", action="store_true", help="the last session of this folder")
    add_exec(parser)
    return parser


def models_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui models`."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} models",
        description="List the models that can be chosen, with what is known of them: sizes in "
        "tokens, prices in US dollars per million tokens.",
    )
    parser.add_argument("--provider", metavar="NAME", help="only this provider's models")
    parser.add_argument(
        "--refresh", action="store_true", help="ask the servers first what they serve"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    _add_directory(parser)
    return parser


def config_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui config`."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} config",
        description="Show the settings in force and where each value comes from; with a model, how "
        "it is asked.",
    )
    parser.add_argument("action", choices=["show"])
    parser.add_argument(
        "ref",
        nargs="?",
        default="",
        metavar="PROVIDER/MODEL",
        help="the profile in force of this model",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    _add_directory(parser)
    return parser


def usage_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui usage`."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} usage",
        description="Sum up what the model calls of all sessions used and cost, by day and model. "
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
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    _add_directory(parser)
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
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} sessions",
        description="List the sessions that are kept of this folder, the last one first: id, time, "
        "turns, state, title.",
    )
    parser.add_argument("--all", action="store_true", help="those of every folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    _add_directory(parser)
    parser.set_defaults(action="list")
    actions = parser.add_subparsers(metavar="")
    rename = actions.add_parser(
        "rename", help="give a session a title", description="Give a session a title."
    )
    rename.add_argument("session", metavar="ID", help="its beginning will do")
    rename.add_argument("title", metavar="TITLE", help="an empty one takes the old one back")
    rename.set_defaults(action="rename")
    delete = actions.add_parser(
        "delete", help="delete a session", description="Delete a session for good."
    )
    delete.add_argument("session", metavar="ID", help="its beginning will do")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    delete.set_defaults(action="delete")
    return parser


def login_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui login`."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} login",
        description="Ask for a provider's key, or read it from standard input, check it with the "
        "provider and keep it: in the system's key store where there is one and the Python package "
        "keyring is installed, else in a file that only you can read.",
    )
    parser.add_argument("provider", metavar="PROVIDER", help="for example anthropic")
    parser.add_argument("--file", action="store_true", help="keep it in the file in any case")
    _add_directory(parser)
    return parser


def logout_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui logout`."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} logout",
        description="Forget the key that login kept, in the system's key store and in the file. "
        "Environment variables are not touched.",
    )
    parser.add_argument("provider", metavar="PROVIDER", help="for example anthropic")
    _add_directory(parser)
    return parser


def apply_patch_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui apply-patch`."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} apply-patch",
        usage="%(prog)s [--check] [-C DIR] < PATCH",
        description="Apply a patch from standard input: all of it, or nothing.",
        epilog=PATCH_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--check", action="store_true", help="say what would be done; write nothing"
    )
    _add_directory(parser, "paths are relative to DIR, and nothing outside it is written")
    return parser


def help_parser() -> argparse.ArgumentParser:
    """Arguments of `codex-tui help`."""
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} help",
        description="Read a guide, or the help of a command; without a name, list the guides.",
    )
    parser.add_argument("topic", nargs="?", default="", metavar="NAME", help="such as providers")
    return parser


def _add_directory(parser: argparse.ArgumentParser, help_text: str = "work in DIR") -> None:
    parser.add_argument(
        "-C", dest="directory", metavar="DIR", type=Path, default=Path(), help=help_text
    )


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add what every way of talking to a model takes."""
    parser.add_argument(
        "-i",
        "--image",
        dest="images",
        action="append",
        default=[],
        metavar="FILE",
        type=Path,
        help="show this picture to the model with the first prompt; may be given several times",
    )
    _add_directory(parser)
    parser.add_argument("-m", "--model", metavar="PROVIDER/MODEL", help="the model to talk to")
    parser.add_argument(
        "--fallback",
        dest="fallbacks",
        action="append",
        metavar="PROVIDER/MODEL",
        help="the model that may take over when the other is overloaded or out of reach; may be "
        "given several times, and needs no consent with exec",
    )
    parser.add_argument(
        "--effort", choices=[each.value for each in Effort], help="how much to think"
    )
    parser.add_argument(
        "--mode",
        choices=[each.value for each in ApprovalMode],
        help="what runs without asking (default: suggest)",
    )
    parser.add_argument(
        "--budget-usd",
        type=float,
        metavar="DOLLARS",
        help="ask before the session costs more (exec stops)",
    )
    parser.add_argument(
        "--budget-tokens",
        type=int,
        metavar="N",
        help="ask before it uses more tokens (exec stops)",
    )


CONVERSATION_OPTIONS: Mapping[str, str] = {
    "-m (--model)": "model",
    "--fallback": "fallbacks",
    "--effort": "effort",
    "--mode": "mode",
    "--budget-usd": "budget_usd",
    "--budget-tokens": "budget_tokens",
    "-i (--image)": "images",
}
"""What only the commands that talk to a model take, and where `add_common` puts it."""


def add_exec(parser: argparse.ArgumentParser) -> None:
    """Add what `exec` takes with and without `resume`."""
    add_common(parser)
    parser.add_argument("--json", action="store_true", help="write every event, one JSON a line")


PARSERS: Mapping[str, Callable[[], argparse.ArgumentParser]] = {
    SCREEN: screen_parser,
    "exec": exec_parser,
    EXEC_RESUME: exec_resume_parser,
    "resume": resume_parser,
    "models": models_parser,
    "sessions": sessions_parser,
    "usage": usage_parser,
    "login": login_parser,
    "logout": logout_parser,
    "config": config_parser,
    "apply-patch": apply_patch_parser,
    "help": help_parser,
}
"""The first words that are commands; anything else is a prompt for the screen."""
