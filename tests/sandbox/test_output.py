"""Outputs of any size and content, kept within bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.protocol.display import display_safe
from codex_tui.sandbox.output import LiveOutput, OutputKeeper, OutputLimits, plain_text

LIMITS = OutputLimits(head_bytes=20, tail_bytes=30, file_bytes=100, live_bytes=40)


def kept(tmp_path, *chunks: bytes):
    keeper = OutputKeeper(LIMITS, lambda: tmp_path / "all")
    for chunk in chunks:
        keeper.take(chunk)
    return keeper.finish()


@pytest.mark.parametrize("size", [0, 1, 19, 20, 21, 49, 50])
def test_what_fits_is_kept_whole_without_a_file(tmp_path, size):
    output = kept(tmp_path, *[b"x"] * size)
    assert (output.head, output.tail) == ("x" * size, "")
    assert (output.total_bytes, output.left_out_bytes, output.file) == (size, 0, None)
    assert list(tmp_path.iterdir()) == []


def test_of_what_is_longer_whole_lines_of_both_ends_are_kept(tmp_path):
    text = b"".join(b"line %d\n" % number for number in range(10))
    output = kept(tmp_path, text[:7], text[7:50], text[50:])
    assert output.head == "line 0\nline 1\n"
    assert output.tail == "line 6\nline 7\nline 8\nline 9\n"
    assert output.left_out_bytes == len(text) - len(output.head) - len(output.tail)
    assert output.file is not None
    assert output.file.read_bytes() == text


def test_a_cut_is_never_within_a_character(tmp_path):
    for shift in range(4):
        output = kept(tmp_path, b"x" * shift + "日本語のテキスト".encode() * 9)
        assert "�" not in output.head + output.tail
        (tmp_path / "all").unlink()


def test_the_file_ends_at_its_cap_and_says_how_much_it_holds(tmp_path):
    output = kept(tmp_path, b"a" * 60, b"b" * 60, b"c" * 60)
    assert output.file is not None
    assert output.file.read_bytes() == b"a" * 60 + b"b" * 40
    assert (output.file_bytes, output.total_bytes) == (100, 180)


def test_a_file_that_cannot_be_written_costs_nothing_but_the_file(tmp_path):
    keeper = OutputKeeper(LIMITS, lambda: tmp_path / "missing" / "all")
    keeper.take(b"x" * 200)
    output = keeper.finish()
    assert (output.file, output.file_fault) == (None, "No such file or directory")
    assert (output.head, output.tail) == ("x" * 20, "x" * 30)


def test_a_full_disk_is_told(tmp_path):
    keeper = OutputKeeper(LIMITS, lambda: tmp_path / "all")
    (tmp_path / "all").symlink_to("/dev/full")
    keeper.take(b"x" * 200)
    assert keeper.finish().file_fault == "File exists"  # a name that is taken is never opened


@given(st.lists(st.binary(max_size=60), max_size=12))
def test_nothing_is_lost_or_made_up_between_head_and_tail(tmp_path_factory, chunks):
    folder = tmp_path_factory.mktemp("kept")
    output = kept(folder, *chunks)
    whole = b"".join(chunks)
    assert output.total_bytes == len(whole)
    if output.left_out_bytes:
        assert output.file is not None
        assert output.file.read_bytes() == whole[:100]
    else:
        assert output.head == plain_text(whole)
    assert display_safe(output.head + output.tail) == output.head + output.tail


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (b"\x1b[1;31mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07text", "text"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1b]52;c;never ends", "␛]52;c;never ends"),
        (b"\x1b(Bplain\x1b=", "plain"),
        (b"1%\r2%\r3%\r\nnext\r\n", "3%\nnext\n"),
        (b"\x00\x07\x1b", "␀␇␛"),
        ("\u202eevil\u200b".encode(), "\\u202eevil\\u200b"),
    ],
)
def test_plain_text_steers_and_hides_nothing(said, read):
    assert plain_text(said) == read


def test_a_megabyte_of_one_line_is_cleaned_in_linear_time():
    hostile = b"\x1b]" * 200_000 + b"x\r" * 200_000 + b"\x1b[" + b"1" * 400_000
    assert plain_text(hostile)


def test_live_output_joins_characters_and_sequences_that_come_in_pieces():
    live = LiveOutput(1_000)
    shown = []
    for byte in "grün \x1b[31mrot\x1b[0m 日本".encode():
        live.take(bytes([byte]))
        shown.append(live.text())
    assert "".join(shown) == "grün rot 日本"


def test_live_output_that_comes_too_fast_shows_its_end():
    live = LiveOutput(40)
    live.take(b"".join(b"line %d\n" % number for number in range(100)))
    assert live.text() == "…\nline 96\nline 97\nline 98\nline 99\n"
    assert not live.waiting
