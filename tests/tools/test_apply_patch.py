from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_tui.edits.diff import apply_decisions
from codex_tui.edits.engine import TextEditor
from codex_tui.edits.patch.parts import PatchError, PatchFault
from codex_tui.edits.transaction import write_changes
from codex_tui.protocol.approvals import AcceptHunk
from codex_tui.protocol.changes import MOVE_HUNK_ID, ChangeKind
from codex_tui.protocol.errors import EditError, ToolError
from codex_tui.protocol.tools import AccessKind
from codex_tui.tools.apply_patch import ApplyPatch, ApplyPatchArguments
from codex_tui.tools.workspace import Workspace
from tests.tools.kit import Propose, Put, Read


def patch(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch"])


@pytest.fixture
def tool(workspace: Workspace) -> ApplyPatch:
    return ApplyPatch(workspace, TextEditor())


def fault(propose: Propose, text: str) -> PatchError:
    with pytest.raises(PatchError) as caught:
        propose("apply_patch", input=text)
    return caught.value


def tree(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def test_everything_in_one_patch_is_proposed_and_then_written(
    put: Put, propose: Propose, root: Path
) -> None:
    put("a.py", "".join(f"line {number}\n" for number in range(1, 31)))
    put("old.py", "o\n")
    put("b.py", "b\n")
    before = tree(root)
    changes = propose(
        "apply_patch",
        input=patch(
            *("*** Add File: sub/new.py", "+n"),
            *("*** Update File: a.py", "@@", "-line 3", "+three", "@@ line 20", "+more"),
            *(
                "*** Delete File: old.py",
                "*** Update File: b.py",
                "*** Move to: c/b.py",
                "-b",
                "+B",
            ),
        ),
    )
    assert [(each.path, each.kind, each.move_to) for each in changes] == [
        ("sub/new.py", ChangeKind.ADD, None),
        ("a.py", ChangeKind.MODIFY, None),
        ("old.py", ChangeKind.DELETE, None),
        ("b.py", ChangeKind.MODIFY, "c/b.py"),
    ]
    assert [len(each.hunks) for each in changes] == [1, 2, 1, 2]
    assert tree(root) == before, "a tool proposes, it does not write"
    write_changes(root, changes)
    after = tree(root)
    assert sorted(after) == ["a.py", "c/b.py", "sub/new.py"]
    assert (after["c/b.py"], after["sub/new.py"]) == (b"B\n", b"n\n")
    assert b"three\n" in after["a.py"]
    assert b"line 20\nmore\n" in after["a.py"]


def test_single_hunks_can_be_left_out(put: Put, propose: Propose, root: Path) -> None:
    put("a.py", "a\n" * 3 + "x\n" * 9 + "b\n")
    (change,) = propose(
        "apply_patch",
        input=patch("*** Update File: a.py", "*** Move to: b.py", "-a", "+A", "@@", "-b", "+B"),
    )
    assert [hunk.id for hunk in change.hunks] == [MOVE_HUNK_ID, "h1", "h2"]
    remaining = apply_decisions(change, {"h2": AcceptHunk()})
    assert remaining is not None
    write_changes(root, [remaining])
    assert tree(root) == {"a.py": b"a\n" * 3 + b"x\n" * 9 + b"B\n"}


@pytest.mark.parametrize(
    ("section", "words"),
    [
        (("*** Add File: there.py", "+x"), "there.py exists already"),
        (("*** Add File: folder", "+x"), "folder exists already"),
        (("*** Update File: missing.py", "-x"), "missing.py does not exist"),
        (("*** Update File: folder", "-x"), "folder is a directory"),
        (("*** Delete File: missing.py",), "missing.py does not exist"),
        (("*** Delete File: folder",), "folder is a directory"),
        (("*** Update File: there.py", "*** Move to: other.py"), "other.py exists already"),
        (("*** Update File: there.py", "*** Move to: folder"), "folder exists already"),
        (("*** Update File: binary", "-x"), "binary is binary"),
        (("*** Delete File: latin",), "latin is not UTF-8"),
        (("*** Add File: folder/", "+x"), "names a folder"),
        (("*** Add File: ../out.py", "+x"), "outside the workspace"),
        (("*** Delete File: /etc/hosts",), "outside the workspace"),
        (("*** Update File: there.py", "*** Move to: ../out.py"), "outside the workspace"),
        (("*** Update File: way-out", "-s"), "outside the workspace"),
        (("*** Add File: way-out-folder/x", "+s"), "outside the workspace"),
        (("*** Update File: there.py", "*** Move to: way-out"), "outside the workspace"),
        (("*** Delete File: link",), "link is a symbolic link to there.py"),
        (("*** Update File: link", "*** Move to: x"), "link is a symbolic link to there.py"),
        (("*** Add File: link", "+x"), "there.py exists already"),
        (("*** Add File: dangling", "+x"), "exists already"),
        (("*** Update File: there.py", "*** Move to: dangling"), "exists already"),
    ],
)
def test_files_that_cannot_be_patched_so_are_named(
    put: Put, propose: Propose, root: Path, tmp_path: Path, section: tuple[str, ...], words: str
) -> None:
    (tmp_path / "secret").write_text("s\n")
    for name, content in {
        "there.py": b"x\n",
        "other.py": b"o\n",
        "folder/in": b"i\n",
        "binary": b"x\0\n",
        "latin": b"x\xe9\n",
    }.items():
        put(name, content)
    (root / "way-out").symlink_to(tmp_path / "secret")
    (root / "way-out-folder").symlink_to(tmp_path)
    (root / "link").symlink_to("there.py")
    (root / "dangling").symlink_to("nothing")
    error = fault(propose, patch("*** Add File: good.py", "+x", *section))
    assert error.fault is PatchFault.FILE
    assert words in error.message


@pytest.mark.parametrize(
    "sections",
    [
        ("*** Update File: a", "-x", "*** Delete File: a"),
        ("*** Update File: a", "-x", "*** Update File: ./sub/../a", "-y"),
        ("*** Update File: a", "-x", "*** Update File: link", "-y"),
        ("*** Update File: a", "*** Move to: c", "*** Update File: b", "*** Move to: c"),
        ("*** Add File: c", "+x", "*** Update File: a", "*** Move to: sub/../c"),
        ("*** Update File: a", "-x", "+new", "*** Update File: a", "-new", "+newer"),
        ("*** Delete File: a", "*** Add File: a", "+new"),
        ("*** Add File: c", "+x", "*** Update File: c", "-x", "+y"),
    ],
)
def test_a_file_named_twice_is_refused(
    put: Put, propose: Propose, root: Path, sections: tuple[str, ...]
) -> None:
    for name in ("a", "b", "sub/s"):
        put(name, "x\ny\n")
    (root / "link").symlink_to("a")
    error = fault(propose, patch(*sections))
    assert error.fault is PatchFault.FORMAT
    assert "named twice" in error.message


def test_a_link_that_leads_nowhere_is_not_written_through(propose: Propose, root: Path) -> None:
    (root / "link").symlink_to("nowhere")
    error = fault(propose, patch("*** Add File: link", "+x"))
    assert error.message == "The symbolic link link exists already; a patch does not overwrite it."


def test_an_update_through_a_link_keeps_the_link(put: Put, propose: Propose, root: Path) -> None:
    put("a", "x\n")
    (root / "link").symlink_to("a")
    changes = propose("apply_patch", input=patch("*** Update File: link", "-x", "+y"))
    assert changes[0].path == "a"
    write_changes(root, changes)
    assert (root / "link").is_symlink()
    assert (root / "a").read_text() == "y\n"


def test_a_move_onto_itself_is_an_update(put: Put, propose: Propose, root: Path) -> None:
    put("a", "x\n")
    text = patch("*** Update File: a", "*** Move to: ./a", "-x", "+y")
    (change,) = propose("apply_patch", input=text)
    assert change.move_to is None
    write_changes(root, [change])
    assert tree(root) == {"a": b"y\n"}
    error = fault(propose, patch("*** Update File: a", "*** Move to: a"))
    assert "leaves this file as it is" in error.message


@pytest.mark.parametrize("lines", [(" x",), ("-x", "+x")])
def test_a_patch_that_changes_nothing_is_refused(
    put: Put, propose: Propose, lines: tuple[str, ...]
) -> None:
    put("a", "x\n")
    error = fault(propose, patch("*** Update File: a", *lines))
    assert (error.fault, error.message[:3]) == (PatchFault.MATCH, "a: ")


def test_absolute_paths_inside_the_workspace_are_taken(
    put: Put, propose: Propose, root: Path
) -> None:
    put("a", "x\n")
    (change,) = propose("apply_patch", input=patch(f"*** Update File: {root}/a", "-x", "+y"))
    assert change.path == "a"


def test_a_file_changed_since_it_was_read_is_refused(
    put: Put, propose: Propose, read: Read
) -> None:
    put("a", "x\n")
    read("read_file", path="a")
    put("a", "x\nmore\n")
    for section in (("*** Update File: a", "-x"), ("*** Delete File: a",)):
        assert "a changed since it was read" in fault(propose, patch(*section)).message


def test_a_secret_file_is_not_quoted_before_it_was_read(
    put: Put, propose: Propose, read: Read
) -> None:
    put(".env", "TOKEN=hunter2\n")
    text = patch("*** Update File: .env", "-TOKEN=hunter1", "+TOKEN=x")
    error = fault(propose, text)
    assert "may hold secrets and was not read" in error.message
    assert "hunter2" not in str(error)
    read("read_file", path=".env")
    assert fault(propose, text).fault is PatchFault.MATCH


def test_text_that_could_not_be_read_again_is_refused(propose: Propose) -> None:
    with pytest.raises(ToolError, match="holds a NUL character"):
        propose("apply_patch", input=patch("*** Add File: a", "+x\0"))


def test_every_path_is_judged_move_targets_included(tool: ApplyPatch) -> None:
    text = patch(
        *("*** Add File: a", "+x", "*** Delete File: .git/b"),
        *("*** Update File: c", "*** Move to: ../d", "*** Update File: .env", "-x"),
    )
    accesses = tool.accesses(ApplyPatchArguments(input=text))
    assert {access.kind for access in accesses} == {AccessKind.WRITE}
    facts = [(each.path.rpartition("/")[2], each.outside, each.protected) for each in accesses]
    assert facts == [
        ("a", False, False),
        ("b", False, True),
        ("c", False, False),
        ("d", True, False),
        (".env", False, False),
    ]
    assert accesses[-1].secret


def test_titles_name_the_first_file_and_count_the_rest(tool: ApplyPatch) -> None:
    one, two = ("*** Delete File: a\x1b.py",), ("*** Add File: b",)
    assert tool.title(ApplyPatchArguments(input=patch(*one))) == "a\\x1b.py"
    assert tool.title(ApplyPatchArguments(input=patch(*two, *one))) == "b and 1 more"
    assert tool.title(ApplyPatchArguments(input="garbage")) == "a malformed patch"


def test_a_truncated_call_is_refused_before_any_file_is_looked_at(
    tool: ApplyPatch, propose: Propose
) -> None:
    whole = json.dumps({"input": patch("*** Delete File: a")})
    with pytest.raises(ToolError, match="the arguments do not fit"):
        tool.parse(whole[:-5])
    cut = patch("*** Delete File: a").removesuffix("\n*** End Patch")
    with pytest.raises(EditError, match="cut off"):
        tool.accesses(ApplyPatchArguments(input=cut))
    assert "cut off" in fault(propose, cut).message


def test_the_example_for_the_model_is_a_patch_that_applies(
    put: Put, propose: Propose, tool: ApplyPatch
) -> None:
    put(
        "app/greet.py",
        "class Greeter:\n    def hello(self):\n        name = self.name\n"
        '        return "Hi " + name\n',
    )
    put("app/old.py", "x\n")
    example = tool.description[tool.description.index("*** Begin Patch\n***") :]
    changed, gone = propose("apply_patch", input=example)
    assert changed.after is not None
    assert changed.after.endswith('        return f"Hello, {name}!"\n')
    assert gone.kind is ChangeKind.DELETE


pieces = st.sampled_from(
    [
        *("*** Add File: new", "*** Update File: a", "*** Update File: ../a", "*** Delete File: a"),
        *("*** Move to: b", "*** Move to: a", "*** Add File: a/b/", "*** Update File: ."),
        *("@@", "@@ x", "*** End of File", " x", "-x", "+y", "", "*** Delete File: " + "n" * 300),
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(pieces | st.text(max_size=6), max_size=10))
def test_whatever_a_patch_says_proposing_it_writes_nothing(
    put: Put, propose: Propose, root: Path, lines: list[str]
) -> None:
    put("a", "x\ny\n")
    before = tree(root)
    try:
        changes = propose("apply_patch", input=patch(*lines))
    except (EditError, ToolError) as error:
        error.message.encode()
    else:
        assert changes
        assert all(each.hunks for each in changes)
    assert tree(root) == before
