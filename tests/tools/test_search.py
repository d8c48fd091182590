from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.errors import ToolError
from codex_tui.sandbox.unconfined import Unconfined
from codex_tui.tools import limits, matching
from codex_tui.tools.matching import LineMatcher, Matcher, Query, Ripgrep
from codex_tui.tools.registry import best_matcher
from codex_tui.tools.search import Search, SearchArguments

if TYPE_CHECKING:
    from codex_tui.tools.base import ToolOutput
    from codex_tui.tools.workspace import Workspace
    from tests.tools.kit import Put

RIPGREP = Unconfined().find("rg")
needs_ripgrep = pytest.mark.skipif(RIPGREP is None, reason="ripgrep is not installed here")


def matcher_named(name: str) -> Matcher:
    return LineMatcher() if name == "own" or RIPGREP is None else Ripgrep(RIPGREP)


class Finder:
    def __init__(self, workspace: Workspace, matcher: Matcher) -> None:
        self.tool = Search(workspace, Unconfined(), matcher)

    def __call__(self, pattern: str, **arguments: object) -> ToolOutput:
        output = self.tool.run(self.tool.parse(json.dumps({"pattern": pattern, **arguments})))
        output.content.encode()
        assert len(output.content.encode()) < 52_000
        return output


@pytest.fixture(params=["own", pytest.param("ripgrep", marks=needs_ripgrep)])
def find(request: pytest.FixtureRequest, workspace: Workspace) -> Finder:
    return Finder(workspace, matcher_named(request.param))


def test_matches_are_grouped_by_file(put: Put, find: Finder) -> None:
    put("src/b.py", "x = foo\ny = 1\nfoo()\n")
    put("a.py", "# foo\n")
    put("none.py", "bar\n")
    output = find("foo")
    assert output.content == "a.py\n1:# foo\n\nsrc/b.py\n1:x = foo\n3:foo()"
    assert output.summary == "3 matches in 2 files"


def test_context_lines_and_gaps(put: Put, find: Finder) -> None:
    put(
        "a",
        "".join(f"{'hit' if number in {3, 5, 12} else 'l'}{number}\n" for number in range(1, 15)),
    )
    assert find("hit", context=1).content.split("\n") == [
        "a", "2-l2", "3:hit3", "4-l4", "5:hit5", "6-l6", "--", "11-l11", "12:hit12", "13-l13",
    ]  # fmt: skip


def test_no_match_says_how_much_was_searched(put: Put, find: Finder) -> None:
    put("a", "x")
    put("b", "y")
    output = find("nothing")
    assert output.content == "[No match in 2 files.]"
    assert output.summary == "no match"


def test_an_empty_workspace_is_no_error(find: Finder) -> None:
    assert find("x").content == "[No match in 0 files.]"


@pytest.mark.parametrize(
    ("pattern", "arguments", "hits"),
    [
        (r"a.c", {}, ["1:abc", "2:a.c"]),
        (r"a.c", {"literal": True}, ["2:a.c"]),
        (r"ABC", {}, []),
        (r"ABC", {"ignore_case": True}, ["1:abc"]),
        (r"^-x", {}, ["3:-x --files"]),
        (r"--files", {}, ["3:-x --files"]),
        (r"\bäö\w$", {}, ["4:äöü"]),
        (r"^$", {}, ["5:"]),
        (r"(foo|bar)+\d{2,}", {}, ["6:foobar42"]),
        (r"[", {"literal": True}, ["7:x[0]"]),
    ],
)
def test_patterns(
    put: Put, find: Finder, pattern: str, arguments: dict[str, object], hits: list[str]
) -> None:
    put("a", "abc\na.c\n-x --files\näöü\n\nfoobar42\nx[0]\n")
    lines = find(pattern, **arguments).content.split("\n")
    assert [line for line in lines if line[0].isdigit()] == hits


