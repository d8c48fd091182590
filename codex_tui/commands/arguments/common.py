"""How the parser of a command is made, and the options that several commands take."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import Effort

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM = "codex-tui"
_TOKEN_SCALES = {"k": 1_000, "m": 1_000_000}


class Parser(argparse.ArgumentParser):
    """Raises `ConfigError` for words that it cannot read, with where they are explained."""

    def error(self, message: str) -> NoReturn:
        """Refuse what was typed."""
        command = self.prog.removeprefix(PROGRAM).strip()
        told = f"{command}: {message}" if command else message
        raise ConfigError(told, hint=f"{self.prog} --help explains what can be said.")


def command_parser(
    command: str, description: str, *, usage: str | None = None, epilog: str | None = None
) -> Parser:
    """Return the parser of a command, "" for the program itself; with an epilog of several lines
    its help is laid out as it is written.
    """
    as_written = argparse.RawDescriptionHelpFormatter
    return Parser(
        prog=f"{PROGRAM} {command}".rstrip(),
        usage=usage,
        description=description,
        epilog=epilog,
        formatter_class=as_written if epilog and "\n" in epilog else argparse.HelpFormatter,
    )


def add_directory(parser: argparse.ArgumentParser, help_text: str = "work in DIR") -> None:
    """Add the folder to work in."""
    parser.add_argument(
        "-C", dest="directory", metavar="DIR", type=Path, default=Path(), help=help_text
    )


def add_json(parser: argparse.ArgumentParser, help_text: str = "one JSON object a line") -> None:
    """Add the choice of JSON in the place of words and tables."""
    parser.add_argument("--json", action="store_true", help=help_text)


def add_last(parser: argparse.ArgumentParser) -> None:
    """Add what stands for the id of a session."""
    parser.add_argument("--last", action="store_true", help="the last session of this folder")


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
    add_directory(parser)
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
        type=_dollars,
        metavar="DOLLARS",
        help="ask before the session costs more (exec stops)",
    )
    parser.add_argument(
        "--budget-tokens",
        type=_tokens,
        metavar="N",
        help="ask before it uses more tokens (exec stops)",
    )


def _dollars(text: str) -> float:
    try:
        return float(text.removeprefix("$"))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no amount in dollars; write 5 or 2.50"
        ) from None


def _tokens(text: str) -> int:
    number, scale = text[:-1], _TOKEN_SCALES.get(text[-1:].lower())
    try:
        return int(text) if scale is None else round(float(number) * scale)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of tokens; write 200000, 200k or 1.5M"
        ) from None


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
    add_json(parser, "write every event, one JSON a line")
