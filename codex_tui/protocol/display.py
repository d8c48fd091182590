r"""Untrusted text made fit for the screen: the only way there.

Model text, file contents, command output, file names and error messages can hold characters that
steer a terminal, reorder a line or hide in it. Terminal libraries pass most of them through, so
every front end cleans here. Nothing is dropped: what cannot be shown as itself is shown as a
picture (`␛`) or an escape (`\x9b`, `\u202e`), so that a reader sees that it is there.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

_EMOJI = (
    "\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_IDEOGRAPHS = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_NEVER = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and line feed, DEL, C1
    "\u00ad"  # soft hyphen: terminals disagree on its width
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u200b\u200c\u2060-\u2064\u206a-\u206f\ufeff\u180e"  # no width, no picture
    "\u115f\u1160\u3164\uffa0"  # fillers: letters without a shape
    "\u2028\u2029\ufff9-\ufffb"  # line and paragraph separators, annotations
    "\ud800-\udfff"  # lone surrogates cannot be encoded
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags
)
# One set of characters is searched much faster than the alternatives, and clean text is the rule.
_SUSPECT = re.compile(f"[{_NEVER}\u200d\U000e0100-\U000e01ef]")
_UNSAFE = re.compile(
    rf"\r\n|[{_NEVER}]"
    f"|(?<![{_EMOJI}\ufe0f])\u200d|\u200d(?![{_EMOJI}])"  # a joiner belongs between two emoji
    f"|(?<![{_IDEOGRAPHS}])[\U000e0100-\U000e01ef]"  # a variant belongs after an ideograph
)


def display_safe(text: str) -> str:
    r"""Return `text` with every character that steers, reorders or hides made visible.

    Line feeds and tabs stay (a renderer expands tabs), `\r\n` becomes a line feed, joiners stay
    inside emoji. Text without such characters comes back as the same object. The result is clean
    for this function again.
    """
    if _SUSPECT.search(text) is None:
        return text
    return _UNSAFE.sub(_visible, text)


def one_line(text: str, limit: int) -> str:
    """Return `text` cleaned, on one line, in at most `limit` characters; a cut ends in `…`.

    Runs of white space, line ends among them, become one space. `limit` is at least 1.
    """
    line = " ".join(display_safe(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def cell_width(text: str) -> int:
    """Return how many columns of a terminal one line of clean text takes (UAX #11): wide characters
    two, marks that join the one before them none. For plain output; a screen measures by itself.
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(each) in {"Mn", "Me", "Cf"} else 1 + _is_wide(each)
        for each in text
    )


def _padded(text: str, width: int, *, right: bool = False) -> str:
    """Return one line of clean text filled with blanks to `width` columns, to the `right` edge."""
    blanks = " " * (width - cell_width(text))
    return f"{blanks}{text}" if right else f"{text}{blanks}"


def in_columns(rows: Sequence[Sequence[str]], *, right: Container[int] = ()) -> list[str]:
    """Return rows of clean text, all of one length, as lines of equal columns; the columns `right`
    are filled to the right edge.
    """
    widths = [max(map(cell_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            _padded(text, width, right=place in right)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}


def _visible(match: re.Match[str]) -> str:
    found = match[0]
    if found == "\r\n":
        return "\n"
    code = ord(found)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
