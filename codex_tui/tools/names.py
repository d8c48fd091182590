"""File names made printable: they may hold line breaks, escape bytes, bytes that are no text."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(name: str) -> str:
    r"""Return a file name as one line of encodable text: a line break as `\n`, a stray byte as
    `\xff`.

    The result is for reading; it opens the file only when nothing had to be replaced.
    """
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _UNPRINTABLE.sub(lambda found: _SHORT.get(found[0], f"\\x{ord(found[0]):02x}"), text)


def is_text(name: str) -> bool:
    """Say whether a name can be written as UTF-8, which events and sessions need."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
