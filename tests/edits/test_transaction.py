from __future__ import annotations

import os
import resource
import stat
from pathlib import Path

import psutil
import pytest

from codex_tui.edits import steps
from codex_tui.edits.diff import file_change
from codex_tui.edits.transaction import write_changes
from codex_tui.protocol.changes import FileChange
from codex_tui.protocol.errors import EditError
from tests.edits.trees import refused, tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"a\r\nb\n")
    (folder / "b.txt").write_bytes(b"bee\n")
    return folder


def changed(root: Path, path: str, after: str | None) -> FileChange:
    return file_change(path, (root / path).read_bytes().decode(), after)


def test_all_changes_are_written(root: Path) -> None:
    write_changes(
        root,
        [
            changed(root, "a.txt", "a\r\nB\n"),
            file_change("deep/er/new.py", None, "x = 1\n"),
            changed(root, "b.txt", None),
        ],
    )
    assert (root / "a.txt").read_bytes() == b"a\r\nB\n"
    assert (root / "deep/er/new.py").read_bytes() == b"x = 1\n"
    assert sorted(each.name for each in root.rglob("*")) == ["a.txt", "deep", "er", "new.py"]


def test_nothing_to_write_writes_nothing(root: Path) -> None:
    before = tree(root)
    write_changes(root, [])
    assert tree(root) == before


