"""File names made printable: they may hold line breaks, escape bytes, bytes that are no text."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(name: str) -> str:
    r"""Return a file name as one line of encodable text: a line break as `\n`, a stray byte as
    `\xff`.

    The result is for reading; it opens the file only when nothing had to be replaced.
    """
    return _UNPRINTABLE.sub(_escape, name)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # how Python carries a byte that is not UTF-8 (PEP 383)
        code -= 0xDC00
    return _SHORT.get(found[0], f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def is_text(name: str) -> bool:
    """Say whether a name can be written as UTF-8, which events and sessions need."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
