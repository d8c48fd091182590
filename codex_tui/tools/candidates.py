"""Which files a search looks into, and how many it leaves out for which reason."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from codex_tui.tools.globs import Glob
from codex_tui.tools.limits import MAX_SEARCHED_FILE_BYTES

if TYPE_CHECKING:
    from codex_tui.tools.workspace import ResolvedPath, Workspace


@dataclass(slots=True, kw_only=True)
class Candidates:
    """The files to be searched, relative to `directory`, and the number of those left out.

    `complete` is false when there was no time to find all of them.
    """

    directory: Path
    files: list[str] = field(default_factory=list[str])
    secret: int = 0
    large: int = 0
    unreadable: int = 0
    complete: bool = True

    def add(self, name: str, path: str) -> None:
        """Take a file in, unless it is too large or gone."""
        try:
            large = os.lstat(path).st_size > MAX_SEARCHED_FILE_BYTES
        except OSError:
            self.unreadable += 1
            return
        if large:
            self.large += 1
        else:
            self.files.append(name)


def candidates_at(workspace: Workspace, start: ResolvedPath, pattern: str | None) -> Candidates:
    """Collect the files below `start` that fit the glob `pattern`.

    A file that is named itself is searched whatever its name, size or ignore rules; a folder that
    is secret itself has been asked for, and so has what it holds.

    Raises:
        ToolError: The path is neither file nor folder, or the pattern is none.
    """
    glob = None if pattern is None else Glob(pattern)
    if not start.absolute.is_dir():
        workspace.require_file(start)
        return Candidates(directory=start.absolute.parent, files=[start.absolute.name])
    candidates = Candidates(directory=start.absolute)
    walk = workspace.walk(start)
    for entry in walk:
        if entry.kind != "file":
            continue
        names = workspace.relative_names(start, entry.path)
        if glob is not None and not glob.fits(*names):
            continue
        if workspace.is_secret(entry.path) and not start.access.secret:
            candidates.secret += 1
        else:
            candidates.add(names[0], entry.path)
    candidates.unreadable += walk.unreadable
    candidates.complete = not walk.timed_out
    return candidates
