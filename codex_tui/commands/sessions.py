"""`codex-tui sessions` and the question of `codex-tui exec resume`: kept sessions without a screen.

Lists go to standard output, questions and their lists to standard error. Everything is cleaned, and
columns stand below each other also where characters are wide.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, TextIO

from codex_tui.commands.starting import NO_ANSWER, directory_of, load_settings
from codex_tui.composition.keeping import KeptSessions
from codex_tui.protocol.display import in_columns, one_line
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.figures import plural

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence

    from codex_tui.protocol.ids import SessionId
    from codex_tui.protocol.sessions import SessionSummary

OFFERED = 10
"""So many sessions a question offers."""
NAMED = 5
"""So many an error names."""
NONE_HERE = "There is no session of this folder.\n"
NONE_YET = "There is no session yet; each is kept from its first message on.\n"
NOTHING_SAID = "(nothing said)"
_MAX_CHARS = 400


def run(options: Namespace) -> int:
    """List, rename or delete."""
    kept = KeptSessions(load_settings(options).paths.sessions_dir, directory_of(options))
    commands = SessionCommands(kept, sys.stdin, sys.stdout, sys.stderr)
    match options.action:
        case "rename":
            commands.rename(options.session, options.title)
        case "delete":
            return commands.delete(options.session, sure=options.yes)
        case _:
            commands.list(everywhere=options.all, as_json=options.json)
    return 0


class SessionCommands:
    """What can be done about kept sessions from the command line. Methods raise `CodexError`."""

    def __init__(self, kept: KeptSessions, stdin: TextIO, out: TextIO, err: TextIO) -> None:
        """Nobody is asked where `stdin` or `err` is no terminal."""
        self._kept = kept
        self._in = stdin
        self._out = out
        self._err = err

    def list(self, *, everywhere: bool, as_json: bool) -> None:
        """Write the sessions of this folder, or all, the last one first."""
        every = list(self._kept.summaries())
        shown = [each for each in every if everywhere or self._kept.is_here(each)]
        if as_json:
            for each in shown:
                self._out.write(json.dumps(_facts(each)) + "\n")
            return
        self._out.writelines(f"{line}\n" for line in _table(shown, with_folder=everywhere))
        hidden = len(every) - len(shown)
        if not shown:
            self._err.write(NONE_HERE if hidden else NONE_YET)
        if hidden:
            self._err.write(f"--all lists {plural(hidden, 'more session')}, of other folders.\n")

    def rename(self, session: str, title: str) -> None:
        """Give a session a title."""
        found = self._kept.find(session)
        shown = self._kept.rename(found, title)
        self._out.write(f"{found} is called “{shown or NOTHING_SAID}”.\n")

    def delete(self, session: str, *, sure: bool) -> int:
        """Delete a session, after asking unless that is `sure`; returns the exit code."""
        found = self._kept.find(session)
        if not sure:
            if not self._can_ask:
                raise ConfigError(
                    f"Session {found} would be deleted for good, and nobody can be asked.",
                    hint="--yes deletes it without a question.",
                )
            title = self._title(found)
            answer = self._ask(f"Delete {found} “{title}” for good? [y/N] ")
            if answer.strip().lower() not in {"y", "yes"}:
                self._err.write("It is kept.\n")
                return 1
        self._kept.delete(found)
        self._out.write(f"{found} is deleted.\n")
        return 0

    def choose(self) -> SessionId:
        """Ask which session to go on with: those of this folder, else the last ones of all."""
        listed = [each for each in self._kept.summaries() if not each.problem and each.title]
        here = [each for each in listed if self._kept.is_here(each)]
        offered = (here or listed)[:OFFERED]
        if not offered:
            return self._kept.latest()  # says in words that there is none
        if not self._can_ask:
            rows = "\n".join(_table(offered[:NAMED], with_folder=not here))
            raise ConfigError("Which session?", hint=f"Name one by its id, or say --last:\n{rows}")
        for number, line in enumerate(_table(offered, with_folder=not here), start=1):
            self._err.write(f"{number:>3}  {line}\n")
        answer = self._ask(f"Which one? [1-{len(offered)}, Enter for 1] ").strip() or "1"
        if not answer.isdecimal() or not 1 <= int(answer) <= len(offered):
            raise ConfigError(f"{answer!r} is no number of the list; nothing was started.")
        return offered[int(answer) - 1].session

    @property
    def _can_ask(self) -> bool:
        return self._in.isatty() and self._err.isatty()

    def _ask(self, question: str) -> str:
        self._err.write(question)
        self._err.flush()
        answer = self._in.readline()
        if not answer:
            self._err.write("\n")
            raise ConfigError(NO_ANSWER)
        return answer

    def _title(self, session: SessionId) -> str:
        for each in self._kept.summaries():
            if each.session == session:
                return _name(each)
        return NOTHING_SAID


def _facts(summary: SessionSummary) -> dict[str, object]:
    return {
        "session": summary.session,
        "title": summary.title,
        "directory": summary.directory,
        "branch": summary.branch,
        "changed": summary.changed.isoformat(),
        "turns": summary.turns,
        "outcome": summary.outcome,
        "busy": summary.busy,
        "size_bytes": summary.size_bytes,
        "problem": summary.problem,
    }


def _table(summaries: Iterable[SessionSummary], *, with_folder: bool) -> list[str]:
    return in_columns([_row(each, with_folder=with_folder) for each in summaries])


def _row(summary: SessionSummary, *, with_folder: bool) -> Sequence[str]:
    turns = "" if summary.turns is None else f"{summary.turns} turn{'s' * (summary.turns != 1)}"
    return (
        summary.session,
        summary.changed.astimezone().strftime("%Y-%m-%d %H:%M"),
        turns,
        _state(summary),
        *([one_line(summary.directory, _MAX_CHARS)] if with_folder else []),
        _name(summary),
    )


def _name(summary: SessionSummary) -> str:
    return one_line(summary.title or summary.problem or NOTHING_SAID, _MAX_CHARS)


def _state(summary: SessionSummary) -> str:
    if summary.problem:
        return "unreadable"
    if summary.busy:
        return "open"
    return summary.outcome or ""
