"""What the model is told of its surroundings, once, as the first message of a session.

It is history, not system prompt: the prompt stays the same bytes wherever and whenever it is used.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime
    from pathlib import Path


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
    """Return the branch's name, `commit 1a2b3c4` when detached, None outside of a repository."""
    for folder in (root, *root.parents):
        marker = folder / ".git"
        try:
            if marker.is_file():  # a work tree or submodule: the file names the real folder
                target = marker.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
                marker = (folder / target).resolve()
            if (marker / "HEAD").is_file():
                head = (marker / "HEAD").read_text(encoding="utf-8").strip()
                return (
                    head.removeprefix("ref: refs/heads/") if ":" in head else f"commit {head[:7]}"
                )
        except (OSError, UnicodeDecodeError):
            return None
    return None
