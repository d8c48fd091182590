"""Indenting new lines like the file's where a quotation fits with other white space than the
file's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from codex_tui.edits.lines import visible
from codex_tui.protocol.errors import EditError

_MAX_SHOWN_LINES = 6

_Reindent = Callable[[str], str | None]  # an indentation as quoted → as in the file, if it fits


def reindented(
    path: str, start: int, matched: Sequence[str], old: Sequence[str], new: Sequence[str]
) -> list[str]:
    """Return `new`, indented the way `matched` (the file's lines from index `start`) is compared
    with `old`.

    That is possible where all lines were shifted alike, or where tabs stand for a fixed number of
    spaces; blank lines do not count. Raises `EditError` where it is not: a guess could change
    what the code means.
    """
    pairs = [
        (_indent(quoted), _indent(line))
        for quoted, line in zip(old, matched, strict=True)
        if quoted.strip()
    ]
    if all(quoted == actual for quoted, actual in pairs):
        return list(new)
    for rule in _rules(pairs):
        shifted = [_shifted(line, rule) for line in new]
        fitting = [line for line in shifted if line is not None]
        if len(fitting) == len(new):
            return fitting
    raise _undecided(path, start, matched)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _shifted(line: str, rule: _Reindent) -> str | None:
    if not line.strip():
        return line
    indent = _indent(line)
    changed = rule(indent)
    if changed is None or (" " in changed and "\t" in changed):
        return None
    return changed + line[len(indent) :]


def _rules(pairs: Sequence[tuple[str, str]]) -> list[_Reindent]:
    """Every rule that turns all of the quoted indentations into the file's."""
    quoted, actual = pairs[0]
    candidates: list[_Reindent] = []
    if actual.endswith(quoted):
        candidates.append(partial(_deeper, actual[: len(actual) - len(quoted)]))
    if quoted.endswith(actual):
        candidates.append(partial(_shallower, quoted[: len(quoted) - len(actual)]))
    for quoted, actual in pairs:
        if quoted and actual and quoted[0] != actual[0]:
            candidates.append(partial(_other_unit, *_units(quoted, actual)))
            break
    return [rule for rule in candidates if all(rule(quoted) == actual for quoted, actual in pairs)]


def _deeper(prefix: str, indent: str) -> str:
    return prefix + indent


def _shallower(prefix: str, indent: str) -> str | None:
    return indent.removeprefix(prefix) if indent.startswith(prefix) else None


def _units(quoted: str, actual: str) -> tuple[str, str]:
    """One level of indentation on either side: a tab against the spaces that stand for it."""
    if len(quoted) >= len(actual):
        return quoted[: len(quoted) // len(actual)], actual[0]
    return quoted[0], actual[: len(actual) // len(quoted)]


def _other_unit(quoted_unit: str, unit: str, indent: str) -> str | None:
    levels, rest = divmod(len(indent), len(quoted_unit))
    return unit * levels if not rest and indent == quoted_unit * levels else None


def _undecided(path: str, start: int, matched: Sequence[str]) -> EditError:
    shown = [
        f"  line {start + number + 1}: {visible(line)}"
        for number, line in enumerate(matched[:_MAX_SHOWN_LINES])
    ]
    if len(matched) > _MAX_SHOWN_LINES:
        shown.append("  …")
    return EditError(
        "\n".join(
            [
                f"{path}: the old text fits at line {start + 1} only if indentation is ignored, and"
                " how to indent the new text does not follow from it. The file has (→ is a tab):",
                *shown,
            ]
        ),
        hint="Quote these lines with their exact indentation.",
    )
