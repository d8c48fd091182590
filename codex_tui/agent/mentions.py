r"""Which paths a prompt names that may be pictures or files: pure functions over the words.

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
MAX_SEARCHED_WORDS = 400
MAX_PATH_CHARS = 4_096  # PATH_MAX of Linux

_EXTENSION = r"\.(?:png|jpe?g|gif|webp|bmp|tiff?|heic|heif|avif|svg|ico|jxl)"
_PICTURE_NAME = re.compile(rf".*{_EXTENSION}", re.IGNORECASE)
_TEXT_NAME = re.compile(
    r"[^\s:;,()<>{}=\"']*[^\s:;,()<>{}=\"'./]\."
    r"(?:bash|bat|c|cc|cfg|cjs|conf|cpp|cs|css|csv|cxx|dart|ex|exs|go|gradle|h|hpp|hs|htm|html|ini|ipynb|java|jl|js|json|jsonl|jsx|kt|kts|less|lua|m|md|mjs|"
    r"php|pl|ps1|py|pyi|r|rb|rs|rst|sass|scala|scss|sh|sql|svelte|svg|swift|tex|tf|toml|ts|tsv|"
    r"tsx|txt|vue|xml|yaml|yml|zig|zsh)",
    re.IGNORECASE,
)
_NO_FILES = frozenset(
    {"d3.js", "express.js", "next.js", "node.js", "nuxt.js", "three.js", "vue.js"}
)
"""What is called like a file and is none."""

_BEFORE = r"(?:(?<=[\s(\[{<])|^)"
_LENGTH = f"{{1,{MAX_PATH_CHARS}}}"
_TOKEN = re.compile(
    rf"{_BEFORE}(?P<at>@?)(?:"
    rf"'(?P<single>[^'\n]{_LENGTH})'"
    rf'|"(?P<double>[^"\n]{_LENGTH})"'
    rf"|\x60(?P<ticks>[^\x60\n]{_LENGTH})\x60"
    rf"|(?P<bare>(?:\\.|[^\s\\'\"\x60]){_LENGTH})"
    r")",
    re.MULTILINE,
)
_DROPPED_LINE = re.compile(rf"^[ \t]*(?P<path>(?:~|)/[^\n]{_LENGTH}?)[ \t]*$", re.MULTILINE)
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


def words_in(text: str) -> tuple[Mention, ...]:
    """Return everything in a text that could be a file's path, in order, each once; `named` those
    that are spoken of as one: after an `@`, or with the ending of a text file.

    Which of them there are is for the caller to see.
    """
    found: dict[str, Mention] = {}
    for match in _tokens(text):
        if len(found) == MAX_SEARCHED_WORDS:
            break
        words = _words_of(match)
        if words and "://" not in words:
            named = bool(match["at"]) or _is_text_name(words)
            found.setdefault(words, Mention(words, named=named))
    return tuple(found.values())


def _is_text_name(words: str) -> bool:
    return bool(_TEXT_NAME.fullmatch(words)) and words.lower() not in _NO_FILES


def _mentions(text: str) -> Iterator[Mention]:
    for match in _tokens(text):
        mention = _mention(_words_of(match), at=bool(match["at"]))
        if mention is not None:
            yield mention
    if len(text) <= MAX_SEARCHED_CHARS:
        # Some terminals paste a dropped file's path as it is, blanks and all.
        for match in _DROPPED_LINE.finditer(text):
            if " " in match["path"] and _PICTURE_NAME.fullmatch(match["path"]):
                yield Mention(match["path"])


def _tokens(text: str) -> Iterator[re.Match[str]]:
    pasted = len(text) > MAX_SEARCHED_CHARS
    if pasted and "@" not in text:
        return
    for match in _TOKEN.finditer(text):
        if match["at"] or not pasted:
            yield match


def _words_of(match: re.Match[str]) -> str:
    quoted = match["single"] or match["double"] or match["ticks"]
    return quoted or _without_punctuation(_ESCAPED.sub(r"\1", match["bare"]))


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
