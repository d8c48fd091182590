from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from codex_tui.edits import steps
from codex_tui.edits.diff import file_change
from codex_tui.edits.transaction import check_changes, write_changes
from codex_tui.protocol.changes import FileChange
from codex_tui.protocol.errors import EditError
from tests.edits.trees import refused, tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"a\r\nb\n")
    (folder / "a.txt").chmod(0o751)
    (folder / "b.txt").write_bytes(b"bee\n")
    return folder


def moved(root: Path, path: str, move_to: str, after: str | None = None) -> FileChange:
    before = (root / path).read_bytes().decode()
    return file_change(path, before, before if after is None else after, move_to=move_to)


def test_a_file_moves_with_its_new_text_and_its_permissions(root: Path) -> None:
    write_changes(root, [moved(root, "a.txt", "new/er/c.txt", "changed\n")])
    assert not (root / "a.txt").exists()
    assert (root / "new/er/c.txt").read_bytes() == b"changed\n"
    assert stat.S_IMODE((root / "new/er/c.txt").stat().st_mode) == 0o751


def test_a_move_alone_keeps_every_byte(root: Path) -> None:
    write_changes(root, [moved(root, "a.txt", "c.txt")])
    assert (root / "c.txt").read_bytes() == b"a\r\nb\n"
    assert sorted(each.name for each in root.iterdir()) == ["b.txt", "c.txt"]


def test_what_is_at_the_new_place_is_not_overwritten(root: Path) -> None:
    assert refused(root, moved(root, "a.txt", "b.txt")) == "b.txt: exists already"
    (root / "folder").mkdir()
    assert refused(root, moved(root, "a.txt", "folder")) == "folder: exists already"


def test_a_move_onto_itself_and_into_another_changes_place_is_refused(root: Path) -> None:
    (root / "alias").symlink_to(".")
    assert "exists already" in refused(root, moved(root, "a.txt", "alias/a.txt"))
    twice = (moved(root, "a.txt", "c.txt"), moved(root, "b.txt", "c.txt"))
    assert refused(root, *twice) == "c.txt: named twice in one set of changes"
    both = (file_change("c.txt", None, "x"), moved(root, "b.txt", "c.txt"))
    assert refused(root, *both) == "c.txt: named twice in one set of changes"


@pytest.mark.parametrize("target", ["../out.txt", "/etc/new", "out/new.txt"])
def test_a_move_out_of_the_workspace_is_refused(root: Path, target: str) -> None:
    (root / "out").symlink_to(root.parent)
    assert "the workspace" in refused(root, moved(root, "a.txt", target))


def test_a_link_is_not_moved(root: Path) -> None:
    (root / "link").symlink_to("a.txt")
    assert refused(root, moved(root, "link", "c.txt")) == "link: a symbolic link is not moved"
    (root / "dangling").symlink_to("nothing")
    assert "leads nowhere" in refused(root, moved(root, "a.txt", "dangling"))


def test_a_file_changed_since_it_was_shown_is_not_moved(root: Path) -> None:
    change = moved(root, "a.txt", "c.txt")
    (root / "a.txt").write_bytes(b"other\n")
    assert "changed since it was shown" in refused(root, change)


def test_a_file_below_another_is_refused(root: Path) -> None:
    assert refused(root, moved(root, "a.txt", "b.txt/c.txt")).startswith("b.txt/c.txt: ")
    assert refused(root, moved(root, "a.txt", "a.txt/c.txt")).startswith("a.txt/c.txt: ")


@pytest.mark.parametrize("failing", [1, 2, 3, 4, 5])
def test_a_failure_at_any_step_takes_moves_folders_and_edits_back(
    root: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """Counts what makes changes visible: links to new places, unlinks of old ones, renames."""
    changes = [
        moved(root, "a.txt", "deep/er/c.txt", "moved\n"),
        file_change("b.txt", "bee\n", "B\n"),
        file_change("fresh/d.txt", None, "dee\n"),
        file_change("e.txt", "eee\n", None),
    ]
    (root / "e.txt").write_bytes(b"eee\n")
    visible = {"a.txt", "b.txt", "c.txt", "d.txt", "e.txt"}
    count = 0

    def failing_call(real):
        def call(*args: object, **options: object) -> None:
            nonlocal count
            if args[-1] in visible:
                count += 1
                if count == failing:
                    raise OSError(28, "No space left on device")
            real(*args, **options)

        return call

    with monkeypatch.context() as patch:
        for name in ("link", "rename", "unlink"):
            patch.setattr(steps.os, name, failing_call(getattr(os, name)))
        message = refused(root, *changes)
    assert message.endswith("cannot be written: No space left on device")
    write_changes(root, changes)
    assert sorted(each.name for each in root.rglob("*.txt")) == ["b.txt", "c.txt", "d.txt"]


def test_an_interrupt_between_the_two_halves_of_a_move_undoes_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(root)
    real = os.unlink

    def interrupted(path: str, **options: int) -> None:
        if path == "a.txt":
            raise KeyboardInterrupt
        real(path, **options)

    monkeypatch.setattr(steps.os, "unlink", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_changes(root, [moved(root, "a.txt", "new/c.txt", "x\n")])
    assert tree(root) == before


def test_a_check_finds_what_a_write_would_and_writes_nothing(root: Path) -> None:
    before = tree(root.parent)
    check_changes(root, [moved(root, "a.txt", "new/c.txt", "x\n"), file_change("d", None, "y")])
    for bad in (file_change("b.txt", None, "x"), file_change("b.txt/c", None, "x")):
        with pytest.raises(EditError):
            check_changes(root, [bad])
    assert tree(root.parent) == before
