"""The help screen: every key and command, from the tables the program itself uses. And what pages
of help have in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key, Paste
from textual.screen import ModalScreen
from textual.widgets import Static
from typing_extensions import override

from codex_tui.ui.commands import COMMANDS
from codex_tui.ui.widgets.application import application_of
from codex_tui.ui.widgets.key_footer import fixed_footer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from codex_tui.ui.key_table import KeyScope

CLOSING_KEYS = ("escape", "f1", "q", "enter")
READING_KEYS = (("Esc", "close"), ("Up/Down", "scroll"), ("PgUp/PgDn", "page"))
KEY_COLUMN = 18
ROOMY_COLUMNS = 60
"""Below that, what a key does stands right behind it, and nothing frames the page."""


class Page(ModalScreen[None]):
    """Something to read; any of Esc, F1, q and Enter closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Of priority: what is typed behind it is then read by the screen below.
        Binding(",".join(CLOSING_KEYS), "dismiss", "close", show=False, priority=True)
    ]

    @override
    def _forward_event(self, event: events.Event) -> None:
        """Read keys that were typed before this was here, too: those pass no bindings, and what is
        behind one that closes is read by the screen below.
        """
        app = application_of(self)
        if isinstance(event, Key | Paste) and app.screen is not self:
            (app.focused or app.screen)._forward_event(event)  # noqa: SLF001
        elif isinstance(event, Key) and event.key in CLOSING_KEYS:
            self.dismiss()
        else:
            super()._forward_event(event)


class HelpScreen(Page):
    """Keys and commands."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background; }
    HelpScreen > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 92%;
        background: $surface; padding: 1 3;
    }
    HelpScreen.-narrow > Vertical {
        width: 100%; max-width: 100%; max-height: 100%; padding: 0 1;
    }
    HelpScreen VerticalScroll {
        height: auto; max-height: 100%; margin-bottom: 2;
        scrollbar-size-vertical: 1;
        scrollbar-color: $rule; scrollbar-color-hover: $muted; scrollbar-color-active: $muted;
        scrollbar-background: $surface; scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
    }
    HelpScreen #help-keys { dock: bottom; padding: 0; background: $surface; }
    """

    def __init__(self, scopes: Sequence[KeyScope]) -> None:
        """Show the keys of `scopes`, and the commands."""
        super().__init__()
        self._scopes = scopes
        self._page = Static(markup=False)

    def compose(self) -> ComposeResult:
        """One scrolling text, and what its keys are."""
        with Vertical():
            with VerticalScroll():
                yield self._page
            yield fixed_footer(*READING_KEYS, id="help-keys")

    def on_resize(self, event: events.Resize) -> None:
        """Lay the page out for the width there is."""
        narrow = event.size.width < ROOMY_COLUMNS
        self.set_class(narrow, "-narrow")
        self._page.update(self._text(0 if narrow else KEY_COLUMN))

    def _text(self, column: int) -> Content:
        commands = [(each.form, each.summary) for each in COMMANDS]
        sections = [(scope.title, _rows(scope)) for scope in self._scopes]
        sections.append(("Commands", commands))
        return Content("\n\n").join(_section(title, rows, column) for title, rows in sections)


def _rows(scope: KeyScope) -> list[tuple[str, str]]:
    keys = scope.keys
    return [(" / ".join(keys[each.id or ""]), each.description) for each in scope.described()]


def _section(title: str, rows: Iterable[tuple[str, str]], column: int) -> Content:
    lines = [Content.styled(title, "bold $accent")]
    for key, does in rows:
        gap = "\n" + " " * column if 0 < column <= len(key) else "" if column else "  "
        lines.append(Content.assemble((f"{key:<{column}}", "$foreground"), gap, (does, "$muted")))
    return Content("\n").join(lines)
