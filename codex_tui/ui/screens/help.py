"""The help screen: every key and command, from the tables the program itself uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from codex_tui.ui.commands import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult

KeyRow = tuple[str, str]

COMPOSER_KEYS: Sequence[KeyRow] = (
    ("Enter", "send; while a turn runs: steer it"),
    ("Ctrl+J", "new line"),
    ("Tab", "complete a command; while a turn runs: queue for the next turn"),
    ("Up / Down", "earlier prompts; take back what is queued"),
    ("Esc", "close what is open; back to the composer; interrupt the turn"),
    ("Ctrl+C", "copy the selection; clear the composer; twice: quit"),
)
REVIEW_KEYS: Sequence[KeyRow] = (
    ("y / n", "accept / reject the hunk"),
    ("r", "reject with a reason, which the model is told"),
    ("a / x", "accept / reject the file"),
    ("A / X", "accept / reject everything"),
    ("] [", "next / previous hunk"),
    ("} {", "next / previous file"),
    ("u", "undo the last decision"),
    ("s", "unified or side by side"),
    ("w", "why am I asked?"),
    ("Enter", "apply the decisions"),
)


class HelpScreen(ModalScreen[None]):
    """Keys and commands; any of Esc, F1, q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q,enter", "dismiss", "close", show=False)
    ]

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 70%; }
    HelpScreen > VerticalScroll {
        width: 76; max-width: 96%; height: auto; max-height: 92%;
        background: $surface; padding: 1 3; border: none;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, global_keys: Sequence[KeyRow]) -> None:
        """Show the screen-wide keys given and those of the panes."""
        super().__init__()
        self._global_keys = global_keys

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll():
            yield Static(self._text())

    def _text(self) -> Content:
        commands = [(f"/{each.name} {each.usage}".rstrip(), each.summary) for each in COMMANDS]
        sections = (
            ("Anywhere", self._global_keys),
            ("Composer", COMPOSER_KEYS),
            ("Review", REVIEW_KEYS),
            ("Commands", commands),
        )
        return Content("\n\n").join(_section(title, rows) for title, rows in sections)


def _section(title: str, rows: Iterable[KeyRow]) -> Content:
    lines = [Content.styled(title, "bold $accent")]
    for key, does in rows:
        gap = "\n" + " " * 20 if len(key) > 19 else ""
        lines.append(Content.assemble((f"{key:<20}", "$foreground"), gap, (does, "$muted")))
    return Content("\n").join(lines)
