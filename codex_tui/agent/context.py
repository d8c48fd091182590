"""What the model is told of its surroundings, once, as the first message of a session.

It is history, not system prompt: the prompt stays the same bytes wherever and whenever it is used.
"""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime
    from pathlib import Path


_HEAD_BYTES = 1_000
_BRANCH = re.compile(r"ref: refs/heads/([^\x00-\x20\x7f~^:?*\[\\]{1,250})\s*")
_COMMIT = re.compile(r"([0-9a-f]{7})[0-9a-f]{33,57}\s*")


def surroundings(root: Path, today: datetime.date) -> str:
    """Return the notice that opens a session: directory, system, date (no time), git branch."""
    lines = [
        f"Workspace: {root}",
        f"System: {platform.system()} {platform.machine()}",
        f"Date: {today.isoformat()}",
        f"Git: {git_state(root)}",
    ]
    return "\n".join(lines)


def git_state(root: Path) -> str:
    """Describe the repository `root` lies in by reading its HEAD; no process is started."""
    branch = git_branch(root)
    return "not a repository" if branch is None else f"on {branch}"


def git_branch(root: Path) -> str | None:
    """Return the branch's name, `commit 1a2b3c4` when detached, None outside of a repository.

    The folder may be a stranger's, and its HEAD a link to anything: only what reads like a HEAD is
    told.
    """
    for folder in (root, *root.parents):
        marker = folder / ".git"
        try:
            if marker.is_file():  # a work tree or submodule: the file names the real folder
                target = _beginning(marker).removeprefix("gitdir:").strip()
                marker = (folder / target).resolve()
            if (marker / "HEAD").is_file():
                return _described(_beginning(marker / "HEAD"))
        except (OSError, ValueError):  # ValueError: no text, or a path with a NUL
            return None
    return None


def _beginning(file: Path) -> str:
    with file.open("rb") as stream:
        return stream.read(_HEAD_BYTES).decode("utf-8")


def _described(head: str) -> str | None:
    if branch := _BRANCH.fullmatch(head):
        return branch[1]
    commit = _COMMIT.fullmatch(head)
    return f"commit {commit[1]}" if commit else None
