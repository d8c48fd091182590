"""File name patterns as models write them: gitignore's wildcards, braces, and a leading `!`."""

from __future__ import annotations

import re

from codex_tui.protocol.errors import ToolError

_MAX_ALTERNATIVES = 64
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")


class Glob:
    """A pattern for relative paths: `*.py` fits at any depth, `src/*.py` from the start, `**` spans
    folders, `{a,b}` alternates, a leading `!` turns the sense around.
    """

    def __init__(self, pattern: str) -> None:
        """Compile `pattern`; raises `ToolError` when it is none."""
        from pathspec import GitIgnoreSpec
        from pathspec.patterns.gitignore import GitIgnorePatternError

        self._inverted = pattern.startswith("!")
        body = pattern.removeprefix("!").removeprefix("./")
        try:
            self._spec = GitIgnoreSpec.from_lines(map(_literal_start, _alternatives(body)))
        except (GitIgnorePatternError, re.error) as error:
            raise ToolError(f"glob: {pattern!r} is no pattern: {error}") from None
        if not any(each.include for each in self._spec.patterns):
            raise ToolError(f"glob: {pattern!r} fits no file.", hint='For example "*.py".')

    def fits(self, *paths: str) -> bool:
        """Say whether any of a file's relative names fits."""
        return any(map(self._spec.match_file, paths)) is not self._inverted


def _literal_start(pattern: str) -> str:
    """Keep gitignore from reading a leading `#` or `!` as a comment or a negation."""
    return f"\\{pattern}" if pattern.startswith(("#", "!")) else pattern


def _alternatives(pattern: str) -> list[str]:
    """Write `a.{b,c}` out as `a.b` and `a.c`; more than a few dozen are refused."""
    waiting, done = [pattern], list[str]()
    while waiting:
        each = waiting.pop()
        braces = _BRACES.search(each)
        if braces is None:
            done.append(each)
        else:
            head, tail = each[: braces.start()], each[braces.end() :]
            waiting += [f"{head}{choice}{tail}" for choice in braces[1].split(",")]
        if len(waiting) + len(done) > _MAX_ALTERNATIVES:
            raise ToolError(f"glob: {pattern!r} has more than {_MAX_ALTERNATIVES} alternatives.")
    return done
