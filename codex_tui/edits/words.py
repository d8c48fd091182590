"""Which words of a changed line changed, and which removed line an added one replaces; for views
of a diff.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from codex_tui.protocol.changes import Hunk, HunkLine

if TYPE_CHECKING:
    from collections.abc import Sequence

Spans = tuple[tuple[int, int], ...]
"""Half-open character ranges, in order and apart from each other."""

Pair = tuple[HunkLine | None, HunkLine | None]
"""A removed and an added line side by side; None where a side has none."""

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_WORDS = re.compile(r"\w+")
_MAX_CHARS = 1_000
_MAX_TOKENS = 200
_MAX_PAIRINGS = 2_500
_MIN_LIKENESS = 0.35


def changed_spans(before_line: str, after_line: str) -> tuple[Spans, Spans]:
    """Return the ranges of characters that differ in either line, cut at word boundaries.

    Line ends do not count. Long lines are compared as one stretch between what both start and end
    with. Lines that share little are given as changed from the first to the last non-blank
    character: scattered marks would tell nothing.
    """
    before, after = before_line.rstrip("\r\n"), after_line.rstrip("\r\n")
    if len(before) > _MAX_CHARS or len(after) > _MAX_CHARS:
        return _middle(before, after)
    ours, theirs = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(ours) > _MAX_TOKENS or len(theirs) > _MAX_TOKENS:
        return _middle(before, after)
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    blocks = matcher.get_matching_blocks()
    kept = sum(
        len(token) for at, _, size in blocks for token in ours[at : at + size] if token.strip()
    )
    visible = max(_visible_chars(before), _visible_chars(after))
    if before and after and kept < visible * _MIN_LIKENESS:
        return _whole(before), _whole(after)
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return (
        _joined(before, ours, [(start, end) for _, start, end, _, _ in codes]),
        _joined(after, theirs, [(start, end) for _, _, _, start, end in codes]),
    )


def paired_lines(hunk: Hunk) -> tuple[Pair, ...]:
    """Put the hunk's removed and added lines side by side, in order, each exactly once.

    As many removed as added lines pair one by one; otherwise those pair that share most words.
    """
    removed = [line for line in hunk.lines if line.tag == "removed"]
    added = [line for line in hunk.lines if line.tag == "added"]
    if not removed or not added:
        matches: list[tuple[int, int]] = []
    elif len(removed) == len(added) or len(removed) * len(added) > _MAX_PAIRINGS:
        matches = list(zip(range(len(removed)), range(len(added)), strict=False))
    else:
        matches = _best_matches(removed, added)
    pairs: list[Pair] = []
    left = right = 0
    for one, other in [*matches, (len(removed), len(added))]:
        pairs += [(line, None) for line in removed[left:one]]
        pairs += [(None, line) for line in added[right:other]]
        if one < len(removed):
            pairs.append((removed[one], added[other]))
        left, right = one + 1, other + 1
    return tuple(pairs)


def _best_matches(removed: Sequence[HunkLine], added: Sequence[HunkLine]) -> list[tuple[int, int]]:
    """Index pairs that rise on both sides and share the most, by dynamic programming."""
    ours = [_word_set(line) for line in removed]
    theirs = [_word_set(line) for line in added]
    shared = [[_likeness(one, other) for other in theirs] for one in ours]
    best = [[0.0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]  # from (i, j) to the ends
    for i in reversed(range(len(ours))):
        for j in reversed(range(len(theirs))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], shared[i][j] + best[i + 1][j + 1])
    matches: list[tuple[int, int]] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if shared[i][j] and best[i][j] == shared[i][j] + best[i + 1][j + 1]:
            matches.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return matches


def _word_set(line: HunkLine) -> frozenset[str]:
    return frozenset(_WORDS.findall(line.text))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of common words, 0 below what makes a line recognisable."""
    share = len(one & other) / max(1, len(one | other))
    return share if share >= _MIN_LIKENESS else 0.0


def _visible_chars(line: str) -> int:
    return sum(not character.isspace() for character in line)


def _whole(line: str) -> Spans:
    start, end = len(line) - len(line.lstrip()), len(line.rstrip())
    return ((start, end),) if start < end else ()


def _middle(before: str, after: str) -> tuple[Spans, Spans]:
    shorter = min(len(before), len(after))
    start = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    tail = 0
    while tail < shorter - start and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    spans = [((start, len(line) - tail),) for line in (before, after)]
    first, second = (span if span[0][0] < span[0][1] else () for span in spans)
    return first, second


def _joined(line: str, tokens: Sequence[str], ranges: Sequence[tuple[int, int]]) -> Spans:
    """Turn ranges of tokens into ranges of characters; blanks between two of them join these."""
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token))
    spans: list[tuple[int, int]] = []
    for first, last in ranges:
        start, end = starts[first], starts[last]
        if start == end:
            continue
        if spans and not line[spans[-1][1] : start].strip():
            start = spans.pop()[0]
        spans.append((start, end))
    return tuple(spans)
