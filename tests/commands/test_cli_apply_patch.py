"""`codex-tui apply-patch`: trees before and after, what is printed, exit codes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_tui.cli import main
from codex_tui.edits import steps

Tree = dict[str, bytes | None]
"""Paths and contents; None for a folder."""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    def run(patch: str | bytes, *options: str) -> Ended:
        content = patch if isinstance(patch, bytes) else patch.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        code = main(["apply-patch", *options])
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


def patch(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch", ""])


def grow(root: Path, files: Tree) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content)


def tree(root: Path) -> Tree:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(root.rglob("*"))
    }


@dataclass(frozen=True)
class Applied:
    patch: str
    before: Tree
    after: Tree
    out: str


APPLIED = {
    "a file is added": Applied(
        patch("*** Add File: notes.txt", "+one", "+two"),
        {},
        {"notes.txt": b"one\ntwo\n"},
        "A notes.txt\n",
    ),
    "add, update and delete in one": Applied(
        patch(
            *("*** Add File: sub/n.txt", "+new", "*** Delete File: d.txt"),
            *("*** Update File: m.txt", "@@", "-2", "+two"),
        ),
        {"d.txt": b"gone\n", "m.txt": b"1\n2\n"},
        {"sub": None, "sub/n.txt": b"new\n", "m.txt": b"1\ntwo\n"},
        "A sub/n.txt\nD d.txt\nM m.txt\n",
    ),
    "two hunks in one file": Applied(
        patch("*** Update File: m", "@@", "-2", "+two", "@@", "-4", "+four"),
        {"m": b"1\n2\n3\n4\n"},
        {"m": b"1\ntwo\n3\nfour\n"},
        "M m\n",
    ),
    "a move into a new folder": Applied(
        patch("*** Update File: old/n.txt", "*** Move to: new/dir/n.txt", "@@", "-a", "+b"),
        {"old/n.txt": b"a\n", "old/other.txt": b"o\n"},
        {
            "old": None,
            "old/other.txt": b"o\n",
            "new": None,
            "new/dir": None,
            "new/dir/n.txt": b"b\n",
        },
        "R old/n.txt → new/dir/n.txt\n",
    ),
    "a move without a change": Applied(
        patch("*** Update File: a", "*** Move to: b"), {"a": b"x"}, {"b": b"x"}, "R a → b\n"
    ),
    "a move onto itself": Applied(
        patch("*** Update File: a", "*** Move to: a", "-x", "+y"),
        {"a": b"x\n"},
        {"a": b"y\n"},
        "M a\n",
    ),
    "a replaced last line without an end gets one": Applied(
        patch("*** Update File: a", "@@", "-no end", "+first", "+second"),
        {"a": b"no end"},
        {"a": b"first\nsecond\n"},
        "M a\n",
    ),
    "only added lines are appended": Applied(
        patch("*** Update File: a", "@@", "+3", "+4"),
        {"a": b"1\n2\n"},
        {"a": b"1\n2\n3\n4\n"},
        "M a\n",
    ),
    "a padded file header": Applied(
        patch("  *** Update File: a", "@@", "-x", "+y"), {"a": b"x\n"}, {"a": b"y\n"}, "M a\n"
    ),
    "padded outer markers": Applied(
        " *** Begin Patch\n*** Update File: a\n@@\n-x\n+y\n*** End Patch \n",
        {"a": b"x\n"},
        {"a": b"y\n"},
        "M a\n",
    ),
    "text that is not ASCII": Applied(
        patch("*** Update File: a", "@@", "-naïve café", "+naïve café ✅").rstrip() + " ",
        {"a": "naïve café\n".encode()},
        {"a": "naïve café ✅\n".encode()},
        "M a\n",
    ),
    "a file is deleted": Applied(
        patch("*** Delete File: a"), {"a": b"x\n", "b": b"y\n"}, {"b": b"y\n"}, "D a\n"
    ),
    "padding at the end of markers and headers": Applied(
        "*** Begin Patch  \n*** Update File: a  \n@@\n-x\n+y\n  *** End Patch\n",
        {"a": b"x\n"},
        {"a": b"y\n"},
        "M a\n",
    ),
    "lines only go": Applied(
        patch("*** Update File: a", "@@", " 1", "-2", " 3"),
        {"a": b"1\n2\n3\n"},
        {"a": b"1\n3\n"},
        "M a\n",
    ),
    "a hunk at the end of the file": Applied(
        patch("*** Update File: a", "@@", " 1", "-2", "+two", "*** End of File"),
        {"a": b"1\n2\n1\n2\n"},
        {"a": b"1\n2\n1\ntwo\n"},
        "M a\n",
    ),
    "an empty file is added": Applied(patch("*** Add File: a"), {}, {"a": b""}, "A a\n"),
    "a patch and a file with CRLF": Applied(
        patch("*** Update File: a", "@@", " 1", "-2", "+two", "+2.5").replace("\n", "\r\n"),
        {"a": b"1\r\n2\r\n3"},
        {"a": b"1\r\ntwo\r\n2.5\r\n3"},
        "M a\n",
    ),
    "a byte-order mark and mixed line ends": Applied(
        patch("*** Update File: a", "-1", "+one", " 2", "+2.5"),
        {"a": b"\xef\xbb\xbf1\r\n2\n3\r\n"},
        {"a": b"\xef\xbb\xbfone\r\n2\n2.5\r\n3\r\n"},
        "M a\n",
    ),
    "a here-document around it": Applied(
        f"<<'EOF'\n{patch('*** Delete File: a')}EOF\n", {"a": b"x"}, {}, "D a\n"
    ),
    "a line that stays without its sign": Applied(
        patch("*** Update File: a", "@@", "def f():", "-  x", "+  y"),
        {"a": b"def f():\n  x\n"},
        {"a": b"def f():\n  y\n"},
        "M a\n",
    ),
}


@pytest.mark.parametrize("name", APPLIED)
def test_applied(work: Path, run: Callable[..., Ended], name: str) -> None:
    case = APPLIED[name]
    grow(work, case.before)
    checked = run(case.patch, "--check")
    assert tree(work) == tree_of(case.before), "a check writes nothing"
    assert checked == run(case.patch) == Ended(0, case.out, "")
    assert tree(work) == case.after


def tree_of(files: Tree) -> Tree:
    folders = {str(parent) for name in files for parent in Path(name).parents if parent != Path()}
    return {**dict.fromkeys(folders), **files}


@dataclass(frozen=True)
class Refused:
    patch: str
    before: Tree
    err: str


REFUSED = {
    "no file at all": Refused(patch(), {}, "error: format: no files were modified"),
    "lines that are not there": Refused(
        patch("*** Update File: a", "@@", "-missing", "+x"),
        {"a": b"1\n2\n"},
        "error: match: hunk 1 (line 3 of the patch) does not fit: a: ",
    ),
    "a header that is not there": Refused(
        patch("*** Update File: a", "@@ def g():", "-1", "+x"),
        {"a": b"1\n2\n"},
        "error: match: hunk 1 (line 3 of the patch) does not fit: its header 'def g():' was not",
    ),
    "deleting what is missing": Refused(
        patch("*** Delete File: nope"), {"a": b"x\n"}, "error: file: nope does not exist."
    ),
    "an update without hunks": Refused(
        patch("*** Update File: a"), {"a": b"x\n"}, "error: format: line 2: the update of a has no"
    ),
    "updating what is missing": Refused(
        patch("*** Update File: nope", "@@", "-x", "+y"), {}, "error: file: nope does not exist."
    ),
    "a move onto another file": Refused(
        patch("*** Update File: a", "*** Move to: b", "@@", "-x", "+y"),
        {"a": b"x\n", "b": b"theirs\n"},
        "error: file: b exists already",
    ),
    "adding what is there": Refused(
        patch("*** Add File: a", "+mine"), {"a": b"theirs\n"}, "error: file: a exists already"
    ),
    "deleting a folder": Refused(
        patch("*** Delete File: dir"), {"dir/a": b"x\n"}, "error: file: dir is a directory."
    ),
    "an unknown header": Refused(
        patch("*** Frobnicate File: a"), {"a": b"x\n"}, "error: format: line 2: expected *** Add"
    ),
    "a mistake after good sections": Refused(
        patch(
            *("*** Add File: new/n", "+x", "*** Update File: a", "*** Move to: m/b"),
            *("*** Delete File: d", "*** Update File: nope", "@@", "-x", "+y"),
        ),
        {"a": b"x\n", "d": b"y\n"},
        "error: file: nope does not exist.",
    ),
    "one file twice": Refused(
        patch("*** Update File: a", "-x", "*** Delete File: ./a"),
        {"a": b"x\n"},
        "error: format: a: named twice in one patch",
    ),
    "cut off": Refused(
        "*** Begin Patch\n*** Delete File: a\n", {"a": b"x\n"}, "error: format: *** End Patch is"
    ),
    "text around it": Refused(
        "```\n" + patch("*** Delete File: a") + "```\n",
        {"a": b"x\n"},
        "error: format: line 1: *** Begin Patch is missing",
    ),
    "nothing": Refused("", {"a": b"x\n"}, "error: format: the patch is empty"),
    "a protected folder": Refused(
        patch("*** Add File: .git/hooks/x", "+rm"), {".git/c": b"\n"}, "error: file: .git/hooks/x"
    ),
    "outside": Refused(patch("*** Add File: ../out", "+x"), {}, "error: file: /"),
    "a file in the place of a folder": Refused(
        patch("*** Delete File: b", "*** Add File: a/n", "+x"),
        {"a": b"x\n", "b": b"y\n"},
        "error: write: a/n: cannot be written: Not a directory",
    ),
    "a file that is not text": Refused(
        patch("*** Update File: a", "-x", "+y"), {"a": b"x\n\xff\n"}, "error: file: a is not UTF-8"
    ),
}


@pytest.mark.parametrize("option", [(), ("--check",)])
@pytest.mark.parametrize("name", REFUSED)
def test_refused(work: Path, run: Callable[..., Ended], name: str, option: tuple[str, ...]) -> None:
    case = REFUSED[name]
    grow(work, case.before)
    before = tree(work.parent)
    ended = run(case.patch, *option)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(case.err)
    assert tree(work.parent) == before


def test_bytes_that_are_no_text_are_refused_with_their_line(
    work: Path, run: Callable[..., Ended]
) -> None:
    ended = run(b"*** Begin Patch\n*** Add File: a\n+\xff\n*** End Patch\n")
    assert ended == Ended(1, "", "error: format: line 3: the patch is not UTF-8 (byte 0xff)\n")
    assert tree(work) == {}


def test_another_folder(work: Path, run: Callable[..., Ended]) -> None:
    grow(work, {"sub/a": b"x\n"})
    assert run(patch("*** Update File: a", "-x", "+y"), "-C", "sub").code == 0
    assert (work / "sub/a").read_bytes() == b"y\n"
    assert run(patch("*** Add File: ../b", "+y"), "-C", "sub").code == 1
    assert run(patch("*** Add File: b", "+y"), "-C", "missing").code == 2


def test_the_programs_own_folders_are_protected_wherever_they_are(
    isolated_environment: Path, run: Callable[..., Ended]
) -> None:
    text = patch("*** Add File: config/config.toml", "+x = 1")
    ended = run(text, "-C", str(isolated_environment))
    assert ended.code == 1
    assert "config/config.toml is in a protected folder" in ended.err
    assert not (isolated_environment / "config/config.toml").exists()


def test_control_characters_do_not_reach_the_terminal(
    work: Path, run: Callable[..., Ended]
) -> None:
    ended = run(patch("*** Update File: a\x1b]0;x\x07", "-x"))
    assert ended.code == 1
    assert "\x1b" not in ended.err
    grow(work, {"a": b"\x1b[31m\n"})
    ended = run(patch("*** Update File: a", "-[31m\x9b", "+y"))
    assert ended.code == 1
    assert not {"\x1b", "\x9b"} & set(ended.err)


def test_a_full_disk_takes_everything_back(
    work: Path, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(work, {"a": b"x\n", "b": b"y\n", "d": b"z\n"})
    before = tree(work)
    real = os.unlink

    def full(path: str, **options: int) -> None:
        if path == "d":
            raise OSError(28, "No space left on device")
        real(path, **options)

    monkeypatch.setattr(steps.os, "unlink", full)
    text = patch(
        *("*** Add File: new/dir/n", "+n", "*** Update File: a", "*** Move to: m/a", "-x", "+X"),
        *("*** Update File: b", "-y", "+Y", "*** Delete File: d"),
    )
    ended = run(text)
    assert ended == Ended(1, "", "error: write: d: cannot be written: No space left on device\n")
    assert tree(work) == before


@pytest.mark.parametrize("command", [["apply-patch", "--help"], ["--help"]])
def test_the_command_is_explained(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(command)
    assert left.value.code == 0
    assert "apply-patch" in capsys.readouterr().out


def test_without_a_patch_it_says_how_to_give_one(
    work: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    master, slave = os.openpty()
    try:
        with os.fdopen(slave) as terminal:
            monkeypatch.setattr(sys, "stdin", terminal)
            assert main(["apply-patch"]) == 2
    finally:
        os.close(master)
    assert "codex-tui apply-patch < PATCH" in capsys.readouterr().err


pieces = st.sampled_from(
    [
        *(b"*** Begin Patch", b"*** End Patch", b"*** Add File: a/n", b"*** Update File: a"),
        *(b"*** Delete File: sub", b"*** Move to: ../b", b"*** Delete File: ../work/a/", b"@@"),
        *(b"@@ x", b"-zz", b"+y", b" x", b"", b"\xff\xfe", b"\x00", b"<<EOF", b"EOF", b"*** End"),
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(lines=st.lists(pieces | st.binary(max_size=6), max_size=12), framed=st.booleans())
def test_garbage_that_is_refused_changes_no_byte(
    work: Path, run: Callable[..., Ended], lines: list[bytes], framed: bool
) -> None:
    grow(work, {"a": b"x\nz\n", "sub/b": b"y\n"})
    before = tree(work.parent)
    if framed:
        lines = [b"*** Begin Patch", *lines, b"*** End Patch"]
    ended = run(b"\n".join(lines))
    if ended.code:
        assert (ended.code, ended.err[:7]) == (1, "error: ")
        assert tree(work.parent) == before
    else:
        assert framed
        assert (ended.out[1], ended.err) == (" ", "")


@pytest.fixture
def in_shell(work: Path) -> Callable[[str], Ended]:
    """Runs the program as `$0` of a line of bash, on a patch that adds two files."""
    (work.parent / "patch").write_text(patch("*** Add File: a", "+x", "*** Add File: b", "+y"))

    def run(line: str) -> Ended:
        shell = ["bash", "-c", line, f"{sys.executable}"]
        with (work.parent / "patch").open() as stdin:
            ended = subprocess.run(
                shell, stdin=stdin, cwd=work, capture_output=True, text=True, check=False
            )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run


APPLY = "$0 -m codex_tui apply-patch"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_changes_that_cannot_be_listed_are_made_all_the_same(
    work: Path, in_shell: Callable[[str], Ended]
) -> None:
    said = "The changes are made, but cannot be listed: No space left on device\n"
    assert in_shell(f"{APPLY} >/dev/full") == Ended(0, "", said)
    assert tree(work) == {"a": b"x\n", "b": b"y\n"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_where_nothing_can_be_written_at_all_the_exit_code_is_still_right(
    work: Path, in_shell: Callable[[str], Ended]
) -> None:
    assert in_shell(f"{APPLY} >/dev/full 2>/dev/full") == Ended(0, "", "")
    assert tree(work) == {"a": b"x\n", "b": b"y\n"}


def test_a_reader_of_the_list_that_has_left_changes_nothing_about_the_changes(
    work: Path, in_shell: Callable[[str], Ended]
) -> None:
    os.mkfifo(work.parent / "list")
    # The reader is there for as long as the writer opens the pipe, and gone before it is started.
    line = f"exec 4<>../list 5>../list 4>&-; {APPLY} >&5"
    said = "The changes are made, but cannot be listed: Broken pipe\n"
    assert in_shell(line) == Ended(0, "", said)
    assert tree(work) == {"a": b"x\n", "b": b"y\n"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_check_that_cannot_be_told_has_failed(
    work: Path, in_shell: Callable[[str], Ended]
) -> None:
    said = "codex-tui: The output cannot be written: No space left on device\n"
    assert in_shell(f"{APPLY} --check >/dev/full") == Ended(1, "", said)
    assert tree(work) == {}