def test_permission_bits_are_kept_and_new_files_obey_the_umask(root: Path) -> None:
    (root / "a.txt").chmod(0o751)
    old = os.umask(0o027)
    try:
        write_changes(root, [changed(root, "a.txt", "x"), file_change("n", None, "")])
    finally:
        os.umask(old)
    assert stat.S_IMODE((root / "a.txt").stat().st_mode) == 0o751
    assert stat.S_IMODE((root / "n").stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_the_owner_is_kept(root: Path) -> None:
    os.chown(root / "a.txt", 1234, 5678)
    write_changes(root, [changed(root, "a.txt", "x")])
    status = (root / "a.txt").stat()
    assert (status.st_uid, status.st_gid) == (1234, 5678)


def test_a_file_changed_since_it_was_shown_is_refused(root: Path) -> None:
    change = changed(root, "a.txt", "x\n")
    (root / "a.txt").write_bytes(b"a\r\nc\n")  # the same size
    message = refused(root, file_change("new/file", None, "y"), change)
    assert message == "a.txt: changed since it was shown; nothing was written"


def test_a_file_changed_between_check_and_write_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [changed(root, "a.txt", "x\n"), changed(root, "b.txt", "y\n")]
    real = os.fsync

    def meddling(descriptor: int) -> None:
        real(descriptor)
        (root / "b.txt").write_bytes(b"mine\n")

    monkeypatch.setattr(steps.os, "fsync", meddling)
    with pytest.raises(EditError, match=r"b\.txt: changed since it was shown"):
        write_changes(root, changes)
    assert (root / "a.txt").read_bytes() == b"a\r\nb\n"
    assert (root / "b.txt").read_bytes() == b"mine\n"
    assert len(list(root.iterdir())) == 2


def test_a_file_that_came_to_be_is_not_overwritten(root: Path) -> None:
    change = file_change("c.txt", None, "new\n")
    (root / "c.txt").write_bytes(b"theirs\n")
    assert refused(root, changed(root, "a.txt", "x"), change) == "c.txt: exists already"


def test_a_file_that_came_to_be_while_writing_is_not_overwritten(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def meddling(*args: object, **options: object) -> None:
        (root / "c.txt").write_bytes(b"theirs\n")
        real(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(steps.os, "link", meddling)
    with pytest.raises(EditError, match=r"c\.txt: exists already"):
        write_changes(root, [changed(root, "a.txt", "x"), file_change("c.txt", None, "new\n")])
    assert (root / "c.txt").read_bytes() == b"theirs\n"
    assert (root / "a.txt").read_bytes() == b"a\r\nb\n"


def test_new_files_are_written_where_the_disk_has_no_hard_links(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*args: object, **options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(steps.os, "link", unsupported)
    write_changes(root, [file_change("c.txt", None, "new\n")])
    assert (root / "c.txt").read_bytes() == b"new\n"
    assert len(list(root.iterdir())) == 3


def test_a_vanished_file_is_refused(root: Path) -> None:
    change = changed(root, "a.txt", "x")
    (root / "a.txt").unlink()
    assert refused(root, changed(root, "b.txt", "y"), change) == "a.txt: does not exist (any more)"


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_regular_file_is_refused(root: Path, kind: str) -> None:
    if kind == "folder":
        (root / "thing").mkdir()
    else:
        os.mkfifo(root / "thing")
    assert refused(root, file_change("thing", "x", "y")) == "thing: not a regular file"


def test_binary_content_is_refused(root: Path) -> None:
    (root / "a.txt").write_bytes(b"a\0b")
    assert "binary" in refused(root, changed(root, "a.txt", "ab"))
    assert "binary" in refused(root, file_change("new", None, "a\0b"))


@pytest.mark.parametrize("path", ["../out.txt", "/etc/hosts", "", ".", "a/../../out", "x\0y"])
def test_paths_that_are_none_inside_are_refused(root: Path, path: str) -> None:
    assert "not a path inside the workspace" in refused(root, file_change(path, None, "x"))


def test_a_link_inside_stays_a_link_and_its_target_is_written(root: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub/link").symlink_to("../a.txt")
    write_changes(root, [changed(root, "sub/link", "through\n")])
    assert (root / "sub/link").readlink() == Path("../a.txt")
    assert (root / "a.txt").read_bytes() == b"through\n"


def test_deleting_a_link_keeps_its_target(root: Path) -> None:
    (root / "link").symlink_to("a.txt")
    write_changes(root, [changed(root, "link", None)])
    assert not (root / "link").is_symlink()
    assert (root / "a.txt").read_bytes() == b"a\r\nb\n"


def test_a_link_that_leads_out_is_refused(root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "secret").write_text("s\n")
    (root / "file").symlink_to(outside / "secret")
    (root / "folder").symlink_to(outside)
    for path, before, after in [
        ("file", "s\n", "t\n"),
        ("file", "s\n", None),
        ("folder/secret", "s\n", "t\n"),
        ("folder/new", None, "t\n"),
    ]:
        assert "outside the workspace" in refused(root, file_change(path, before, after))


def test_links_that_lead_nowhere_or_in_a_circle_are_refused(root: Path) -> None:
    (root / "dangling").symlink_to("nothing")
    (root / "circle").symlink_to("circle")
    assert "leads nowhere" in refused(root, file_change("dangling", None, "x"))
    refused(root, file_change("circle", None, "x"))


def test_a_folder_that_became_a_link_while_writing_is_not_followed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (root / "sub").mkdir()
    real = steps.locate

    def meddling(*args: object, **options: object) -> object:
        place = real(*args, **options)  # type: ignore[arg-type]
        if (root / "sub").is_dir() and not (root / "sub").is_symlink():
            (root / "sub").rmdir()
            (root / "sub").symlink_to(outside)
        return place

    monkeypatch.setattr(steps, "locate", meddling)
    with pytest.raises(EditError, match="sub/new: cannot be written"):
        write_changes(root, [file_change("sub/new", None, "x")])
    assert list(outside.iterdir()) == []


def test_the_same_file_named_twice_is_refused(root: Path) -> None:
    (root / "link").symlink_to("a.txt")
    twice = changed(root, "a.txt", "x"), changed(root, "link", "y")
    assert refused(root, *twice) == "link: named twice in one set of changes"
    assert "named twice" in refused(root, twice[0], changed(root, "./a.txt", "z"))


def test_the_workspace_may_be_reached_through_a_link(root: Path) -> None:
    (root.parent / "alias").symlink_to(root)
    write_changes(root.parent / "alias", [changed(root, "a.txt", "x")])
    assert (root / "a.txt").read_bytes() == b"x"


def test_a_missing_workspace_is_named(tmp_path: Path) -> None:
    with pytest.raises(EditError, match="gone: the workspace cannot be opened"):
        write_changes(tmp_path / "gone", [file_change("a", None, "x")])


def test_content_other_than_approved_is_refused(root: Path) -> None:
    forged = FileChange(
        path="a.txt",
        kind=changed(root, "a.txt", "x").kind,
        before="a\r\nb\n",
        after="evil\n",
        before_hash=changed(root, "a.txt", "x").before_hash,
        after_hash=changed(root, "a.txt", "x").after_hash,
        hunks=(),
    )
    assert "not the one that was approved" in refused(root, forged)


def test_a_change_of_nothing_is_refused(root: Path) -> None:
    assert "changes nothing" in refused(root, changed(root, "a.txt", "a\r\nb\n"))


def test_a_folder_in_a_files_place_is_refused_before_anything_is_written(root: Path) -> None:
    message = refused(root, changed(root, "b.txt", "y"), file_change("a.txt/new", None, "x"))
    assert message.startswith("a.txt/new: ")


@pytest.mark.parametrize("failing_call", [1, 2, 3])
def test_a_failing_rename_restores_everything(
    root: Path, monkeypatch: pytest.MonkeyPatch, failing_call: int
) -> None:
    (root / "c.txt").write_bytes(b"see\n")
    (root / "c.txt").chmod(0o640)
    (root / "link").symlink_to("a.txt")
    calls = 0
    real = os.rename

    def failing(*args: object, **options: object) -> None:
        nonlocal calls
        calls += 1
        if calls == failing_call:
            raise OSError(28, "No space left on device")
        real(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(steps.os, "rename", failing)
    (root / "d.txt").write_bytes(b"dee\n")
    message = refused(
        root,
        changed(root, "c.txt", "x\n"),
        file_change("made/for/it", None, "y\n"),
        changed(root, "link", None),
        changed(root, "d.txt", "z\n"),
        changed(root, "b.txt", "z\n"),
    )
    assert message.endswith("cannot be written: No space left on device")


def test_a_full_disk_while_staging_leaves_nothing_behind(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(steps.os, "fsync", full)
    message = refused(root, file_change("x/y/z", None, "1\n"))
    assert message == "x/y/z: cannot be written: No space left on device"


def test_an_interrupt_restores_everything_and_goes_on(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(root)
    real = os.unlink

    def interrupted(path: str, **options: int) -> None:
        if path == "b.txt":
            raise KeyboardInterrupt
        real(path, **options)

    monkeypatch.setattr(steps.os, "unlink", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_changes(root, [changed(root, "a.txt", "x\n"), changed(root, "b.txt", None)])
    assert tree(root) == before


def test_what_cannot_be_restored_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.rename
    done: list[object] = []

    def once(*args: object, **options: object) -> None:
        if done:
            raise OSError(5, "Input/output error")
        real(*args, **options)  # type: ignore[arg-type]
        done.append(args)

    monkeypatch.setattr(steps.os, "rename", once)
    with pytest.raises(EditError, match=r"could not be undone for: a\.txt"):
        write_changes(root, [changed(root, "a.txt", "x\n"), changed(root, "b.txt", "y\n")])


def test_a_read_only_file_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "a.txt").chmod(0o444)
    if os.geteuid() == 0:  # root may write anything, so the system's answer is given instead
        monkeypatch.setattr(steps.os, "access", lambda *_, **__: False)
    assert refused(root, changed(root, "a.txt", "x")) == "a.txt: the file is read-only"


def test_more_folders_than_can_be_open_are_refused_and_none_is_left(root: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
    try:
        told = refused(root, file_change("d/" * 1500 + "f", None, "x\n"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert "Too many open files" in told


def test_descriptors_are_closed(root: Path) -> None:
    def open_descriptors() -> int:
        return psutil.Process().num_fds()

    before = open_descriptors()
    write_changes(root, [file_change("p/q/r", None, "x"), changed(root, "a.txt", "y")])
    refused(root, file_change("p/q/r", None, "x"))
    assert open_descriptors() == before
