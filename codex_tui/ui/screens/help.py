"""The help screen: every key and command, from the tables the program itself uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from codex_tui.ui.commands import COMMANDS
from codex_tui.ui.panes.approval_keys import REVIEW_BINDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult

KeyRow = tuple[str, str]

KEY_COLUMN = 18
KEY_NAMES = {"pageup": "PgUp", "pagedown": "PgDn", "escape": "Esc"}

COMPOSER_KEYS: Sequence[KeyRow] = (
    ("Enter", "send; while a turn runs: steer it"),
    ("Ctrl+J", "new line"),
    ("Tab", "complete; while a turn runs: queue a turn"),
    ("Up / Down", "earlier prompts; take back a queued one"),
    ("Esc", "close; back to the composer; interrupt"),
    ("Ctrl+C", "copy; clear the composer; twice: quit"),
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
        scrollbar-color: $rule; scrollbar-color-hover: $muted; scrollbar-color-active: $muted;
        scrollbar-background: $surface; scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
    }
    """

    def __init__(self, global_bindings: Sequence[BindingType]) -> None:
        """Show the screen-wide bindings given, and those of the panes."""
        super().__init__()
        self._global_bindings = global_bindings

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll():
            yield Static(self._text())

    def _text(self) -> Content:
        commands = [(f"/{each.name} {each.usage}".rstrip(), each.summary) for each in COMMANDS]
        sections = (
            ("Anywhere", _rows(self._global_bindings)),
            ("Composer", COMPOSER_KEYS),
            ("Review", _rows(REVIEW_BINDINGS)),
            ("Commands", commands),
        )
        texts = [_section(title, rows) for title, rows in sections]
        return Content("\n\n").join([*texts, Content.styled("Esc closes this page", "$faint")])


def _rows(bindings: Iterable[BindingType]) -> list[KeyRow]:
    """Return the bindings that are meant to be seen, keys written as people know them."""
    return [
        (_key_names(binding), binding.description[0].lower() + binding.description[1:])
        for binding in bindings
        if isinstance(binding, Binding) and binding.description
    ]


def _key_names(binding: Binding) -> str:
    return binding.key_display or " / ".join(map(_key_name, binding.key.split(",")))


def _key_name(key: str) -> str:
    if len(key) == 1:
        return key
    *modifiers, last = key.split("+")
    return "+".join([*(each.title() for each in modifiers), KEY_NAMES.get(last, last.title())])


def _section(title: str, rows: Iterable[KeyRow]) -> Content:
    lines = [Content.styled(title, "bold $accent")]
    for key, does in rows:
        gap = "\n" + " " * KEY_COLUMN if len(key) >= KEY_COLUMN else ""
        lines.append(
            Content.assemble((f"{key:<{KEY_COLUMN}}", "$foreground"), gap, (does, "$muted"))
        )
    return Content("\n").join(lines)
