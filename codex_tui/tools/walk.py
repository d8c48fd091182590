"""Walks a directory tree as git sees it: nothing ignored, never `.git`, no link followed.

Names come in their own order at each level, directories before what they hold. What could not be
seen is counted, not passed over in silence.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from codex_tui.protocol.errors import ToolError
from codex_tui.tools.ignore import rules_at, rules_of
from codex_tui.tools.limits import WALK_TIMEOUT_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EntryKind = Literal["directory", "file", "link", "special"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something found: its absolute path and its level, 1 for what lies in the start itself."""

    path: str
    depth: int
    kind: EntryKind


class Walk:
    """One walk, to be iterated once; it raises `ToolError` when it is `given_up` under way.

    Afterwards `unreadable` counts the directories that could not be opened, and `timed_out` says
    that the time was over before the end.
    """

    def __init__(
        self,
        start: Path,
        root: Path,
        *,
        max_depth: int | None = None,
        timeout_s: float = WALK_TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
        given_up: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare to walk `start`; `root` is the workspace, `max_depth` counts levels from 1."""
        self.unreadable = 0
        self.timed_out = False
        self._start = start
        self._root = root
        self._max_depth = max_depth
        self._clock = clock
        self._given_up = given_up
        self._deadline = clock() + timeout_s

    def __iter__(self) -> Iterator[Entry]:
        levels = [(self._scan(self._start), rules_at(self._start, self._root))]
        while levels and not self.timed_out:
            entries, rules = levels[-1]
            found = next(entries, None)
            if found is None:
                levels.pop()
                continue
            kind = _kind(found)
            judged = f"{found.path}/" if kind == "directory" else found.path
            if found.name == ".git" or (rules is not None and rules.ignores(judged)):
                continue
            depth = len(levels)
            yield Entry(found.path, depth, kind)
            if kind == "directory" and (self._max_depth is None or depth < self._max_depth):
                directory = Path(found.path)
                levels.append((self._scan(directory), rules_of(directory, rules)))

    def _scan(self, directory: Path) -> Iterator[os.DirEntry[str]]:
        if self._given_up():
            raise ToolError("The walk was given up.")
        self.timed_out = self.timed_out or self._clock() > self._deadline
        try:
            with os.scandir(directory) as entries:
                return iter(sorted(entries, key=lambda each: each.name))
        except OSError:
            self.unreadable += 1
            return iter(())


def _kind(entry: os.DirEntry[str]) -> EntryKind:
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "directory"
    return "file" if entry.is_file(follow_symlinks=False) else "special"
