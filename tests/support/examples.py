"""The examples in what users read: the code blocks of a Markdown text, and what can be said in a
shell line.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from codex_tui.guides import GUIDES, guide

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).parents[2]
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_COMMENT = re.compile(r"\s{2,}#.*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A block: where it stands, the words behind its fence ("indented" without one), its text."""

    place: str
    language: str
    text: str


def documents() -> dict[str, str]:
    """What users read, by name."""
    guides = {f"guide {name}": guide(name) for name in GUIDES}
    return {"README": (CHECKOUT / "README.md").read_text("utf-8"), **guides}


def examples() -> list[Example]:
    """Every code block of all of them."""
    return [
        Example(
            place=f"{name}, line {token.map[0] + 1}" if token.map else name,
            language=token.info.strip() if token.type == "fence" else "indented",
            text=token.content,
        )
        for name, text in documents().items()
        for token in _MARKDOWN.parse(text)
        if token.type in {"fence", "code_block"}
    ]


def said_inline(text: str) -> Iterator[str]:
    """Every piece of code inside of the prose and the tables."""
    for token in _MARKDOWN.parse(text):
        for child in token.children or ():
            if child.type == "code_inline":
                yield " ".join(child.content.split())


def shell_lines(example: Example) -> Iterator[str]:
    """The lines of a block that is typed into a shell, without comments; of joined ones each."""
    for line in example.text.splitlines():
        for part in re.split(r" && ", _COMMENT.sub("", line)):
            if part.strip():
                yield part.strip()


def words_of(line: str) -> list[str]:
    """The words of a line's last command, without what is piped or redirected into it."""
    words = shlex.split(line.rpartition(" | ")[2])
    return words[: words.index("<")] if "<" in words else words
