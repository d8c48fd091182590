"""Replacing a piece of text that a model quoted: where it fits, and what then stands there.

A quotation fits exactly (CRLF and LF alike) or, failing that, line by line with white space at the
lines' ends ignored. Nothing looser changes a file: likeness only serves to explain a miss.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from codex_tui.edits.indentation import reindented
from codex_tui.edits.lines import BOM, first_line_end, line_end, split_lines, to_lf
from codex_tui.edits.miss import ambiguous, missing
from codex_tui.edits.runs import changed_runs
from codex_tui.protocol.errors import EditError


def replace(text: str, old: str, new: str, *, path: str, replace_all: bool) -> str:
    """Return `text` with `old` replaced by `new`, taken literally.

    `old` must occur once, or at all with `replace_all`. Lines that stay keep the file's bytes; a
    line that takes another's place takes its end, a further one the end of the file's first line.
    A byte-order mark stays. `path` names the file in messages. Raises `EditError` where `old` is
    empty, equals `new`, is not found or is not unique.
    """
    mark = BOM if text.startswith(BOM) else ""
    body = text[len(mark) :]
    if mark and old.startswith(mark):
        old, new = old.removeprefix(mark), new.removeprefix(mark)
    old, new = to_lf(old), to_lf(new)
    _refuse_empty_or_same(old, new, path)
    changed = _replace_exact(body, old, new, path=path, replace_all=replace_all)
    if changed is None:
        changed = _replace_tolerant(body, old, new, path=path)
    if changed == body:
        raise EditError(f"{path}: the edit changes nothing: the file already reads like this")
    return mark + changed


def _refuse_empty_or_same(old: str, new: str, path: str) -> None:
    if not old:
        raise EditError(
            f"{path}: the old text is empty",
            hint="Quote the text to be replaced; a new file is made by writing the whole file.",
        )
    if old == new:
        raise EditError(
            f"{path}: the old and the new text are the same (line ends aside)",
            hint="There is nothing to change; if a change was meant, say what the new text is.",
        )


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text with CRLF as LF, and the way back to positions in the original."""

    text: str
    dropped_before: list[int]  # positions in `text` of each LF that lost its CR

    @classmethod
    def of(cls, original: str) -> _Folded:
        dropped: list[int] = []
        at = original.find("\r\n")
        while at >= 0:
            dropped.append(at - len(dropped))
            at = original.find("\r\n", at + 2)
        return cls(to_lf(original), dropped)

    def original(self, position: int) -> int:
        return position + bisect_left(self.dropped_before, position)

    def find(self, needle: str, *, overlapping: bool) -> list[int]:
        step = 1 if overlapping else len(needle)
        places: list[int] = []
        at = self.text.find(needle)
        while at >= 0:
            places.append(at)
            at = self.text.find(needle, at + step)
        return places

    def line_number(self, position: int) -> int:
        return self.text.count("\n", 0, position) + 1


def _replace_exact(body: str, old: str, new: str, *, path: str, replace_all: bool) -> str | None:
    """Replace where the quotation fits exactly; None where it does not fit anywhere."""
    folded = _Folded.of(body)
    places = folded.find(old, overlapping=not replace_all)
    if not places:
        return None
    if len(places) > 1 and not replace_all:
        raise ambiguous(path, len(places), map(folded.line_number, places))
    old_lines, new_lines, end = split_lines(old), split_lines(new), first_line_end(body)
    woven: dict[str, str] = {}  # by what stood there: places differ in their line ends at most
    pieces: list[str] = []
    done = 0
    for at in places:
        start, stop = folded.original(at), folded.original(at + len(old))
        matched = body[start:stop]
        if matched not in woven:
            woven[matched] = _woven(split_lines(matched), old_lines, new_lines, end)
        pieces += [body[done:start], woven[matched]]
        done = stop
    return "".join([*pieces, body[done:]])


def _replace_tolerant(body: str, old: str, new: str, *, path: str) -> str:
    """Replace whole lines that equal the quotation but for white space at their ends."""
    lines, old_lines = split_lines(body), split_lines(old)
    places = _tolerant_places(lines, old_lines)
    if not places:
        raise missing(path, body, old, new)
    if len(places) > 1:
        raise ambiguous(path, len(places), (at + 1 for at in places), white_space=True)
    start, stop = places[0], places[0] + len(old_lines)
    matched = lines[start:stop]
    kept_end = ""
    if not old.endswith("\n"):
        kept_end = line_end(matched[-1])
        matched[-1] = matched[-1].removesuffix(kept_end)
    elif not line_end(matched[-1]):  # the file's last line has no end, and gets none
        old_lines[-1] = old_lines[-1].removesuffix("\n")
        new = new.removesuffix("\n")
    new_lines = reindented(path, start, matched, old_lines, split_lines(new))
    woven = _woven(matched, old_lines, new_lines, first_line_end(body))
    return "".join([*lines[:start], woven, kept_end, *lines[stop:]])


def _tolerant_places(lines: list[str], quoted: list[str]) -> list[int]:
    """Line indices where the quotation fits with trailing blanks ignored; if there is none, with
    leading ones ignored too.
    """
    if not any(line.strip() for line in quoted):
        return []
    for key in (_without_trailing, _without_both):
        wanted = [key(line) for line in quoted]
        given = [key(line) for line in lines]
        span = len(wanted)
        places = [
            at
            for at in range(len(given) - span + 1)
            if given[at] == wanted[0] and given[at : at + span] == wanted
        ]
        if places:
            return places
    return []


def _without_trailing(line: str) -> str:
    return line.rstrip(" \t\r\n")


def _without_both(line: str) -> str:
    return line.strip(" \t\r\n")


def _woven(matched: list[str], old: list[str], new: list[str], end: str) -> str:
    """Put `new` where `matched` was: lines that `old` and `new` share stay as the file has them."""
    woven: list[str] = []
    done = 0
    for run in changed_runs(old, new):
        woven += matched[done : run.before_start]
        replaced = matched[run.before_start : run.before_end]
        for number, line in enumerate(new[run.after_start : run.after_end]):
            own_end = line_end(replaced[number]) if number < len(replaced) else ""
            woven.append(line[:-1] + (own_end or end) if line.endswith("\n") else line)
        done = run.before_end
    return "".join(woven + matched[done:])
