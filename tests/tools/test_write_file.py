from __future__ import annotations

from pathlib import Path

import pytest

from codex_tui.edits.transaction import write_changes
from codex_tui.protocol.changes import ChangeKind
from codex_tui.protocol.errors import EditError, ToolError
from codex_tui.tools.workspace import Workspace
from tests.tools.kit import Propose, Put, Read


def test_a_new_file_in_a_new_folder(propose: Propose, root: Path) -> None:
    (change,) = propose("write_file", path="a/b/c.py", content="x = 1\r\n")
    assert (change.path, change.kind) == ("a/b/c.py", ChangeKind.ADD)
    assert (change.before, change.before_hash) == (None, "")
    assert not (root / "a").exists(), "a tool proposes, it does not write"
    write_changes(root, [change])
    assert (root / "a/b/c.py").read_bytes() == b"x = 1\r\n"


def test_an_empty_new_file(propose: Propose, root: Path) -> None:
    (change,) = propose("write_file", path="empty", content="")
    assert (change.kind, change.after) == (ChangeKind.ADD, "")


def test_an_existing_file_must_have_been_read(put: Put, propose: Propose, read: Read) -> None:
    put("a", "old\n")
    with pytest.raises(ToolError, match="a exists and was not read in this session") as caught:
        propose("write_file", path="a", content="new\n")
    assert "read_file" in str(caught.value)
    read("read_file", path="a")
    (change,) = propose("write_file", path="a", content="new\n")
    assert (change.kind, change.before, change.after) == (ChangeKind.MODIFY, "old\n", "new\n")


def test_a_file_that_was_written_counts_as_read(
    put: Put, propose: Propose, workspace: Workspace
) -> None:
    (change,) = propose("write_file", path="a", content="one\n")
    put("a", "one\n")
    workspace.note_seen(change.path, change.after_hash)
    assert propose("write_file", path="a", content="two\n")[0].before == "one\n"


def test_a_file_changed_since_it_was_read_is_refused(
    put: Put, propose: Propose, read: Read
) -> None:
    put("a", "old\n")
    read("read_file", path="a")
    put("a", "newer\n")
    with pytest.raises(ToolError, match="a changed since it was read"):
        propose("write_file", path="a", content="new\n")


def test_identical_content_is_refused(put: Put, propose: Propose, read: Read) -> None:
    put("a", "same\n")
    read("read_file", path="a")
    with pytest.raises(EditError, match="a already has exactly this content"):
        propose("write_file", path="a", content="same\n")


def test_a_secret_that_exists_is_not_compared_before_it_was_read(
    put: Put, propose: Propose
) -> None:
    put(".env", "guess\n")
    with pytest.raises(ToolError, match="was not read in this session"):
        propose("write_file", path=".env", content="guess\n")


@pytest.mark.parametrize("path", [".", "new/", "src"])
def test_a_folder_is_refused(put: Put, propose: Propose, path: str) -> None:
    put("src/a")
    with pytest.raises(ToolError, match=r"folder|directory"):
        propose("write_file", path=path, content="x")


@pytest.mark.parametrize("path", ["a\nb", "\x1b[31mred", "a\x7f", "a\u2028b"])
def test_control_characters_in_a_new_name_are_refused(propose: Propose, path: str) -> None:
    with pytest.raises(ToolError, match="holds control characters"):
        propose("write_file", path=path, content="x")


def test_outside_is_refused(propose: Propose, root: Path, tmp_path: Path) -> None:
    (root / "out").symlink_to(tmp_path)
    for path in ("../new", str(tmp_path / "new"), "out/new"):
        with pytest.raises(ToolError, match="outside the workspace; nothing is written"):
            propose("write_file", path=path, content="x")


def test_a_dangling_link_out_is_outside(propose: Propose, root: Path, tmp_path: Path) -> None:
    (root / "link").symlink_to(tmp_path / "planted")
    with pytest.raises(ToolError, match="outside the workspace"):
        propose("write_file", path="link", content="x")


def test_a_pipe_is_not_replaced(propose: Propose, fifo: Path) -> None:
    with pytest.raises(ToolError, match="a named pipe"):
        propose("write_file", path="pipe", content="x")


def test_binary_content_is_refused(propose: Propose) -> None:
    with pytest.raises(ToolError, match="holds a NUL character"):
        propose("write_file", path="a", content="a\0b")


def test_a_truncated_call_is_never_parsed(propose: Propose, workspace: Workspace) -> None:
    from codex_tui.edits.engine import TextEditor
    from codex_tui.tools.write_file import WriteFile

    tool = WriteFile(workspace, TextEditor())
    for cut in ('{"path": "a", "content": "half', '{"path": "a"}', "", "[]", "null"):
        with pytest.raises(ToolError, match="the arguments do not fit"):
            tool.parse(cut)


def test_a_file_of_which_only_parts_were_read_is_not_replaced(
    put: Put, propose: Propose, read: Read
) -> None:
    put("a.txt", "".join(f"{number}\n" for number in range(1, 11)))
    read("read_file", path="a.txt", limit=4)
    with pytest.raises(ToolError, match=r"Only parts of a\.txt were read"):
        propose("write_file", path="a.txt", content="new\n")
    read("read_file", path="a.txt", offset=5)
    (change,) = propose("write_file", path="a.txt", content="new\n")
    assert change.after == "new\n"


def test_a_line_that_was_cut_counts_as_not_read(put: Put, propose: Propose, read: Read) -> None:
    put("a.txt", "x" * 5_000 + "\n")
    read("read_file", path="a.txt")
    with pytest.raises(ToolError, match=r"Only parts of a\.txt were read"):
        propose("write_file", path="a.txt", content="new\n")
