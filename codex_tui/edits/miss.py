"""Explaining why a quotation does not fit, to the model and the user alike.

Likeness is used here, and only here: to show where the quoted text was probably meant.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from difflib import SequenceMatcher
from heapq import nlargest
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from codex_tui.edits.lines import split_lines, to_lf, visible
from codex_tui.edits.runs import changed_runs
from codex_tui.protocol.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MAX_SHOWN_NUMBERS = 10
_MAX_SHOWN_LINES = 4
_MAX_COMPARED_LINES = 20_000
_MAX_COMPARED_CHARS = 300
_MAX_COMPARED_CLOSELY = 100  # a close comparison of two long lines takes up to ten milliseconds
_MAX_REPEATS = 50  # a line found more often than this says nothing about the place
_MIN_LIKENESS = 0.6

_LINE_NUMBER = re.compile(r"\s*\d+\s*[\t|│:→]")


def ambiguous(
    path: str, count: int, line_numbers: Iterable[int], *, white_space: bool = False
) -> EditError:
    """Build the error for a quotation that fits at `count` places; only the first few
    `line_numbers` (from 1) are taken.
    """
    shown = ", ".join(map(str, islice(line_numbers, _MAX_SHOWN_NUMBERS)))
    if count > _MAX_SHOWN_NUMBERS:
        shown += ", …"
    advice = "Quote more of the lines around the place meant, until only one place fits"
    if white_space:
        return EditError(
            f"{path}: apart from white space, the old text fits {count} places (lines {shown})",
            hint=f"{advice}, with the file's exact white space.",
        )
    return EditError(
        f"{path}: the old text occurs {count} times (lines {shown})",
        hint=f"{advice}, or set replace_all to replace every one.",
    )


def missing(path: str, body: str, old: str, new: str) -> EditError:
    """Build the error for a quotation that fits nowhere. `old` and `new` have LF only."""
    if not body:
        return EditError(f"{path}: the old text is not in the file: the file is empty")
    lines, quoted = split_lines(body), split_lines(old)
    message = f"{path}: the old text is not in the file"
    start = _nearest(lines, quoted)
    if start is None:
        message += ", and nothing in it is much like it"
    else:
        message += f". {_difference(lines, quoted, start)}"
    return EditError(message, hint=_advice(body, old, new, quoted))


def _advice(body: str, old: str, new: str, quoted: Sequence[str]) -> str:
    folded = to_lf(body)
    if new.strip() and new in folded:
        line = folded.count("\n", 0, folded.index(new)) + 1
        return f"The new text is already there, at line {line}; the edit may have been made before."
    if all(_LINE_NUMBER.match(line) for line in quoted):
        return "Quote the text alone, without line numbers."
    if "\\n" in old and old.replace("\\n", "\n").replace("\\t", "\t") in folded:
        return "The old text holds \\n as two characters; give real line breaks."
    return "Read the file again and quote it exactly."


def _nearest(lines: Sequence[str], quoted: Sequence[str]) -> int | None:
    """The line index where most of the quoted lines stand, else where one is most like them."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        places[line.strip()].append(index)
    votes: Counter[int] = Counter()
    for offset, line in enumerate(quoted):
        found = places.get(line.strip(), []) if line.strip() else []
        if len(found) <= _MAX_REPEATS:
            votes.update(index - offset for index in found)
    if votes:
        return max(0, min(votes, key=lambda start: (-votes[start], start)))
    return _most_alike(lines, quoted)


def _most_alike(lines: Sequence[str], quoted: Sequence[str]) -> int | None:
    offset = max(range(len(quoted)), key=lambda index: len(quoted[index].strip()))
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(quoted[offset].strip()[:_MAX_COMPARED_CHARS])
    # The quick ratio is never below the real one, so it says which lines are worth comparing.
    hopes: list[tuple[float, int]] = []
    for index, line in enumerate(lines[:_MAX_COMPARED_LINES]):
        matcher.set_seq1(line.strip()[:_MAX_COMPARED_CHARS])
        if matcher.real_quick_ratio() > _MIN_LIKENESS:
            hopes.append((matcher.quick_ratio(), index))
    best, best_index = _MIN_LIKENESS, None
    for hope, index in nlargest(_MAX_COMPARED_CLOSELY, hopes, key=itemgetter(0)):
        if hope <= best:
            break
        matcher.set_seq1(lines[index].strip()[:_MAX_COMPARED_CHARS])
        likeness = matcher.ratio()
        if likeness > best:
            best, best_index = likeness, index
    return None if best_index is None else max(0, best_index - offset)


def _difference(lines: Sequence[str], quoted: Sequence[str], start: int) -> str:
    """Show the first place where the quotation and the lines at `start` part."""
    near = lines[start : start + len(quoted)]
    ours, theirs = [line.rstrip("\r\n") for line in near], [line.rstrip("\n") for line in quoted]
    runs = changed_runs(ours, theirs)
    shown: list[str] = []
    if runs:
        run = runs[0]
        shown += _numbered("file line", near, run.before_start, run.before_end, start)
        shown += _numbered("old text line", quoted, run.after_start, run.after_end, 0)
    end = start + len(near)
    place = f"line {end}" if end == start + 1 else f"lines {start + 1}–{end}"
    signs = " (→ is a tab, ␍ a carriage return, · a blank at a line's end)"
    return "\n".join([f"The nearest is {place}; the first difference{signs}:", *shown])


def _numbered(name: str, lines: Sequence[str], start: int, end: int, shift: int) -> list[str]:
    shown = [
        f"  {name} {shift + index + 1}: {visible(lines[index])}"
        for index in range(start, min(end, start + _MAX_SHOWN_LINES))
    ]
    return [*shown, "  …"] if end - start > _MAX_SHOWN_LINES else shown
