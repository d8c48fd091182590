from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.edits.patch.parse import parse_patch
from codex_tui.edits.patch.parts import (
    AddedFile,
    DeletedFile,
    PatchError,
    PatchFault,
    PatchHunk,
    PatchLine,
    UpdatedFile,
)


def patch(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch"])


def hunk(*lines: str, number: int = 1, line_number: int = 3, **more: object) -> PatchHunk:
    return PatchHunk(
        number=number,
        line_number=line_number,
        lines=tuple(PatchLine(tag=line[0], text=line[1:]) for line in lines),
        **{"headers": (), "at_end": False, **more},
    )


def only_hunk(*lines: str) -> PatchHunk:
    (file,) = parse_patch(patch("*** Update File: a", *lines))
    assert isinstance(file, UpdatedFile)
    (found,) = file.hunks
    return found


def fault(text: str) -> str:
    with pytest.raises(PatchError) as caught:
        parse_patch(text)
    assert caught.value.fault is PatchFault.FORMAT
    return caught.value.message


def test_all_kinds_of_sections() -> None:
    text = patch(
        "*** Add File: new/a.py",
        "+one",
        "+",
        "+ two",
        "*** Delete File: old.py",
        "*** Update File: b.py",
        "*** Move to: c.py",
        "@@ def f():",
        " x",
        "-y",
        "+z",
        "@@",
        "+end",
        "*** End of File",
        "*** Add File: empty",
    )
    assert parse_patch(text) == (
        AddedFile(path="new/a.py", text="one\n\n two\n"),
        DeletedFile(path="old.py"),
        UpdatedFile(
            path="b.py",
            move_to="c.py",
            hunks=(
                hunk(" x", "-y", "+z", headers=("def f():",), line_number=9),
                hunk("+end", number=2, line_number=13, at_end=True),
            ),
        ),
        AddedFile(path="empty", text=""),
    )


def test_the_first_hunk_may_begin_without_its_mark() -> None:
    assert only_hunk(" a", "-b") == hunk(" a", "-b")


def test_stacked_headers_narrow_a_hunk_down() -> None:
    assert only_hunk("@@ class A", "@@   def f():", "@@", "-x").headers == ("class A", "def f():")


def test_an_empty_line_is_an_empty_line_that_stays() -> None:
    assert only_hunk("@@", " a", "", "-b") == hunk(" a", " ", "-b")


def test_a_line_without_a_sign_is_a_line_that_stays() -> None:
    assert only_hunk("@@", "def f():", "-    x", "\ty") == hunk(" def f():", "-    x", " \ty")


def test_empty_lines_before_a_hunk_and_after_one_that_only_adds_are_gaps() -> None:
    assert only_hunk("", "@@", "+a", "", "+b", "", "") == hunk("+a", " ", "+b", line_number=4)


def test_lines_that_look_like_markers_stay_text_behind_a_sign() -> None:
    lines = ["+*** End Patch", " @@ x", "-*** Update File: b", "+@@"]
    assert only_hunk("@@", *lines) == hunk(*lines)


@pytest.mark.parametrize(
    "text",
    [
        "  *** Begin Patch \n*** Delete File: a\n *** End Patch  ",
        "\n\n*** Begin Patch\n*** Delete File: a\n*** End Patch\n\n",
        "*** Begin Patch\n   *** Delete File: a   \n\n*** End Patch",
        "*** Begin Patch\r\n*** Delete File: a\r\n*** End Patch\r\n",
        "\ufeff*** Begin Patch\n*** Delete File: a\n*** End Patch",
        "<<EOF\n*** Begin Patch\n*** Delete File: a\n*** End Patch\nEOF",
        "<<'EOF'\n*** Begin Patch\n*** Delete File: a\n*** End Patch\nEOF\n",
        '<<"EOF"\n\n*** Begin Patch\n*** Delete File: a\n*** End Patch\nEOF',
    ],
)
def test_what_is_around_the_patch_does_not_matter(text: str) -> None:
    assert parse_patch(text) == (DeletedFile(path="a"),)


def test_a_patch_with_crlf_loses_its_carriage_returns_and_no_more() -> None:
    text = patch("*** Update File: a", "@@ h", "-b", "+c\rd").replace("\n", "\r\n")
    (file,) = parse_patch(text)
    assert file == UpdatedFile(path="a", move_to=None, hunks=(hunk("-b", "+c\rd", headers=("h",)),))


def test_a_padded_header_after_a_finished_hunk_is_a_header() -> None:
    text = patch("*** Update File: a", "@@", "-x", "*** End of File", "  *** Delete File: b ")
    assert parse_patch(text)[1] == DeletedFile(path="b")


def test_a_move_needs_no_hunk() -> None:
    text = patch("*** Update File: a", "*** Move to: b")
    assert parse_patch(text) == (UpdatedFile(path="a", move_to="b", hunks=()),)


HEADERS = "*** Add File: PATH, *** Delete File: PATH or *** Update File: PATH"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the patch is empty"),
        (" \n\n", "the patch is empty"),
        ("*** Begin Patch", "*** End Patch is missing"),
        ("*** Begin Patch\n*** Delete File: a", "*** End Patch is missing at the end"),
        ("*** Begin Patch\n*** End Patch\nthat was it", "line 3: nothing may follow *** End Patch"),
        ("Here it is:\n*** Begin Patch\n*** End Patch", "line 1: *** Begin Patch is missing"),
        ("<<EOF\n*** Begin Patch\n*** Delete File: a\n*** End Patch", "no EOF line"),
        ("<<'EOF\"\n*** Begin Patch\n*** End Patch\nEOF", "line 1: *** Begin Patch is missing"),
        (patch(), "no files were modified"),
        (patch("*** Rename File: a"), f"line 2: expected {HEADERS}, not: *** Rename File: a"),
        (patch("*** Delete File: a", "-x"), f"line 3: expected {HEADERS}, not: -x"),
        (patch("*** Add File: a", "+x", "", "+y"), "line 5: expected"),
        (patch("*** Add File: a", "+x", "", "+y"), "every line begins with +"),
        (patch("*** Add File:"), "line 2: no path follows *** Add File:"),
        (patch("*** Update File: a", "*** Move to:  ", "@@", "-x"), "line 3: no path follows"),
        (patch("*** Update File: a"), "line 2: the update of a has no hunk"),
        (patch("*** Update File: a", "@@", "*** Delete File: b"), "line 3: hunk 1 of a is empty"),
        (patch("*** Update File: a", "*** End of File"), "line 3: hunk 1 of a is empty"),
        (
            patch("*** Update File: a", "-x", "*** End of File", "-y"),
            "line 5: expected @@ before hunk 2 of a, not: -y",
        ),
        (patch("*** Update File: a", "-x", "*** Frob"), "line 4: expected *** Add"),
        (patch("*** Delete File: a", "*** End Patch", "*** Begin Patch"), "line 3: expected"),
    ],
)
def test_a_malformed_patch_is_refused_with_its_line(text: str, words: str) -> None:
    assert words in fault(text)


def test_control_characters_of_a_patch_do_not_reach_the_message() -> None:
    assert "\x1b" not in fault(patch("\x1b]0;title\x07"))


@given(st.data())
def test_a_patch_cut_off_anywhere_is_never_read(data: st.DataObject) -> None:
    whole = patch("*** Add File: a", "+x", "*** Update File: b", "@@ h", " c", "-d", "+e")
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    fault(cut)
    fault(f"<<EOF\n{cut}")
    fault(f"<<EOF\n{whole}\nEO")


pieces = st.sampled_from(
    [
        *("*** Begin Patch", "*** End Patch", "*** Add File: a", "*** Update File: b", "<<EOF"),
        *("EOF", "*** Move to: c", "*** Delete File: d", "@@", "@@ h", "*** End of File"),
        *("", " x", "-y", "+z", "*** ", "***", "@", "\r", "\t", "é\x00\ud800"),
    ]
)


@given(st.lists(pieces | st.text(max_size=8), max_size=20).map("\n".join))
def test_garbage_is_read_or_refused(text: str) -> None:
    try:
        files = parse_patch(text)
    except PatchError as error:
        error.message.encode()
    else:
        assert files
