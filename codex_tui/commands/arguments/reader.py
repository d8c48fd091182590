"""What was typed, read: which command it is, and its options wherever they stand.

The parsers and their help are beside it; nothing here opens a file or asks anybody.
"""

from __future__ import annotations

import argparse
import difflib
import re
from typing import TYPE_CHECKING

from codex_tui.commands.arguments.common import (
    CONVERSATION_OPTIONS,
    PROGRAM,
    add_common,
    add_exec,
)
from codex_tui.commands.arguments.parsers import EXEC_RESUME, PARSERS, SCREEN
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.ids import is_session_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

_TOO_MANY = "unrecognized arguments: "
"""How argparse begins the words that nobody takes."""
_BARE_OPTION = re.compile(r"--?[a-z][a-z-]{0,30}")
WITH_A_PROMPT = frozenset({SCREEN, "exec", EXEC_RESUME, "resume"})


def read(words: Sequence[str]) -> tuple[str, argparse.Namespace]:
    """Return the command, one of `PARSERS`, and its options; raises `ConfigError`.

    Options that every way of starting has may stand before the command, too.
    """
    command, rest = _command_of(words, PARSERS, add_common)
    if command == "exec":
        resume, behind = _command_of(rest, {"resume"}, add_exec)
        command, rest = (EXEC_RESUME, behind) if resume else (command, rest)
    if command not in WITH_A_PROMPT:
        _refuse_conversation_options(command, rest)
    try:
        options = _parsed(command, rest)
    except ConfigError as error:
        if command == "login":
            _refuse_key(error)
        raise ConfigError(error.message, hint=_advice(command, words, error)) from None
    if command == EXEC_RESUME:
        _settle_exec_resume(options)
    elif command == "resume":
        _settle_resume(options)
    return command, options


def _parsed(command: str, words: Sequence[str]) -> argparse.Namespace:
    parser = PARSERS[command]()
    # Options between the words are found only without a `--`, which argparse cannot mix in.
    mixed = command == "config" or (command in {"resume", EXEC_RESUME} and "--" not in words)
    return parser.parse_intermixed_args(words) if mixed else parser.parse_args(words)


def _refuse_key(error: ConfigError) -> None:
    """Raise a `ConfigError` that does not repeat a word too many, which may be a key."""
    _, _, words = error.message.partition(_TOO_MANY)
    if not all(_BARE_OPTION.fullmatch(word) for word in words.split()):
        raise ConfigError(
            "login takes no key on the command line, where other programs can read it.",
            hint=f"{PROGRAM} login PROVIDER asks for it; or pipe it in.",
        ) from None


def _advice(command: str, words: Sequence[str], error: ConfigError) -> str | None:
    """Say what to do about words that cannot be read: what was meant, or where to look it up."""
    _, one_too_many, word = error.message.partition(_TOO_MANY)
    if command not in WITH_A_PROMPT or not one_too_many or word.startswith("-"):
        return error.hint
    near = difflib.get_close_matches(words[0], filter(None, PARSERS), n=1)
    if command == SCREEN and near:
        return f"Did you mean {PROGRAM} {near[0]}? A prompt of several words stands in quotes."
    return f"A prompt of several words stands in quotes. {error.hint}"


def _command_of(
    words: Sequence[str],
    commands: Collection[str],
    add_options: Callable[[argparse.ArgumentParser], None],
) -> tuple[str, Sequence[str]]:
    """Return the first word that is no option, if it is a command, and all other words; without a
    command all words. What cannot be read is left to the parser that explains it.
    """
    head = argparse.ArgumentParser(prog=PROGRAM, add_help=False, exit_on_error=False)
    add_options(head)
    head.add_argument("rest", nargs=argparse.REMAINDER)
    try:
        found, unknown = head.parse_known_args(words)
    except argparse.ArgumentError:
        return SCREEN, words
    rest: list[str] = found.rest
    if unknown or not rest or rest[0] not in commands:
        return SCREEN, words
    return rest[0], [*words[: len(words) - len(rest)], *rest[1:]]


def _refuse_conversation_options(command: str, words: Sequence[str]) -> None:
    """Raise `ConfigError` for an option of the conversation with a command that talks to no model.

    The command's own parser would take the option's value for a word of its own.
    """
    common = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    add_common(common)
    try:
        found, _ = common.parse_known_args(words)
    except argparse.ArgumentError:
        return  # the parser says that it does not know it
    for names, where in CONVERSATION_OPTIONS.items():
        if getattr(found, where):
            raise ConfigError(
                f"{command} does not take {names}.",
                hint=f"It is for {PROGRAM} itself, exec and resume.",
            )


def _settle_resume(options: argparse.Namespace) -> None:
    if options.last and options.resume:  # then the one word is no id
        options.prompt, options.resume = options.resume, ""


def _settle_exec_resume(options: argparse.Namespace) -> None:
    """Find in the words the session to go on with (None: the last; empty: to be asked for) and the
    prompt, which `--retry` stands for.
    """
    words: list[str] = options.words
    if options.retry:
        if options.images or len(words) > (not options.last):
            raise ConfigError(
                "--retry runs the last turn again as it was asked.",
                hint="Give no prompt and no pictures with it.",
            )
        words = [*words, ""]
    elif not words:
        raise ConfigError("There is no prompt.", hint="Say what to do, or give --retry.")
    if len(words) > (1 if options.last else 2):
        what = "--last and a prompt" if options.last else "an id (or --last) and a prompt"
        raise ConfigError(f"{EXEC_RESUME} takes {what}.", hint="Quote a prompt of several words.")
    *named, options.prompt = words
    if not named and not options.last and is_session_id(options.prompt):
        raise ConfigError("There is no prompt behind the id.", hint="Say what to do.")
    options.resume = None if options.last else "".join(named)
