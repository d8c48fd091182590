from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.errors import ToolError
from codex_tui.tools.list_files import ListFiles, ListFilesArguments
from codex_tui.tools.walk import Walk

if TYPE_CHECKING:
    from codex_tui.tools.base import ToolOutput
    from codex_tui.tools.workspace import Workspace
    from tests.tools.kit import Put, Read


def entries(output: ToolOutput) -> list[str]:
    return [line for line in output.content.split("\n") if not line.startswith("[")]


def remarks(output: ToolOutput) -> list[str]:
    return [line for line in output.content.split("\n") if line.startswith("[")]


def test_two_levels_sorted_with_hidden_files_and_folders_marked(put: Put, read: Read) -> None:
    for path in ("src/b.py", "src/deep/c.py", ".hidden", "README.md", ".git/config", ".env"):
        put(path)
    output = read("list_files")
    assert entries(output) == [".env", ".hidden", "README.md", "src/", "src/b.py", "src/deep/"]
    assert remarks(output) == ["[Folders at level 2 are not opened: list them, or raise depth.]"]
    assert output.summary == "6 entries"


def test_a_subfolder_is_named_from_the_workspace(put: Put, read: Read) -> None:
    put("src/deep/c.py")
    assert entries(read("list_files", path="src", depth=9)) == ["src/deep/", "src/deep/c.py"]


def test_depth_one_opens_nothing(put: Put, read: Read) -> None:
    put("src/a.py")
    put("b")
    assert entries(read("list_files", depth=1)) == ["b", "src/"]


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("*.py", ["a.py", "src/b.py", "src/x/c.py"]),
        ("src/*.py", ["src/b.py"]),
        ("**/x/**", ["src/x/c.py", "src/x/d.ts"]),
        ("*.{ts,md}", ["README.md", "src/x/d.ts"]),
        ("!*.py", ["README.md", "src/x/d.ts"]),
        ("./a.py", ["a.py"]),
        ("[ab].py", ["a.py", "src/b.py"]),
    ],
)
def test_globs_search_the_whole_tree_for_files(
    put: Put, read: Read, glob: str, found: list[str]
) -> None:
    for path in ("a.py", "README.md", "src/b.py", "src/x/c.py", "src/x/d.ts"):
        put(path)
    assert entries(read("list_files", glob=glob)) == found


def test_a_glob_may_be_written_from_the_folder_or_from_the_workspace(put: Put, read: Read) -> None:
    put("src/x/c.py")
    for glob in ("x/*.py", "src/x/*.py"):
        assert entries(read("list_files", path="src", glob=glob)) == ["src/x/c.py"]


@pytest.mark.parametrize(
    ("glob", "words"),
    [
        ("", "fits no file"),
        ("!", "fits no file"),
        ("{a,b}" * 8, "more than 64 alternatives"),
        ("[z-a]", "no pattern"),
    ],
)
def test_a_glob_that_is_none_is_an_error(put: Put, read: Read, glob: str, words: str) -> None:
    put("a")
    with pytest.raises(ToolError, match=f"glob: .* {words}"):
        read("list_files", glob=glob)


@pytest.mark.parametrize("name", ["#notes", "!important"])
def test_signs_of_gitignore_are_plain_in_a_glob(put: Put, read: Read, name: str) -> None:
    put(name)
    put("other")
    assert entries(read("list_files", glob=f"{{{name},none}}")) == [name]


def test_gitignore_at_every_level_with_negation(put: Put, read: Read) -> None:
    put(".gitignore", "*.log\n!keep.log\n/build/\nnode_modules/\n# comment\n\n[z-a]broken\n")
    put("sub/.gitignore", "!special.log\nlocal\n")
    put("sub/deep/.gitignore", "*\n!.gitignore\n!kept\n")
    for path in (
        "a.log", "keep.log", "build/x", "other/build/x", "other/node_modules/y/z",
        "sub/special.log", "sub/local", "sub/b.log", "sub/deep/gone", "sub/deep/kept", "local",
    ):  # fmt: skip
        put(path)
    files = [each for each in entries(read("list_files", depth=9)) if not each.endswith("/")]
    assert files == [
        ".gitignore",
        "keep.log",
        "local",
        "other/build/x",
        "sub/.gitignore",
        "sub/deep/.gitignore",
        "sub/deep/kept",
        "sub/special.log",
    ]


def test_info_exclude_counts(put: Put, read: Read) -> None:
    put(".git/info/exclude", "private\n")
    put("private")
    put("public")
    assert entries(read("list_files")) == ["public"]


def test_rules_above_the_workspace_count_up_to_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*\n")
    repository = tmp_path / "repo"
    (repository / ".git").mkdir(parents=True)
    (repository / ".gitignore").write_text("*.tmp\n/ws/top\n")
    root = repository / "ws"
    root.mkdir()
    for name in ("a.tmp", "top", "kept"):
        (root / name).write_text("")
    assert [Path(entry.path).name for entry in Walk(root, root)] == ["kept"]


