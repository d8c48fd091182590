"""What git would not look at: `.gitignore` files of every level and `.git/info/exclude`.

Rules form a chain from a directory up to the repository's root; the innermost file that says
anything about a path decides, as in git. Unreadable rule files and lines git could not read either
say nothing.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from codex_tui.protocol.errors import ToolError
from codex_tui.tools.text_file import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from pathspec import GitIgnoreSpec  # noqa: TC004 (nobody reads the annotation)

RULE_FILE = ".gitignore"


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The rules in force in one directory.

    `base_length` is the number of leading characters of an absolute path that its rule file's
    patterns do not see. `outer` are the rules of the directories above, asked when these say
    nothing.
    """

    spec: GitIgnoreSpec
    base_length: int
    outer: Self | None

    def ignores(self, path: str) -> bool:
        """Judge an absolute path; a directory's ends in `/`."""
        rules: IgnoreRules | None = self
        while rules is not None:
            verdict = rules.spec.check_file(path[rules.base_length :]).include
            if verdict is not None:
                return verdict
            rules = rules.outer
        return False


def rules_of(directory: Path, outer: IgnoreRules | None) -> IgnoreRules | None:
    """Add a directory's own rule file, if it has one, to the rules from above."""
    return _add(directory / RULE_FILE, directory, outer)


def rules_at(start: Path, root: Path) -> IgnoreRules | None:
    """Collect the rules in force in `start` from its repository's root down.

    Without a repository, rules begin at the workspace's `root`, or at a `start` outside of it. A
    `start` that is itself ignored was asked for by name: rules from above do not count there.
    """
    lone_top = root if start.is_relative_to(root) else start
    above = (start, *start.parents)
    top = next((each for each in above if os.path.lexists(each / ".git")), lone_top)
    rules = _add(top / ".git" / "info" / "exclude", top, None)
    rules = rules_of(top, rules)
    directory = top
    for part in start.relative_to(top).parts:
        directory /= part
        if rules is not None and rules.ignores(f"{directory}/"):
            return rules_of(start, None)
        rules = rules_of(directory, rules)
    return rules


def _add(file: Path, base: Path, outer: IgnoreRules | None) -> IgnoreRules | None:
    spec = _read(file)
    if spec is None:
        return outer
    return IgnoreRules(spec, len(f"{base}/".replace("//", "/")), outer)


def _read(file: Path) -> GitIgnoreSpec | None:
    import pathspec

    if not os.path.isfile(file):  # noqa: PTH113 - never raises
        return None
    try:
        text = read_bytes(file, str(file)).decode("utf-8", "surrogateescape")
    except ToolError:  # git, too, goes on without rules it cannot read
        return None
    specs = (_compile(line) for line in text.removeprefix("\ufeff").split("\n"))
    patterns = [pattern for spec in specs if spec is not None for pattern in spec.patterns]
    return pathspec.GitIgnoreSpec(patterns) if patterns else None


def _compile(line: str) -> GitIgnoreSpec | None:
    import pathspec
    from pathspec.patterns.gitignore import GitIgnorePatternError

    try:
        spec = pathspec.GitIgnoreSpec.from_lines([line.removesuffix("\r")])
    except (GitIgnorePatternError, re.error):
        return None
    return spec if any(pattern.include is not None for pattern in spec.patterns) else None
