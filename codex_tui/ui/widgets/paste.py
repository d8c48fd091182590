"""What enters the composer: cleaned text, and large pastes kept aside behind a chip.

Owns the chips of one composer: `[Pasted 12,195 lines]` stands in the text, its content waits here
and is put back when the draft is read. No widget and no terminal in this module.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHIP_MIN_BYTES = 8 * 1024
CHIP_MIN_LINES = 100
REMEMBERED_PASTES = 20
PORTION_CHARS = 500_000
"""So much is cleaned in a third of a frame."""

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNWANTED = re.compile(
    "["
    "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f"  # what is left of C0, C1 and DEL
    "\u202a-\u202e\u2066-\u2069"  # direction overrides
    "\u200b\u2060-\u2064\u206a-\u206f\ufeff\U000e0000-\U000e007f"  # no width, no picture
    "]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean_input(text: str) -> str:
    """Return `text` fit for an editor in a terminal: LF line ends, no control characters.

    Tabs and line feeds stay. Everything `str.splitlines` breaks at becomes LF, because the editor
    splits there; characters that steer a terminal, override the direction or hide from the reader
    go; lone surrogates, which cannot be encoded for the terminal, become U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))
    return _SURROGATES.sub("\ufffd", text)


def clean_portions(text: str, portion_chars: int = PORTION_CHARS) -> Iterator[str]:
    """Clean a text of any length portion by portion; joined they are `clean_input(text)`."""
    start = 0
    while True:
        end = start + portion_chars
        if text.startswith("\r\n", end - 1):  # together they are one line end
            end += 1
        yield clean_input(text[start:end])
        start = end
        if start >= len(text):
            return


def is_large(text: str) -> bool:
    """Tell whether `text` slows the editor down: more than 8 KB or more than 100 lines."""
    return (
        len(text) > CHIP_MIN_BYTES
        or text.count("\n") >= CHIP_MIN_LINES
        or len(text.encode(errors="replace")) > CHIP_MIN_BYTES
    )


class PasteChips:
    """The large pastes of one composer, by the label that stands for each.

    A label that is no longer in the text drops its content from the draft; it is still known, so
    that undo brings the paste back whole.
    """

    def __init__(self) -> None:
        self._contents: dict[str, str] = {}
        self._remembered: list[str] = []
        self._pattern: re.Pattern[str] | None = None

    def add(self, content: str) -> str:
        """Keep `content` aside and return the label that stands for it, unique among the chips."""
        lines = content.count("\n") + (not content.endswith("\n"))
        title = f"Pasted {lines:,} lines" if lines > 1 else f"Pasted {len(content):,} characters"
        label = f"[{title}]"
        number = 1
        while label in self._contents:
            number += 1
            label = f"[{title} #{number}]"
        self._contents[label] = content
        self._pattern = re.compile("|".join(re.escape(known) for known in self._contents))
        self._remember(content)
        return label

    def _remember(self, content: str) -> None:
        if content in self._remembered:
            self._remembered.remove(content)
        self._remembered.append(content)
        del self._remembered[:-REMEMBERED_PASTES]

    def clear(self) -> None:
        """Forget the labels; the newest contents stay known to `fold`."""
        self._contents.clear()
        self._pattern = None

    def expand(self, text: str) -> str:
        """Return `text` with every label replaced by what it stands for."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: self._contents[match[0]], text)

    def fold(self, text: str) -> str:
        """Return `text` with pastes of this composer, and otherwise too large a text, as chips.

        The inverse of `expand`, for drafts that come back from history or the queue.
        """
        if not is_large(text):
            return text
        for content in sorted(self._remembered, key=len, reverse=True):
            if content in text:
                text = text.replace(content, self.add(content))
        return self.add(text) if is_large(text) else text

    def spans(self, line: str) -> list[tuple[int, int]]:
        """Return the `(start, end)` columns of the chips in one line of the composer."""
        if self._pattern is None:
            return []
        return [match.span() for match in self._pattern.finditer(line)]