def test_crlf_lines_match_at_their_end_and_show_none(put: Put, find: Finder) -> None:
    put("a", "foo\r\nbar\r\n")
    assert find("foo$").content == "a\n1:foo"


def test_a_bad_pattern_gives_the_engines_words_and_advice(put: Put, find: Finder) -> None:
    put("a", "x")
    with pytest.raises(ToolError, match="regex parse error") as caught:
        find("fo(o")
    assert "set literal to true" in str(caught.value)


@pytest.mark.parametrize("pattern", ["a\nb", "a\0b"])
def test_patterns_over_several_lines_are_refused(put: Put, find: Finder, pattern: str) -> None:
    put("a", "a\nb\n")
    with pytest.raises(ToolError, match="line break or a NUL"):
        find(pattern)


def test_an_empty_pattern_is_refused(find: Finder) -> None:
    with pytest.raises(ToolError, match=r"arguments do not fit: pattern"):
        find("")


def test_secret_files_are_counted_and_not_searched(put: Put, find: Finder) -> None:
    for path in (".env", "sub/.env.local", "id_rsa", ".aws/anything", "ok", ".env.example"):
        put(path, "TOKEN=1\n")
    content = find("TOKEN").content
    assert content == (
        ".env.example\n1:TOKEN=1\n\nok\n1:TOKEN=1\n[Not searched: 4 files that may hold secrets.]"
    )


def test_a_secret_file_named_itself_is_searched_after_asking(put: Put, find: Finder) -> None:
    put(".env", "TOKEN=1\n")
    put(".aws/config", "TOKEN=2\n")
    assert find("TOKEN", path=".env").content == ".env\n1:TOKEN=1"
    assert find("TOKEN", path=".aws").content == ".aws/config\n1:TOKEN=2"
    assert find.tool.accesses(SearchArguments(pattern="x", path=".env"))[0].secret
    assert find.tool.accesses(SearchArguments(pattern="x", path=".aws"))[0].secret


def test_a_link_to_a_secret_or_to_outside_is_not_followed(
    put: Put, find: Finder, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a").write_text("foo\n")
    put(".env", "foo\n")
    (root / "innocent").symlink_to(".env")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "out-file").symlink_to(tmp_path / "outside" / "a")
    content = find("foo").content
    assert content == "[No match in 0 files.]\n[Not searched: 1 file that may hold secrets.]"


def test_what_git_ignores_is_not_searched_unless_named(put: Put, find: Finder) -> None:
    put(".gitignore", "build/\n")
    put("build/a", "foo\n")
    put(".git/x", "foo\n")
    put("a", "foo\n")
    assert find("foo").content == "a\n1:foo"
    assert find("foo", path="build").content == "build/a\n1:foo"
    assert find("foo", path="build/a").content == "build/a\n1:foo"


def test_binary_files_with_a_match_are_counted(put: Put, find: Finder) -> None:
    put("early", b"\0 foo\n")
    put("late", b"foo\n" + b"a" * 300_000 + b"\n\0")
    put("other", b"\0 bar\n")
    put("text", "foo\n")
    assert find("foo").content == "text\n1:foo\n[Not searched: 2 binary files with a match.]"


def test_files_that_are_not_utf8_are_searched_with_marks(put: Put, find: Finder) -> None:
    put("a", b"caf\xe9 foo\n")
    assert find("foo").content == "a\n1:caf\ufffd foo"


def test_large_files_are_counted_and_searched_when_named(put: Put, find: Finder) -> None:
    put("big.log", b"x" * 1_000 + b"\nfoo\n" + b"y\n" * 2_600_000)
    put("a", "foo\n")
    assert find("foo").content == "a\n1:foo\n[Not searched: 1 file larger than 5 MB.]"
    assert find("foo", path="big.log").content == "big.log\n2:foo"


