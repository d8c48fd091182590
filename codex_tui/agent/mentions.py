r"""Which paths a prompt names that may be pictures: a pure function over the words.

A path stands in a prompt as it was typed (`shots/a.png`, `@shots/a.png`), in quotes, or as a
terminal pastes a file that was dropped on it (`/tmp/My\ Shot.png`, `'/tmp/My Shot.png'`,
`file:///tmp/My%20Shot.png`). What follows from a mention is the business of `attachments`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SEARCHED_CHARS = 8_192
"""A longer text was pasted, and the paths in it are its own: only those after an `@` count."""
MAX_MENTIONS = 100
MAX_PATH_CHARS = 4_096  # PATH_MAX of Linux

_EXTENSION = r"\.(?:png|jpe?g|gif|webp|bmp|tiff?|heic|heif|avif|svg|ico|jxl)"
_PICTURE_NAME = re.compile(rf".*{_EXTENSION}", re.IGNORECASE)
_BEFORE = r"(?:(?<=[\s(\[{<])|^)"
_TOKEN = re.compile(
    rf"{_BEFORE}(?P<at>@?)(?:"
    r"'(?P<single>[^'\n]{1,4096})'"
    r'|"(?P<double>[^"\n]{1,4096})"'
    r"|\x60(?P<ticks>[^\x60\n]{1,4096})\x60"
    r"|(?P<bare>(?:\\.|[^\s\\'\"\x60]){1,4096})"
    r")",
    re.MULTILINE,
)
_DROPPED_LINE = re.compile(r"^[ \t]*(?P<path>(?:~|)/[^\n]{1,4096}?)[ \t]*$", re.MULTILINE)
_ESCAPED = re.compile(r"\\(.)")
_OPENING, _CLOSING = "([{<", ".,;:!?)]}>"


@dataclass(frozen=True, slots=True)
class Mention:
    """A path that a prompt names; `named` when it can only be meant as a file: it stands after an
    `@` or in a `file://` address.
    """

    path: str
    named: bool = False

    @property
    def pictorial(self) -> bool:
        """It is called like a picture."""
        return _PICTURE_NAME.fullmatch(self.path) is not None


def mentions_in(text: str) -> tuple[Mention, ...]:
    """Return the paths that may be pictures, in the order of the text, each once."""
    found: dict[str, Mention] = {}
    for mention in _mentions(text):
        if len(found) == MAX_MENTIONS:
            break
        found.setdefault(mention.path, mention)
    return tuple(found.values())


def _mentions(text: str) -> Iterator[Mention]:
    pasted = len(text) > MAX_SEARCHED_CHARS
    if pasted and "@" not in text:
        return
    for match in _TOKEN.finditer(text):
        if pasted and not match["at"]:
            continue
        quoted = match["single"] or match["double"] or match["ticks"]
        words = quoted or _without_punctuation(_ESCAPED.sub(r"\1", match["bare"]))
        mention = _mention(words, at=bool(match["at"]))
        if mention is not None:
            yield mention
    if not pasted:
        # Some terminals paste a dropped file's path as it is, blanks and all.
        for match in _DROPPED_LINE.finditer(text):
            if " " in match["path"] and _PICTURE_NAME.fullmatch(match["path"]):
                yield Mention(match["path"])


def _mention(words: str, *, at: bool) -> Mention | None:
    address = words.removeprefix("file://")
    if address != words:
        path = unquote(address.removeprefix("localhost"))
        return Mention(path, named=True) if path.startswith("/") else None
    mention = Mention(words, named=at)
    return mention if words and (at or mention.pictorial) and "://" not in words else None


def _without_punctuation(word: str) -> str:
    """Leave out the sentence's own signs round a path, and the text of a markdown link."""
    word = word.rpartition("](")[2].lstrip(_OPENING)
    return word if _PICTURE_NAME.fullmatch(word) else word.rstrip(_CLOSING)
