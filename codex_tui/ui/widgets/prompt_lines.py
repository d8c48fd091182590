"""The lines above the composer: what no model has read yet, and what goes along next.

Each is there only while it has something to say, and names the key that takes it back.
"""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from codex_tui.protocol.display import one_line
from codex_tui.ui.symbols import UNICODE
from codex_tui.ui.widgets.cell_fit import fit_start

_MAX_WORDS_CHARACTERS = 60
_MAX_NAME_CHARACTERS = 400
_NAME_CELLS = 22
"""So much of a picture's name fits the line in a narrow window."""


class WaitingLine(Static):
    """The words that wait for the running turn or for the next one."""

    def show(self, waiting: tuple[str, ...]) -> None:
        """Show the last of them, and how many there are."""
        self.display = bool(waiting)
        for last in waiting[-1:]:
            more = f"  (+{len(waiting) - 1} more)" if len(waiting) > 1 else ""
            words = one_line(last, _MAX_WORDS_CHARACTERS)
            text = f"   waiting: {words}{more} · Up takes it back"
            self.update(Content.styled(text, "$muted"))


class AttachedLine(Static):
    """The pictures that go with the next message."""

    def show(self, images: tuple[str, ...], *, roomy: bool) -> None:
        """Show the last of them, and how many there are; all that is to say where it is `roomy`."""
        self.display = bool(images)
        for last in images[-1:]:
            more = f" and {len(images) - 1} more" if len(images) > 1 else ""
            fate = " · with the next message" if roomy else ""
            name = fit_start(one_line(last, _MAX_NAME_CHARACTERS), _NAME_CELLS - len(more))
            text = f" {UNICODE.image} image {name}{more}{fate} · Backspace removes it"
            self.update(Content.styled(text, "$muted"))
