"""From the roles of runs to the colours of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.style import Style

PREFIX = "transcript--"
ROLES = (
    "muted",
    "faint",
    "accent",
    "success",
    "warning",
    "error",
    "strong",
    "emphasis",
    "strike",
    "heading",
    "link",
    "rule",
    "user-bar",
    "code",
    "code-inline",
    "code-comment",
    "code-keyword",
    "code-string",
    "code-number",
    "code-name",
)
COMPONENT_CLASSES = frozenset(PREFIX + role for role in ROLES)


class Palette:
    """Styles of role combinations, kept until the theme changes."""

    def __init__(self, base: Style, component: Callable[[str], Style]) -> None:
        """`component` gives the style of one component class, without what lies under it."""
        self.base = base
        self._component = component
        self._styles: dict[str, Style] = {"": base}

    def style(self, role: str) -> Style:
        """Return the style of a run: its roles laid on the base, the last one on top."""
        style = self._styles.get(role)
        if style is None:
            style = self.base
            for part in role.split():
                style += self._component(PREFIX + part)
            self._styles[role] = style
        return style
