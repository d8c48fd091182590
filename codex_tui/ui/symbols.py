"""The few single-width signs of the frame, and their plain ASCII stand-ins."""

from __future__ import annotations

import codecs
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """One name a meaning. Each sign but those of `spinner` stands alone in one cell."""

    bar: str = "│"
    rule: str = "─"
    bullet: str = "•"
    done: str = "●"
    waiting: str = "○"
    failed: str = "✗"
    denied: str = "–"
    warning: str = "!"
    collapsed: str = "▸"
    expanded: str = "▾"
    continued: str = "↳"
    down: str = "↓"
    minus: str = "−"
    dash: str = "—"
    ellipsis: str = "…"
    spinner: str = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


UNICODE = Symbols()
ASCII = Symbols(
    bar="|",
    rule="-",
    bullet="*",
    done="*",
    waiting="o",
    failed="x",
    denied="-",
    collapsed=">",
    expanded="v",
    continued="\\",
    down="v",
    minus="-",
    dash="-",
    ellipsis="~",
    spinner="|/-\\",
)


def symbols_for(encoding: str) -> Symbols:
    """Return the signs a terminal with this locale encoding can show (`utf-8`, `ascii` …)."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        return ASCII
    return UNICODE if name.startswith("utf") else ASCII
