"""The empty chat: what one can ask here, and the keys one needs first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from codex_tui.protocol.display import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEYS = (
    ("Enter", "send"),
    ("Ctrl+L", "models"),
    ("Shift+Tab", "approval mode"),
    ("F1", "all keys"),
)
MAX_LOOKED_AT = 400
SOURCE_SUFFIXES = frozenset(
    {".py", ".rs", ".go", ".ts", ".tsx", ".js", ".c", ".cpp", ".java", ".rb", ".swift", ".kt"}
)


def welcome(root: Path) -> Sequence[Content]:
    """Return the lines of the empty chat: three prompts that fit `root`, and four keys."""
    lines = [Content.styled("What shall we work on?", "bold"), Content("")]
    lines += [
        Content.assemble(("› ", "$accent"), (one_line(prompt, 90), "$foreground"))
        for prompt in suggestions(root)
    ]
    keys = Content("   ").join(
        Content.assemble((key, "$foreground"), (f" {does}", "$muted")) for key, does in KEYS
    )
    return [*lines, Content(""), keys]


def suggestions(root: Path) -> tuple[str, str, str]:
    """Return three prompts that make sense for what lies at the top of `root`."""
    names = _top_names(root)
    source = next((name for name in names if _is_source(name)), None)
    first = "Explain how this project is put together"
    second = (
        f"Read {source} and point out what could go wrong"
        if source
        else "Find the part of the code that is hardest to understand, and explain it"
    )
    has_tests = any(name in {"tests", "test", "spec"} or "test" in name for name in names)
    third = (
        "Find code that no test covers and add one"
        if has_tests
        else "Write a first test for the most important function"
    )
    return (first, second, third) if names else _for_empty_folder()


def _for_empty_folder() -> tuple[str, str, str]:
    return (
        "Start a small Python package with a command-line entry point",
        "Write a README for a project I describe to you",
        "Set up a .gitignore for the language I name",
    )


def _top_names(root: Path) -> list[str]:
    names: list[str] = []
    try:
        for entry in root.iterdir():
            if not entry.name.startswith("."):
                names.append(entry.name)
            if len(names) >= MAX_LOOKED_AT:
                break
    except OSError:
        return []
    return sorted(names)


def _is_source(name: str) -> bool:
    return name[name.rfind(".") :] in SOURCE_SUFFIXES and not name.startswith("test")
