"""Finds the lines of files that match a regular expression: a program of its own, run by `search`
where ripgrep is missing.

It lives in a child process because Python's `re` cannot be interrupted: a pattern that backtracks
for minutes would hold up the whole program, a child is killed at the time limit. It is started with
`python -I -S` and imports the standard library only. Its output is the part of ripgrep's JSON lines
(`rg --json`) that `matching` reads, its exit codes are ripgrep's.

    line_matcher.py PATTERN LITERAL(0|1) IGNORE_CASE(0|1) CONTEXT FILE...
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FOUND, NOT_FOUND, FAILED = 0, 1, 2


def main(arguments: Sequence[str]) -> int:
    """Search the files and return the exit code."""
    source, literal, ignore_case, context, *names = arguments
    try:
        pattern = re.compile(
            re.escape(source) if literal == "1" else source,
            re.IGNORECASE if ignore_case == "1" else 0,
        )
    except (re.error, RecursionError, OverflowError) as error:
        sys.stderr.write(f"regex parse error: {error}\n")
        return FAILED
    code = NOT_FOUND
    for name in names:
        try:
            if _search(name, pattern, int(context)):
                code = FOUND
        except OSError as error:
            sys.stderr.write(f"{os.fsencode(name)!r}: {error.strerror} (os error {error.errno})\n")
            code = FAILED
    _tell("summary", {})
    return code


def _search(name: str, pattern: re.Pattern[str], context: int) -> bool:
    """Report one file's matches and their context; a NUL byte is told as ripgrep tells it."""
    before: deque[tuple[int, str]] = deque(maxlen=context)
    after = 0
    found = False
    binary_offset: int | None = None
    offset = 0
    with open(name, "rb") as file:  # noqa: PTH123 - a bare string is all there is
        for number, raw in enumerate(file, start=1):
            if binary_offset is None and b"\0" in raw:
                binary_offset = offset + raw.index(b"\0")
            offset += len(raw)
            line = raw.decode("utf-8", "replace")
            start = _first_match(pattern, line)
            if start is not None:
                found = True
                for each in before:
                    _tell_line(name, each, None)
                before.clear()
                _tell_line(name, (number, line), start)
                after = context
            elif after:
                after -= 1
                _tell_line(name, (number, line), None)
            else:
                before.append((number, line))
    if found:
        _tell("end", {"path": _encodable(name), "binary_offset": binary_offset})
    return found


def _first_match(pattern: re.Pattern[str], line: str) -> int | None:
    """Find the first match in a line without its end; NUL parts a line, as in ripgrep."""
    for part in line.removesuffix("\n").removesuffix("\r").split("\0"):
        match = pattern.search(part)
        if match is not None:
            return len(part[: match.start()].encode())
    return None


def _tell_line(name: str, line: tuple[int, str], start: int | None) -> None:
    number, text = line
    data: dict[str, object] = {
        "path": _encodable(name),
        "lines": {"text": text},
        "line_number": number,
        "submatches": [] if start is None else [{"start": start}],
    }
    _tell("context" if start is None else "match", data)


def _encodable(name: str) -> dict[str, str]:
    raw = os.fsencode(name)
    try:
        return {"text": raw.decode()}
    except UnicodeDecodeError:
        return {"bytes": base64.b64encode(raw).decode()}


def _tell(kind: str, data: dict[str, object]) -> None:
    sys.stdout.write(json.dumps({"type": kind, "data": data}) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
