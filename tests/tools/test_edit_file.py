from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from codex_tui.edits.engine import TextEditor
from codex_tui.edits.transaction import write_changes
from codex_tui.protocol.changes import ChangeKind
from codex_tui.protocol.errors import EditError, ToolError
from codex_tui.protocol.tools import AccessKind
from codex_tui.tools.edit_file import Edit, EditFile, EditFileArguments
from codex_tui.tools.workspace import Workspace
from tests.tools.kit import Propose, Put, Read


def edit(old: str, new: str, **more: object) -> dict[str, object]:
    return {"old": old, "new": new, **more}


def test_two_places_in_one_call_are_two_hunks(put: Put, propose: Propose, root: Path) -> None:
    text = "".join(f"line {number}\n" for number in range(1, 31))
    file = put("src/a.py", text)
    (change,) = propose(
        "edit_file", path="src/a.py", edits=[edit("line 3\n", "three\n"), edit("line 27\n", "")]
    )
    assert (change.path, change.kind, len(change.hunks)) == ("src/a.py", ChangeKind.MODIFY, 2)
    assert change.before == text
    assert change.before_hash == hashlib.sha256(file.read_bytes()).hexdigest()
    assert file.read_text() == text, "a tool proposes, it does not write"
    write_changes(root, [change])
    assert file.read_text() == text.replace("line 3\n", "three\n").replace("line 27\n", "")


def test_edits_build_on_each_other(put: Put, propose: Propose) -> None:
    put("a", "one\n")
    (change,) = propose("edit_file", path="a", edits=[edit("one", "two"), edit("two", "three")])
    assert change.after == "three\n"


def test_one_edit_that_does_not_fit_stops_all(put: Put, propose: Propose) -> None:
    put("a", "one\n")
    with pytest.raises(EditError, match="Edit 2 of 2 does not fit, none was made: a: ") as caught:
        propose("edit_file", path="a", edits=[edit("one", "two"), edit("missing", "x")])
    assert "not in the file" in caught.value.message


def test_a_single_misfit_is_told_in_the_editors_words(put: Put, propose: Propose) -> None:
    put("a", "x\nx\n")
    with pytest.raises(EditError, match=r"^a: the old text occurs 2 times"):
        propose("edit_file", path="a", edits=[edit("x", "y")])


def test_replace_all_is_handed_on(put: Put, propose: Propose) -> None:
    put("a", "x\nx\n")
    (change,) = propose("edit_file", path="a", edits=[edit("x", "y", replace_all=True)])
    assert change.after == "y\ny\n"


def test_edits_that_cancel_out_are_refused(put: Put, propose: Propose) -> None:
    put("a", "x\n")
    with pytest.raises(EditError, match="leave a as it is"):
        propose("edit_file", path="a", edits=[edit("x", "y"), edit("y", "x")])


def test_no_edits_are_refused(put: Put, propose: Propose) -> None:
    put("a", "x\n")
    with pytest.raises(ToolError, match=r"arguments do not fit: edits"):
        propose("edit_file", path="a", edits=[])


def test_misspelt_arguments_are_named(put: Put, propose: Propose) -> None:
    put("a", "x\n")
    with pytest.raises(ToolError, match=r"edits\.0\.old: .*edits\.0\.old_string: "):
        propose("edit_file", path="a", edits=[{"old_string": "x", "new": "y"}])


def test_a_file_changed_since_it_was_read_is_refused_until_read_again(
    put: Put, propose: Propose, read: Read
) -> None:
    put("a", "x\n")
    read("read_file", path="a")
    put("a", "x\nmore\n")
    with pytest.raises(ToolError, match="a changed since it was read"):
        propose("edit_file", path="a", edits=[edit("x", "y")])
    read("read_file", path="a")
    assert propose("edit_file", path="a", edits=[edit("x", "y")])[0].after == "y\nmore\n"


def test_the_check_sees_through_links(put: Put, propose: Propose, read: Read, root: Path) -> None:
    put("a", "x\n")
    (root / "link").symlink_to("a")
    read("read_file", path="link")
    put("a", "x2\n")
    with pytest.raises(ToolError, match="a changed since it was read"):
        propose("edit_file", path="a", edits=[edit("x", "y")])


def test_a_change_through_a_link_names_its_target(put: Put, propose: Propose, root: Path) -> None:
    put("a", "x\n")
    (root / "link").symlink_to("a")
    (change,) = propose("edit_file", path="link", edits=[edit("x", "y")])
    assert change.path == "a"
    write_changes(root, [change])
    assert (root / "link").is_symlink()
    assert (root / "a").read_text() == "y\n"


def test_outside_is_refused(propose: Propose, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "out.txt"
    outside.write_text("x\n")
    (root / "link").symlink_to(outside)
    for path in ("../out.txt", str(outside), "link"):
        with pytest.raises(ToolError, match="outside the workspace; nothing is written"):
            propose("edit_file", path=path, edits=[edit("x", "y")])


def test_a_secret_file_is_not_edited_before_it_was_read(
    put: Put, propose: Propose, read: Read
) -> None:
    put(".env", "TOKEN=hunter2\n")
    with pytest.raises(ToolError, match="may hold secrets and was not read") as caught:
        propose("edit_file", path=".env", edits=[edit("TOKEN=hunter1", "TOKEN=x")])
    assert "hunter2" not in str(caught.value), "a miss must not show what was not approved"
    read("read_file", path=".env")
    assert propose("edit_file", path=".env", edits=[edit("hunter2", "x")])[0].after == "TOKEN=x\n"


@pytest.mark.parametrize(
    ("data", "words"), [(b"\0x", "binary"), (b"x\xe9", "not UTF-8"), (None, "does not exist")]
)
def test_what_is_no_text_file_is_refused(
    put: Put, propose: Propose, data: bytes | None, words: str
) -> None:
    if data is not None:
        put("a", data)
    with pytest.raises(ToolError, match=words):
        propose("edit_file", path="a", edits=[edit("x", "y")])


def test_text_that_would_make_the_file_binary_is_refused(put: Put, propose: Propose) -> None:
    put("a", "x\n")
    with pytest.raises(ToolError, match="holds a NUL character"):
        propose("edit_file", path="a", edits=[edit("x", "\0")])


def test_mark_and_line_ends_are_kept(put: Put, propose: Propose) -> None:
    put("a", "\ufeffone\r\ntwo\r\n")
    (change,) = propose("edit_file", path="a", edits=[edit("one\ntwo", "one\nand\ntwo")])
    assert change.after == "\ufeffone\r\nand\r\ntwo\r\n"


def test_titles_and_access(workspace: Workspace) -> None:
    tool = EditFile(workspace, TextEditor())
    one, two = Edit(old="a", new="b"), Edit(old="c", new="d")
    assert tool.title(EditFileArguments(path="a.py", edits=[one])) == "a.py"
    assert tool.title(EditFileArguments(path="a.py", edits=[one, two])) == "a.py (2 edits)"
    (access,) = tool.accesses(EditFileArguments(path=".git/config", edits=[one]))
    assert (access.kind, access.path, access.protected) == (AccessKind.WRITE, ".git/config", True)
