"""The first line of the screen: the program, what the session is called, and where it works."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from codex_tui.protocol.display import one_line

_MAX_NAME_CHARACTERS = 40
_MAX_PLACE_CHARACTERS = 400


class TitleLine(Static):
    """One quiet line.

    Attributes:
        place: the workspace as people write it, with its branch.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.place = ""

    def show(self, place: str, name: str) -> None:
        """Say where we are, and what the session is called; empty for nothing."""
        self.place = place
        named = f"{one_line(name, _MAX_NAME_CHARACTERS)}  " if name else ""
        self.update(
            Content.assemble(
                (" codex-tui ", "bold $muted"),
                (named, "$foreground"),
                (one_line(place, _MAX_PLACE_CHARACTERS), "$faint"),
            )
        )
