"""The few single-width signs of the frame, and their plain ASCII stand-ins."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, fields
from itertools import cycle
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """One name a meaning. Each sign but those of `spinner` stands alone in one cell."""

    bar: str = "│"
    rule: str = "─"
    bullet: str = "•"
    done: str = "●"
    waiting: str = "○"
    ticked: str = "✓"
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
    image: str = "▫"
    spinner: str = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


UNICODE = Symbols()
ASCII = Symbols(
    bar="|",
    rule="-",
    bullet="*",
    done="*",
    waiting="o",
    ticked="+",
    failed="x",
    denied="-",
    collapsed=">",
    expanded="v",
    continued="\\",
    down="v",
    minus="-",
    dash="-",
    ellipsis="~",
    image="#",
    spinner="|/-\\",
)


_IN_TEXTS = {"·": ".", "›": ">", "‹": "<", "❯": ">", "▌": "|", "→": ">", "←": "<"}
_QUOTES = {"“": '"', "”": '"', "‘": "'", "’": "'"}


def _signs() -> Iterator[tuple[str, str]]:
    """Yield each sign with its stand-in; the frames of the spinner share theirs."""
    for field in fields(Symbols):
        signs: str = getattr(UNICODE, field.name)
        plain: str = getattr(ASCII, field.name)
        yield from zip(signs, cycle(plain), strict=False)


_SCROLLBAR = dict.fromkeys("▁▂▃▄▅▆▇█", "#")
_STAND_INS = {**dict(_signs()), **_IN_TEXTS, **_QUOTES, **_SCROLLBAR}
_ERRORS = "codex-tui-signs"


def fit_signs(stream: io.TextIOWrapper) -> None:
    """Let a stream whose encoding lacks our signs write their stand-ins.

    Done at the last step before the terminal, so that it holds for everything on the screen; what
    has no stand-in becomes question marks, as wide as it was.
    """
    codecs.register_error(_ERRORS, _stand_in)
    stream.reconfigure(errors=_ERRORS)


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(_STAND_INS.get(each, "?" * cell_len(each)) for each in lost), error.end
