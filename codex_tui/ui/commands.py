"""The one table of slash commands: completion, help, command palette and dispatch all read it.

A command gets the screen it acts on as `Host` and the words after its name. Adding one means adding
a function and a line in `COMMANDS`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.models import ModelRef


class Host(Protocol):
    """What commands may do to the screen."""

    def open_picker(self) -> None:
        """Drop the model picker down."""
        ...

    def choose_model(self, ref: ModelRef) -> None:
        """Switch the model; raises `ConfigError`."""
        ...

    def choose_mode(self, mode: ApprovalMode) -> None:
        """Set the approval mode."""
        ...

    def show_help(self) -> None:
        """Show keys and commands."""
        ...

    def report_status(self) -> None:
        """Show the facts about session, model, gate and files in the chat."""
        ...

    def copy_answer(self) -> None:
        """Put the last answer's markdown on the clipboard; raises `ConfigError`: there is none."""
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


def _approvals(host: Host, words: str) -> None:
    known = [mode.value for mode in ApprovalMode]
    if words not in known:
        raise ConfigError(
            f"{words!r} is not an approval mode." if words else "Which approval mode?",
            hint=f"/approvals takes one of: {', '.join(known)}. Shift+Tab goes through them.",
        )
    host.choose_mode(ApprovalMode(words))


COMMANDS = (
    Command(
        name="model",
        usage="[provider/model]",
        summary="choose the model, now or from the list",
        run=_model,
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
    Command(name="help", summary="keys and commands", run=lambda host, _: host.show_help()),
    Command(
        name="clear",
        summary="begin a new conversation (this one stays on disk)",
        run=lambda host, _: host.start_afresh(),
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
