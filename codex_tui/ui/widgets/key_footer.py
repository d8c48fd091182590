"""The last line of the screen: the keys that matter where the focus is.

It draws hints it is told anew at each refresh and decides only what fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget
from typing_extensions import override

from codex_tui.ui.widgets.key_hints import KeyHint, key_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.content import Content


class KeyFooter(Widget):
    """One dim line, never wrapped."""

    DEFAULT_CSS = """
    KeyFooter { height: 1; width: 100%; padding: 0 1; background: $background; color: $faint; }
    """

    def __init__(
        self,
        hints: Callable[[], tuple[Sequence[KeyHint], Mapping[str, str]]],
        *,
        id: str | None = None,  # noqa: A002 — Textual's own name
    ) -> None:
        """`hints` returns what there is to say, and the key of each binding id."""
        super().__init__(id=id)
        self._hints = hints

    @override
    def render(self) -> Content:
        hints, keys = self._hints()
        return key_hints(hints, keys, self.size.width, key_style="$muted", label_style="$faint")


def fixed_footer(*named: tuple[str, str], id: str) -> KeyFooter:  # noqa: A002 — Textual's own name
    """Return a line that names keys nobody can change, the most important ones first."""
    hints = tuple(KeyHint((key,), does, rank) for rank, (key, does) in enumerate(named))
    return KeyFooter(lambda: (hints, {key: key for key, _ in named}), id=id)
