"""`search`: the lines of the workspace's files that match a pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field
from typing_extensions import override

from codex_tui.protocol.errors import ToolError
from codex_tui.protocol.tools import AccessKind, PathAccess
from codex_tui.tools.base import ReadTool, ToolArguments, ToolOutput
from codex_tui.tools.candidates import Candidates, candidates_at
from codex_tui.tools.limits import (
    MAX_MATCH_LINE_CHARS,
    MAX_MATCHES,
    MAX_SEARCHED_FILE_BYTES,
    count,
    cut_around,
    fit_lines,
)
from codex_tui.tools.matching import FileMatches, Matches, Query, find_matches
from codex_tui.tools.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from codex_tui.protocol.programs import Programs
    from codex_tui.tools.matching import Matcher
    from codex_tui.tools.workspace import Workspace

DEFAULT_LIMIT = 100


class SearchArguments(ToolArguments):
    """What to look for, and where."""

    pattern: str = Field(
        min_length=1, max_length=10_000, description="A regular expression, matched line by line."
    )
    path: str = Field(default=".", description="File or folder; relative to the workspace.")
    glob: str | None = Field(
        default=None, description='Only files that fit, for example "*.py" or "!*.min.js".'
    )
    literal: bool = Field(default=False, description="Take the pattern as plain text.")
    ignore_case: bool = Field(default=False)
    context: int = Field(default=0, ge=0, le=20, description="Lines to show around each match.")
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, description="How many matching lines at most.")


class Search(ReadTool[SearchArguments]):
    """Searches file contents; files that look like they hold secrets only when named themselves."""

    name: ClassVar[str] = "search"
    description: ClassVar[str] = (
        "Search file contents for a regular expression and get the matching lines, grouped by "
        "file: the path, then `number:line` for matches and `number-line` for context. A pattern "
        "is matched line by line and never spans lines. What .gitignore excludes, binary files and "
        "files that may hold secrets are not searched; naming a file in path searches it anyway. "
        "A remark in brackets says what was left out. Prefer this to reading many files."
    )
    arguments: type[SearchArguments] = SearchArguments

    def __init__(self, workspace: Workspace, runner: Programs, matcher: Matcher) -> None:
        """Search in `workspace`, with `matcher` started by `runner`."""
        self._workspace = workspace
        self._runner = runner
        self._matcher = matcher

    @override
    def title(self, arguments: SearchArguments) -> str:
        where = arguments.path if arguments.glob is None else f"{arguments.path} ({arguments.glob})"
        return printable(f'"{arguments.pattern}" in {where}')

    @override
    def accesses(self, arguments: SearchArguments) -> tuple[PathAccess, ...]:
        return (self._workspace.resolve(arguments.path, AccessKind.READ).access,)

    @override
    def run(self, arguments: SearchArguments) -> ToolOutput:
        if "\n" in arguments.pattern or "\0" in arguments.pattern:
            raise ToolError(
                "The pattern holds a line break or a NUL character; lines are matched one by one.",
                hint="Search for one line of it and use context to see the lines around.",
            )
        start = self._workspace.resolve(arguments.path, AccessKind.READ)
        candidates = candidates_at(self._workspace, start, arguments.glob)
        query = Query(
            pattern=arguments.pattern,
            literal=arguments.literal,
            ignore_case=arguments.ignore_case,
            context=arguments.context,
        )
        matches = find_matches(
            query,
            candidates.files,
            cwd=candidates.directory,
            matcher=self._matcher,
            runner=self._runner,
        )
        return self._output(arguments, candidates, matches)

    def _output(
        self, arguments: SearchArguments, candidates: Candidates, matches: Matches
    ) -> ToolOutput:
        texts = [file for file in matches.files if not file.binary]
        rows = list(self._rows(texts, candidates.directory))
        kept = _first_matches(rows, min(arguments.limit, MAX_MATCHES))
        lines = fit_lines(row.text for row in kept)
        shown = sum(row.is_match for row in kept[: len(lines)])
        remarks = [*_cut(shown, matches), *_left_out(candidates, matches)]
        found = f"{count(matches.count, 'match', 'matches')} in {count(len(texts), 'file')}"
        if not texts:
            found = "no match"
            lines = [f"[No match in {count(len(candidates.files), 'file')}.]"]
        return ToolOutput(
            content="\n".join([*lines, *(f"[{remark}]" for remark in remarks)]), summary=found
        )

    def _rows(self, files: Sequence[FileMatches], directory: Path) -> Iterator[_Row]:
        """Write the matches out: a heading a file, numbered lines, `--` where lines are missing."""
        for place, file in enumerate(files):
            if place:
                yield _Row("")
            yield _Row(printable(self._workspace.display(directory / file.path)))
            with_context = any(line.position is None for line in file.lines)
            last = file.lines[0].number - 1 if file.lines else 0
            for line in file.lines:
                if with_context and line.number > last + 1:
                    yield _Row("--")
                last = line.number
                text = cut_around(line.text, line.position or 0, MAX_MATCH_LINE_CHARS)
                mark = "-" if line.position is None else ":"
                yield _Row(f"{line.number}{mark}{text}", is_match=line.position is not None)


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    is_match: bool = False


def _first_matches(rows: Sequence[_Row], limit: int) -> Sequence[_Row]:
    """Cut behind the `limit`-th matching line."""
    places = [place for place, row in enumerate(rows) if row.is_match]
    return rows if len(places) <= limit else rows[: places[limit - 1] + 1]


def _cut(shown: int, matches: Matches) -> list[str]:
    """Say that not everything was found or shown, and what helps."""
    remarks: list[str] = []
    if matches.timed_out:
        remarks.append(
            "The search took too long and is not complete. Simplify the pattern or narrow path."
        )
    elif not matches.complete:
        remarks.append("There are too many matches to count. Narrow pattern, path or glob.")
    if shown < matches.count:
        total = count(matches.count, "match", "matches")
        remarks.append(
            f"{shown:,} of {'' if matches.complete else 'at least '}{total} shown. "
            "Narrow pattern, path or glob, or raise limit."
        )
    return remarks


def _left_out(candidates: Candidates, matches: Matches) -> list[str]:
    """Say which files were not searched."""
    secret, large = candidates.secret, candidates.large
    binary = sum(file.binary for file in matches.files)
    unreadable = candidates.unreadable + matches.unreadable
    megabytes = MAX_SEARCHED_FILE_BYTES // 1_000_000
    left_out = [
        f"{count(secret, 'file')} that may hold secrets" if secret else "",
        f"{count(large, 'file')} larger than {megabytes} MB" if large else "",
        f"{count(binary, 'binary file')} with a match" if binary else "",
        f"{count(unreadable, 'file or folder', 'files or folders')} not readable"
        if unreadable
        else "",
    ]
    remarks = [f"Not searched: {', '.join(filter(None, left_out))}."] if any(left_out) else []
    if not candidates.complete:
        remarks.append("Finding the files took too long; not all were searched. Narrow path.")
    return remarks