def test_a_long_line_is_cut_around_its_match(put: Put, find: Finder) -> None:
    put("min.js", f"{'ä' * 5_000}needle{'b' * 5_000}\n")
    line = find("needle").content.split("\n")[1]
    assert line.startswith("1:…ä")
    assert line.endswith("b…")
    assert "needle" in line
    assert len(line) == limits.MAX_MATCH_LINE_CHARS + 4


def test_the_limit_counts_what_is_not_shown(put: Put, find: Finder) -> None:
    put("a", "foo\n" * 150)
    put("b", "foo\n" * 150)
    lines = find("foo").content.split("\n")
    assert len([line for line in lines if line.endswith(":foo")]) == 100
    assert lines[-1] == (
        "[100 of 300 matches shown. Narrow pattern, path or glob, or raise limit.]"
    )
    assert "b" in find("foo", limit=151).content.split("\n")


def test_the_limit_has_a_ceiling(put: Put, find: Finder) -> None:
    put("a", "foo\n" * 1_500)
    assert "[1,000 of 1,500 matches shown." in find("foo", limit=99_999).content


def test_the_byte_cap_counts_what_is_not_shown(put: Put, find: Finder) -> None:
    put("a", ("foo " + "x" * 390 + "\n") * 300)
    output = find("foo", limit=1_000)
    assert "[125 of 300 matches shown." in output.content
    assert output.summary == "300 matches in 1 file"


def test_too_many_matches_to_count_say_so(put: Put, find: Finder) -> None:
    put("a", "foo\n" * 12_000)
    content = find("foo").content
    assert "[There are too many matches to count. Narrow pattern, path or glob.]" in content
    assert "[100 of at least 12,000 matches shown." in content


@pytest.mark.parametrize(
    ("glob", "paths"),
    [
        ("*.py", ["src/a.py", "src/x/b.py"]),
        ("src/*.{py,ts}", ["src/a.py", "src/c.ts"]),
        ("!*.py", ["d.md", "src/c.ts"]),
    ],
)
def test_globs_choose_files(put: Put, find: Finder, glob: str, paths: list[str]) -> None:
    for path in ("d.md", "src/a.py", "src/x/b.py", "src/c.ts"):
        put(path, "foo\n")
    lines = find("foo", glob=glob).content.split("\n")
    assert [line for line in lines if line and line[0] != "1"] == paths


