from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from codex_tui.protocol.errors import ToolError
from codex_tui.tools.read_file import ReadFile, ReadFileArguments

if TYPE_CHECKING:
    from pathlib import Path

    from codex_tui.tools.workspace import Workspace
    from tests.tools.kit import Put, Read


def test_lines_come_with_number_and_tab(put: Put, read: Read, workspace: Workspace) -> None:
    file = put("a.py", "def f():\n\treturn 1\n")
    output = read("read_file", path="a.py")
    assert output.content == "1\tdef f():\n2\t\treturn 1"
    assert output.summary == "2 lines"
    assert workspace.seen_hash("a.py") == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_part_says_which_lines_and_how_to_go_on(
    put: Put, read: Read, workspace: Workspace
) -> None:
    file = put("a", "".join(f"line {number}\n" for number in range(1, 11)))
    output = read("read_file", path="a", offset=3, limit=2)
    assert output.content == "3\tline 3\n4\tline 4\n[Lines 3-4 of 10. Go on with offset=5.]"
    assert output.summary == "2 of 10 lines"
    assert workspace.seen_hash("a") == hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_last_part_does_not_offer_more(put: Put, read: Read) -> None:
    put("a", "1\n2\n3\n")
    assert read("read_file", path="a", offset=3).content == "3\t3\n[Lines 3-3 of 3.]"


def test_two_thousand_lines_at_most_whatever_limit_says(put: Put, read: Read) -> None:
    put("a", "x\n" * 5_321)
    output = read("read_file", path="a", limit=99_999)
    lines = output.content.split("\n")
    assert lines[-2:] == ["2000\tx", "[Lines 1-2000 of 5,321. Go on with offset=2001.]"]


def test_fifty_kilobytes_at_most_and_the_offset_is_exact(put: Put, read: Read) -> None:
    text = "".join(f"{number}:{'ä' * 500}\n" for number in range(1, 201))
    put("a", text)
    seen: list[str] = []
    offset = 1
    while offset:
        *lines, remark = read("read_file", path="a", offset=offset).content.split("\n")
        seen += [line.partition("\t")[2] for line in lines]
        offset = int(remark.partition("offset=")[2].rstrip(".]") or 0)
    assert "\n".join(seen) + "\n" == text
    first = read("read_file", path="a").content
    assert first.endswith("[Lines 1-49 of 200 (cut at 50 KB). Go on with offset=50.]")


def test_a_huge_line_is_cut_and_named(put: Put, read: Read) -> None:
    put("a.js", f"short\n{'x' * 1_000_000}\n")
    content = read("read_file", path="a.js").content
    assert content.split("\n")[:2] == ["1\tshort", f"2\t{'x' * 2_000}…"]
    assert '[Cut to 2,000 characters, "…" at the cut: line 2. search shows' in content


def test_many_huge_lines_still_fit(put: Put, read: Read) -> None:
    put("a", ("y" * 3_000 + "\n") * 300)
    content = read("read_file", path="a").content
    assert "line 1, 2, 3, 4, 5, …." in content
    assert "(cut at 50 KB). Go on with offset=25.]" in content


def test_an_empty_file_is_said_to_be(put: Put, read: Read, workspace: Workspace) -> None:
    put("a")
    assert read("read_file", path="a").content == "[a is empty.]"
    assert workspace.seen_hash("a") is not None


def test_an_offset_past_the_end_names_the_line_count(put: Put, read: Read) -> None:
    put("a", "1\n2\n")
    with pytest.raises(ToolError, match=r"a has 2 lines; offset 3 is past its end"):
        read("read_file", path="a", offset=3)


@pytest.mark.parametrize("arguments", [{"offset": 0}, {"limit": 0}, {"offset": "1"}, {"lines": 3}])
def test_bad_arguments_are_named(put: Put, read: Read, arguments: dict[str, object]) -> None:
    put("a", "x")
    with pytest.raises(ToolError, match=f"arguments do not fit: {next(iter(arguments))}"):
        read("read_file", path="a", **arguments)


def test_crlf_is_said_and_not_shown(put: Put, read: Read) -> None:
    put("a", "1\r\n2\r\n")
    assert read("read_file", path="a").content == "1\t1\n2\t2\n[Lines end in CRLF.]"


def test_mixed_line_ends_are_counted(put: Put, read: Read) -> None:
    put("a", "1\r\n2\n3\n")
    assert read("read_file", path="a").content.endswith("[1 of 3 lines end in CRLF.]")


def test_a_byte_order_mark_is_said_and_not_shown(put: Put, read: Read) -> None:
    put("a", "\ufeffx\n")
    assert read("read_file", path="a").content == (
        "1\tx\n[The file begins with a byte-order mark, which edits keep.]"
    )


def test_a_missing_last_line_end_is_said(put: Put, read: Read) -> None:
    put("a", "x")
    assert read("read_file", path="a").content == "1\tx\n[The last line has no line end.]"


def test_only_line_feeds_split_lines(put: Put, read: Read) -> None:
    put("a", "a\rb\x0cc\u2028d\x85e\n")
    assert read("read_file", path="a").content == "1\ta\rb\x0cc\u2028d\x85e"


def test_a_directory_points_to_list_files(put: Put, read: Read) -> None:
    put("src/a")
    with pytest.raises(ToolError, match="src is a directory") as caught:
        read("read_file", path="src")
    assert "list_files" in str(caught.value)


def test_a_file_that_cannot_be_read_is_not_seen(put: Put, read: Read, workspace: Workspace) -> None:
    put("a", b"\0")
    with pytest.raises(ToolError, match="binary"):
        read("read_file", path="a")
    assert workspace.seen_hash("a") is None


def test_hostile_names_can_be_read(put: Put, read: Read) -> None:
    put("a\nb\x1b]0;x\x07", "fine\n")
    assert read("read_file", path="a\nb\x1b]0;x\x07").content == "1\tfine"


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        ({}, "a.py"),
        ({"offset": 20}, "a.py:20-"),
        ({"offset": 20, "limit": 5}, "a.py:20-24"),
        ({"limit": 99_999}, "a.py"),
    ],
)
def test_titles(workspace: Workspace, arguments: dict[str, int], title: str) -> None:
    assert ReadFile(workspace).title(ReadFileArguments(path="a.py", **arguments)) == title


def test_a_file_with_a_surrogate_in_its_escaped_name_is_not_opened(root: Path, read: Read) -> None:
    (root / os.fsdecode(b"caf\xe9")).write_text("x")
    with pytest.raises(ToolError, match=r"does not exist"):
        read("read_file", path="caf\\xe9")
