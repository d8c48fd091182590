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
DEFAULT_CSS = """
Transcript {
    & > .transcript--muted { color: $muted; }
    & > .transcript--faint { color: $faint; }
    & > .transcript--accent { color: $accent; }
    & > .transcript--success { color: $success; }
    & > .transcript--warning { color: $warning; }
    & > .transcript--error { color: $error; }
    & > .transcript--strong { text-style: bold; }
    & > .transcript--emphasis { text-style: italic; }
    & > .transcript--strike { text-style: strike; }
    & > .transcript--heading { color: $accent; text-style: bold; }
    & > .transcript--link { color: $accent; text-style: underline; }
    & > .transcript--rule { color: $rule; }
    & > .transcript--user-bar { color: $user-bar; }
    & > .transcript--code { background: $surface; }
    & > .transcript--code-inline { background: $panel; }
    & > .transcript--code-comment { color: $faint; text-style: italic; }
    & > .transcript--code-keyword { color: $accent; }
    & > .transcript--code-string { color: $success; }
    & > .transcript--code-number { color: $warning; }
    & > .transcript--code-name { text-style: bold; }
}
"""
"""How the roles look."""


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