def test_a_path_outside_is_searched_with_absolute_names(find: Finder, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a").write_text("foo\n")
    path = str(tmp_path / "other")
    assert find("foo", path=path).content == f"{path}/a\n1:foo"
    assert find.tool.accesses(SearchArguments(pattern="x", path=path))[0].outside


def test_a_missing_path_and_a_pipe_are_named(find: Finder, fifo: Path) -> None:
    with pytest.raises(ToolError, match="nowhere does not exist"):
        find("x", path="nowhere")
    with pytest.raises(ToolError, match="pipe is not a regular file"):
        find("x", path="pipe")
    assert find("x").content == "[No match in 0 files.]"


def test_hostile_names_are_searched_and_stay_one_line(root: Path, find: Finder) -> None:
    for name in (b"line\nbreak", b"\x1b]52;c;x\x07", b"caf\xe9", b"-rf", b"--help", b"-"):
        (root / os.fsdecode(name)).write_text("foo\n")
    assert find("foo").content.split("\n\n") == [
        "\\x1b]52;c;x\\x07\n1:foo",
        "-\n1:foo",
        "--help\n1:foo",
        "-rf\n1:foo",
        "caf\\xe9\n1:foo",
        "line\\nbreak\n1:foo",
    ]


def test_unreadable_files_are_counted(root: Path, put: Put, workspace: Workspace) -> None:
    put("a", "foo\n")

    class Vanishing(Unconfined):
        def run(self, argv, **options):
            (root / "a").unlink(missing_ok=True)
            return super().run(argv, **options)

    for name in ("own", "ripgrep"):
        put("a", "foo\n")
        tool = Search(workspace, Vanishing(), matcher_named(name))
        assert tool.run(SearchArguments(pattern="foo")).content == (
            "[No match in 1 file.]\n[Not searched: 1 file or folder not readable.]"
        )


def test_a_catastrophic_pattern_ends_at_the_time_limit(
    put: Put, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "SEARCH_TIMEOUT_S", 1.0)
    put("a", "a" * 40 + "!\n")
    began = time.monotonic()
    output = Finder(workspace, LineMatcher())("^(a|aa)+$")
    assert time.monotonic() - began < 10
    assert "[The search took too long and is not complete." in output.content


def test_a_program_that_does_not_start_is_named(put: Put, workspace: Workspace) -> None:
    put("a", "foo\n")
    with pytest.raises(ToolError, match="cannot be started: No such file"):
        Finder(workspace, Ripgrep(Path("/nowhere/rg")))("foo")


def test_a_program_that_breaks_is_named(put: Put, workspace: Workspace) -> None:
    class Broken:
        def command(self, query: Query) -> list[str]:
            return [sys.executable, "-I", "-S", "-c", "raise SystemExit('out of luck')"]

    put("a", "foo\n")
    with pytest.raises(ToolError, match="The search program failed: out of luck"):
        Finder(workspace, Broken())("foo")


def test_many_files_take_several_command_lines(
    put: Put, find: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MAX_ARGUMENT_BYTES", 200)
    for number in range(60):
        put(f"file{number:02}", "foo\n" if number % 2 else "bar\n")
    paths = [line for line in find("foo").content.split("\n") if line.startswith("file")]
    assert paths == [f"file{number:02}" for number in range(1, 60, 2)]


@needs_ripgrep
@pytest.mark.parametrize("seed", range(3))
def test_both_engines_say_the_same(put: Put, workspace: Workspace, seed: int) -> None:
    chance = random.Random(seed)
    put(".gitignore", "*.skip\nignored/\n!keep.skip\n")
    words = [
        "foo",
        "Foo",
        "bar",
        "",
        "ä",
        "\tfoo(bar)",
        "x" * 700 + "foo",
        "\r",
        "a.b",
        "caf\udce9",
    ]
    for number in range(40):
        lines = [" ".join(chance.choices(words, k=chance.randint(0, 4))) for _ in range(12)]
        end = chance.choice(["\n", "\r\n"])
        text = end.join(lines) + chance.choice(["", end])
        suffix = chance.choice(["py", "skip", "txt", "env"])
        folder = chance.choice(["", "src/", "src/deep/", "ignored/", ".hidden/"])
        data = text.encode("utf-8", "surrogateescape")
        put(f"{folder}f{number}.{suffix}", data + (b"\0" if chance.random() < 0.1 else b""))
    own, ripgrep = (Finder(workspace, matcher_named(name)) for name in ("own", "ripgrep"))
    for arguments in (
        {},
        {"context": 2},
        {"ignore_case": True, "limit": 7},
        {"glob": "*.{py,txt}", "context": 1},
        {"path": "src"},
    ):
        for pattern in ("^Foo", r"foo\(|ä", "o$", "^$"):
            assert own(pattern, **arguments) == ripgrep(pattern, **arguments)
    assert own("a.b", literal=True) == ripgrep("a.b", literal=True)


def test_ripgrep_is_preferred_where_the_system_has_it() -> None:
    expected = LineMatcher() if RIPGREP is None else Ripgrep(RIPGREP)
    assert best_matcher(Unconfined()) == expected


def test_titles(workspace: Workspace) -> None:
    tool = Search(workspace, Unconfined(), LineMatcher())
    assert tool.title(SearchArguments(pattern="foo", path="src")) == '"foo" in src'
    assert tool.title(SearchArguments(pattern="foo", glob="*.py")) == '"foo" in . (*.py)'
    hostile = SearchArguments(pattern="a\n\x1b[2Jb", path="s\nc")
    assert tool.title(hostile) == '"a\\n\\x1b[2Jb" in s\\nc'
