from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.protocol.display import display_safe, in_columns, one_line

BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
HIDDEN = {0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x2028, 0x2029, *range(0xE0000, 0xE0080)}


def must_be_shown(code: int) -> bool:
    kind = unicodedata.category(chr(code))
    return (kind in {"Cc", "Cs"} and chr(code) not in "\n\t") or code in BIDI or code in HIDDEN


def test_every_character_of_the_basic_plane_and_the_tags() -> None:
    for code in (*range(0x10000), *range(0xE0000, 0xE1000)):
        shown = display_safe(f"a{chr(code)}b")
        if must_be_shown(code):
            assert chr(code) not in shown, hex(code)
            assert re.fullmatch(r"a([␀-␟␡]|\\x..|\\u.{4}|\\U.{8})b", shown), hex(code)
        for character in shown:
            assert not must_be_shown(ord(character)), hex(code)


def test_letters_digits_and_symbols_stay_as_they_are() -> None:
    for code in range(0x10000):
        kind = unicodedata.category(chr(code))
        if kind[0] in "NPSM" or kind in {"Lu", "Ll", "Lt", "Lm"}:
            assert display_safe(chr(code)) == chr(code), hex(code)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x9b31mred", "\\x9b31mred"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("over\rwritten", "over␍written"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("\x7f\x00", "␡␀"),
        ("\ud83d alone", "\\ud83d alone"),
        ("pass\u200bword", "pass\\u200bword"),
        ("\U000e0041\U000e007f", "\\U000e0041\\U000e007f"),
        ("a\u200db", "a\\u200db"),
        ("👩\u200d", "👩\\u200d"),
        ("a\U000e0101", "a\\U000e0101"),
    ],
)
def test_hostile_text_is_shown(text: str, shown: str) -> None:
    assert display_safe(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain\n\ttext",
        "👩\u200d👩\u200d👧 family",
        "❤\ufe0f\u200d🔥",
        "葛\U000e0101城",
        "e\u0301 日本語",
    ],
)
def test_clean_text_is_the_same_object(text: str) -> None:
    assert display_safe(text) is text


@given(st.text())
def test_cleaning_again_changes_nothing(text: str) -> None:
    once = display_safe(text)
    assert display_safe(once) == once


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_one_line_is_one_short_line(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert "\t" not in line


def test_one_line_joins_and_cuts() -> None:
    assert one_line("  rm -rf\n\tbuild  ", 40) == "rm -rf build"
    assert one_line("abcdef", 6) == "abcdef"
    assert one_line("abcdefg", 6) == "abcde…"
    assert one_line("ab\x1b[0m", 40) == "ab␛[0m"


def test_columns_are_equal_also_where_characters_are_wide() -> None:
    rows = [("name", "n", "end"), ("漢字の名", "10", ""), ("x", "", "z")]
    assert in_columns(rows, right={1}) == [
        "name       n  end",
        "漢字の名  10",
        "x             z",
    ]
    assert in_columns([]) == []
