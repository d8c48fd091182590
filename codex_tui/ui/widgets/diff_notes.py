"""What a reader must know about a hunk besides its lines: line ends, hidden characters, cuts."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from codex_tui.protocol.changes import ChangeKind, Hunk, HunkLine
from codex_tui.protocol.display import display_safe
from codex_tui.protocol.lookalikes import lookalike_words
from codex_tui.ui.widgets.diff_text import display_line, left_out_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAX_NAMED_LINES = 5
_LINES_AT_ONCE = 500
"""Lines without anything suspicious are the rule, and are found to be clean together."""


class Note(NamedTuple):
    """A remark on a hunk; `warning` when it must not be missed."""

    text: str
    warning: bool = False


def mixed_line_ends(hunk: Hunk) -> bool:
    """Say whether some of the hunk's lines end in CRLF and others in LF."""
    return len(_line_ends(hunk)) > 1


def hunk_notes(hunk: Hunk, kind: ChangeKind) -> list[Note]:
    """Return the remarks on a hunk: on all of it, whatever part of it is in sight."""
    notes: list[Note] = []
    if hidden := list(islice(_misleading(hunk), _MAX_NAMED_LINES + 1)):
        notes.append(Note(f"! invisible or control characters in {_named(hidden)}", warning=True))
    if lookalikes := list(islice(_lookalikes(hunk), _MAX_NAMED_LINES + 1)):
        notes.append(Note(f"! letters that only look Latin in {_named(lookalikes)}", warning=True))
    if left_out := sum(left_out_of(line.text) for line in hunk.lines):
        notes.append(Note(f"! {left_out:,} characters of long lines are not shown", warning=True))
    if mixed_line_ends(hunk):
        notes.append(Note("! line ends differ: ␍ marks CRLF", warning=True))
    elif _line_ends(hunk) == {"\r\n"}:
        notes.append(Note("lines end in CRLF"))
    if not hunk.lines:
        notes.append(Note(f"empty file {'deleted' if kind is ChangeKind.DELETE else 'created'}"))
    return [*notes, *_file_end(hunk)]


def _misleading(hunk: Hunk) -> Iterator[HunkLine]:
    """Yield the lines that hold characters a reader would not see or be misled by."""
    mark = mixed_line_ends(hunk)
    for start in range(0, len(hunk.lines), _LINES_AT_ONCE):
        lines = hunk.lines[start : start + _LINES_AT_ONCE]
        text = "".join(line.text for line in lines).replace("\r\n", "\n")
        if display_safe(text) is not text:
            yield from (line for line in lines if _misleads(line.text, mark=mark))


def _misleads(text: str, *, mark: bool) -> bool:
    body = text.removesuffix("\n").removesuffix("\r")
    if display_safe(body) is body:
        return False
    return display_line(text, mark_carriage_return=mark).hidden


def _lookalikes(hunk: Hunk) -> Iterator[HunkLine]:
    """Yield the new lines in which a name may be another than the one it reads as."""
    return (line for line in hunk.lines if line.tag == "added" and lookalike_words(line.text))


def _named(lines: Sequence[HunkLine]) -> str:
    numbers = [str(line.after_number or line.before_number) for line in lines]
    more = "…" if len(numbers) > _MAX_NAMED_LINES else ""
    word = "line" if len(numbers) == 1 else "lines"
    return f"{word} {', '.join(numbers[:_MAX_NAMED_LINES])}{more}"


def _line_ends(hunk: Hunk) -> set[str]:
    return {
        "\r\n" if line.text.endswith("\r\n") else "\n"
        for line in hunk.lines
        if line.text.endswith("\n")
    }


def _file_end(hunk: Hunk) -> list[Note]:
    """Say what happens to the line end at the end of the file, where this hunk touches it."""
    unended = {line.tag for line in hunk.lines if not line.text.endswith("\n")}
    if "added" in unended:
        return [Note("no line end at the end of the file")]
    if "removed" in unended and any(line.tag == "added" for line in hunk.lines):
        return [Note("the last line gets its missing line end")]
    return []
