from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.tools.names import is_text, printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("src/ä.py", "src/ä.py"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b", "\\x9b"),
        (os.fsdecode(b"caf\xe9"), "caf\\xe9"),
        ("\ud800", "\\ud800"),
        ("a\u2028b", "a\\u2028b"),
    ],
)
def test_names_become_one_printable_line(name: str, shown: str) -> None:
    assert printable(name) == shown


@given(st.binary(max_size=40))
def test_any_bytes_become_encodable_text(raw: bytes) -> None:
    shown = printable(os.fsdecode(raw))
    assert is_text(shown)
    assert len(shown.splitlines()) <= 1


def test_is_text_tells_stray_bytes() -> None:
    assert is_text("ä")
    assert not is_text(os.fsdecode(b"\xff"))
