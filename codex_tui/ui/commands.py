"""The one table of slash commands: completion, help, command palette and dispatch all read it.

A command gets the screen it acts on as `Host` and the words after its name. Adding one means adding
a function and a line in `COMMANDS`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from codex_tui.guides import GUIDES
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import Effort, ModelRef


class Host(Protocol):
    """What commands may do to the screen."""

    def open_picker(self) -> None:
        """Drop the model picker down."""
        ...

    def choose_model(self, ref: ModelRef) -> None:
        """Switch the model; raises `ConfigError`."""
        ...

    def choose_effort(self, effort: Effort | None) -> None:
        """Set how much the model thinks, or say what it can be; raises `ConfigError`."""
        ...

    def choose_mode(self, mode: ApprovalMode) -> None:
        """Set the approval mode."""
        ...

    def show_help(self, guide: str) -> None:
        """Show keys and commands, or a guide; raises `ConfigError`: there is none of that name."""
        ...

    def report_status(self) -> None:
        """Show the facts about session, model, gate and files in the chat."""
        ...

    def report_cost(self) -> None:
        """Show what the session's model calls used, in the chat."""
        ...

    def set_budget(self, words: str) -> None:
        """Cap what the session may use, or show the cap; raises `ConfigError`."""
        ...

    def copy_answer(self) -> None:
        """Put the last answer's markdown on the clipboard; raises `ConfigError`: there is none."""
        ...

    def retry_turn(self, ref: ModelRef | None) -> None:
        """Run the last turn again on a branch of its own; raises `ConfigError`."""
        ...

    def list_branches(self) -> None:
        """Show the branches of the conversation in the chat."""
        ...

    def choose_branch(self, number: int) -> None:
        """Go on with another branch; raises `ConfigError`."""
        ...

    def compact(self, focus: str) -> None:
        """Have the model read a summary of the conversation; raises `ConfigError`."""
        ...

    def edit_summary(self) -> None:
        """Let the user change that summary; raises `CodexError`."""
        ...

    def undo_compaction(self) -> None:
        """Have the model read the whole conversation again; raises `CodexError`."""
        ...

    def redo_compaction(self) -> None:
        """Take that back; raises `CodexError`."""
        ...

    def start_afresh(self) -> None:
        """Begin a new conversation; the old one stays in its file."""
        ...

    def choose_session(self, words: str) -> None:
        """List the kept sessions that match, or go on with the one of an id; raises
        `ConfigError` while a turn runs.
        """
        ...

    def rename_session(self, title: str) -> None:
        """Give the session a title; without one, let the user write it."""
        ...

    def quit(self) -> None:
        """Leave the program."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A slash command: `/name usage`, a summary of one line, and what it does."""

    name: str
    summary: str
    run: Callable[[Host, str], None]
    usage: str = ""

    @property
    def needs_words(self) -> bool:
        """It means nothing by itself: its usage is not in brackets."""
        return bool(self.usage) and not self.usage.startswith("[")

    @property
    def form(self) -> str:
        """How it is written: `/name usage`."""
        return f"/{self.name} {self.usage}".rstrip()


def _model(host: Host, words: str) -> None:
    if words:
        host.choose_model(ModelRef.parse(words))
    else:
        host.open_picker()


def _branches(host: Host, words: str) -> None:
    if not words:
        host.list_branches()
    elif words.isdecimal():
        host.choose_branch(int(words))
    else:
        raise ConfigError(f"{words!r} is not the number of a branch.", hint="/branches lists them.")


def _effort(host: Host, words: str) -> None:
    known = [effort.value for effort in Effort]
    if words and words not in known:
        hint = f"/effort takes one of: {', '.join(known)}."
        raise ConfigError(f"{words!r} is not an effort.", hint=hint)
    host.choose_effort(Effort(words) if words else None)


def _approvals(host: Host, words: str) -> None:
    known = [mode.value for mode in ApprovalMode]
    if words not in known:
        raise ConfigError(
            f"{words!r} is not an approval mode." if words else "Which approval mode?",
            hint=f"/approvals takes one of: {', '.join(known)}. Shift+Tab goes through them.",
        )
    host.choose_mode(ApprovalMode(words))


def _compact(host: Host, words: str) -> None:
    match words:
        case "edit":
            host.edit_summary()
        case "undo":
            host.undo_compaction()
        case "redo":
            host.redo_compaction()
        case _:
            host.compact(words)


COMMANDS = (
    Command(
        name="model",
        usage="[provider/model]",
        summary="choose the model, now or from the list",
        run=_model,
    ),
    Command(
        name="effort",
        usage="[off|minimal|low|medium|high|xhigh|max]",
        summary="set how much the model thinks",
        run=_effort,
    ),
    Command(
        name="approvals",
        usage="suggest|auto-edit|full-auto",
        summary="set what runs without asking",
        run=_approvals,
    ),
    Command(
        name="copy",
        summary="copy the last answer as the model wrote it",
        run=lambda host, _: host.copy_answer(),
    ),
    Command(
        name="status",
        summary="session, model, costs, files in use",
        run=lambda host, _: host.report_status(),
    ),
    Command(
        name="cost",
        summary="tokens, times and money by model, turn and step",
        run=lambda host, _: host.report_cost(),
    ),
    Command(
        name="budget",
        usage="[dollars | N tokens | off]",
        summary="cap what this session may use before it asks",
        run=lambda host, words: host.set_budget(words),
    ),
    Command(
        name="help",
        usage=f"[{' | '.join(GUIDES)}]",
        summary="keys and commands, or a guide",
        run=lambda host, words: host.show_help(words),
    ),
    Command(
        name="clear",
        summary="begin a new conversation (this one stays on disk)",
        run=lambda host, _: host.start_afresh(),
    ),
    Command(
        name="retry",
        usage="[provider/model]",
        summary="run the last turn again; both answers are kept",
        run=lambda host, words: host.retry_turn(ModelRef.parse(words) if words else None),
    ),
    Command(
        name="branches",
        usage="[number]",
        summary="list what /retry left, or go back to it",
        run=_branches,
    ),
    Command(
        name="compact",
        usage="[what to keep | edit | undo | redo]",
        summary="make room: a summary stands for what was said",
        run=_compact,
    ),
    Command(
        name="resume",
        usage="[id or words]",
        summary="go on with an earlier session",
        run=lambda host, words: host.choose_session(words),
    ),
    Command(
        name="rename",
        usage="[title]",
        summary="give this session a title",
        run=lambda host, words: host.rename_session(words),
    ),
    Command(name="quit", summary="leave codex-tui", run=lambda host, _: host.quit()),
)


def is_command(text: str) -> bool:
    """Say whether a text is meant as a command: one line, `/word`, no path like `/etc/hosts`."""
    first = text.strip().partition(" ")[0]
    return text.startswith("/") and "\n" not in text.strip() and "/" not in first[1:]


def dispatch(host: Host, text: str) -> None:
    """Run the command in `text`; raises `ConfigError` for an unknown or misused one."""
    name, _, words = text.strip()[1:].partition(" ")
    for command in COMMANDS:
        if command.name == name:
            command.run(host, words.strip())
            return
    near = difflib.get_close_matches(name, [command.name for command in COMMANDS], n=1)
    hint = f"Did you mean /{near[0]}?" if near else "/help lists the commands."
    raise ConfigError(f"There is no command /{name}.", hint=hint)