def test_an_ignored_folder_is_listed_when_it_is_named(put: Put, read: Read) -> None:
    put(".gitignore", "build/\n*.o\n")
    put("build/out.o")
    put("build/lib/x.o")
    assert entries(read("list_files", path="build")) == [
        "build/lib/",
        "build/lib/x.o",
        "build/out.o",
    ]


def test_rule_files_that_are_no_files_hang_nothing(put: Put, read: Read, root: Path) -> None:
    os.mkfifo(root / ".gitignore")
    put("sub/a")
    (root / "sub" / ".gitignore").symlink_to("/dev/zero")
    assert entries(read("list_files")) == [
        ".gitignore (not a regular file)",
        "sub/",
        "sub/.gitignore -> /dev/zero",
        "sub/a",
    ]


def test_links_show_their_target_and_are_not_followed(
    put: Put, read: Read, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("")
    put("real/a")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "in").symlink_to("real")
    (root / "loop").symlink_to(".")
    (root / "dangling").symlink_to("nowhere")
    assert entries(read("list_files", depth=9)) == [
        "dangling -> nowhere",
        "in -> real",
        "loop -> .",
        f"out -> {tmp_path / 'outside'}",
        "real/",
        "real/a",
    ]


def test_of_too_many_the_deepest_are_left_out(put: Put, read: Read) -> None:
    for number in range(1_200):
        put(f"a/deep/{number:04}")
    put("z.py")
    output = read("list_files", depth=3)
    assert entries(output)[:3] == ["a/", "a/deep/", "a/deep/0000"]
    assert entries(output)[-1] == "z.py"
    assert len(entries(output)) == 1_000
    assert remarks(output)[0] == (
        "[1,000 of 1,203 entries shown, the deepest left out. Narrow it with path, glob or depth.]"
    )
    assert output.summary == "1,203 entries"


def test_the_byte_cap_counts_too(put: Put, read: Read) -> None:
    for number in range(400):
        put(f"{'n' * 200}{number:03}")
    output = read("list_files")
    assert remarks(output)[0].startswith("[245 of 400 entries shown")


def test_empty_folders_say_so(read: Read, put: Put, root: Path) -> None:
    (root / "empty").mkdir()
    assert read("list_files", path="empty").content == "[empty has no files git would see.]"
    put("a")
    assert read("list_files", glob="*.py").content == "[No file in . fits *.py.]"


def test_a_file_points_to_read_file(put: Put, read: Read) -> None:
    put("a")
    with pytest.raises(ToolError, match="a is not a directory") as caught:
        read("list_files", path="a")
    assert "read_file" in str(caught.value)


def test_a_missing_folder_is_named(read: Read) -> None:
    with pytest.raises(ToolError, match="nowhere does not exist"):
        read("list_files", path="nowhere")


def test_hostile_names_stay_one_line_each(root: Path, read: Read) -> None:
    for name in (b"line\nbreak", b"\x1b]52;c;x\x07", b"caf\xe9", b"-rf", "\u2028".encode()):
        (root / os.fsdecode(name)).write_bytes(b"")
    assert entries(read("list_files")) == [
        "\\x1b]52;c;x\\x07",
        "-rf",
        "caf\\xe9",
        "line\\nbreak",
        "\\u2028",
    ]


def test_a_deep_tree_does_not_overflow(root: Path) -> None:
    directory = root
    for _ in range(1_200):
        directory /= "d"
        directory.mkdir()
    try:
        assert sum(1 for _ in Walk(root, root)) == 1_200
    finally:  # pytest's own cleaning up recurses and would overflow
        while directory != root:
            directory.rmdir()
            directory = directory.parent


def test_a_folder_that_vanishes_is_counted(root: Path, put: Put) -> None:
    put("a/x")
    put("b/y")
    walk = Walk(root, root)
    found = []
    for entry in walk:
        found.append(Path(entry.path).name)
        if found == ["a"]:
            (root / "a" / "x").unlink()
            (root / "a").rmdir()
    assert (found, walk.unreadable) == (["a", "b", "y"], 1)


def test_a_walk_ends_at_its_time(root: Path, put: Put) -> None:
    for name in "abc":
        put(f"{name}/x")
    ticks = iter(range(0, 1_000, 10))
    walk = Walk(root, root, timeout_s=25, clock=lambda: float(next(ticks)))
    assert len(list(walk)) < 6
    assert walk.timed_out


def test_titles(workspace: Workspace) -> None:
    tool = ListFiles(workspace)
    assert tool.title(ListFilesArguments()) == "."
    assert tool.title(ListFilesArguments(path="src", glob="*.py")) == "*.py in src"
