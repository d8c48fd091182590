"""Lines as every other module here sees them: cut at LF only, each with its own end."""

from __future__ import annotations

import re
from io import StringIO

BOM = "\ufeff"

_BLANKS_AT_END = re.compile(r"[ \t]+$")


def split_lines(text: str) -> list[str]:
    """Cut at LF and nowhere else; `"".join` of the result is `text` again."""
    return StringIO(text, newline="\n").readlines()


def line_end(line: str) -> str:
    """Return what ends the line: CRLF, LF, or nothing on a last line without an end."""
    if line.endswith("\r\n"):
        return "\r\n"
    return "\n" if line.endswith("\n") else ""


def first_line_end(text: str) -> str:
    """Return the end that new lines of this text take: that of its first line, LF without one."""
    index = text.find("\n")
    return "\r\n" if index > 0 and text[index - 1] == "\r" else "\n"


def to_lf(text: str) -> str:
    """Return the text with every CRLF as LF; a CR alone is no line end and stays."""
    return text.replace("\r\n", "\n")


def visible(line: str, *, max_chars: int = 160) -> str:
    """Show a line, without its end, so that look-alikes differ: tabs, trailing blanks and
    everything unprintable get a sign of their own. Only `max_chars` of its characters are shown.
    """
    body = line.removesuffix("\n")
    if len(body) > max_chars:
        return "".join(map(_sign, body[: max_chars - 1])) + "…"
    blanks = _BLANKS_AT_END.search(body)
    tail = blanks.start() if blanks else len(body)
    return "".join(map(_sign, body[:tail])) + body[tail:].replace(" ", "·").replace("\t", "→")


def _sign(character: str) -> str:
    if character == "\t":
        return "→"
    if character == "\r":
        return "␍"
    return character if character.isprintable() else f"\\u{ord(character):04x}"
