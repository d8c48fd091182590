"""The signs of the frame on terminals that cannot show them."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len

from codex_tui.ui.symbols import ASCII, UNICODE, fit_signs


def written(text: str, encoding: str) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    fit_signs(stream)
    stream.write(text)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


@pytest.mark.parametrize("name", UNICODE.__slots__)
def test_each_sign_has_plain_stand_ins_one_cell_wide(name: str) -> None:
    signs = getattr(UNICODE, name)
    plain = written(signs, "ascii")
    assert len(plain) == len(signs)
    assert set(plain) == set(getattr(ASCII, name))


def test_nothing_changes_its_width_on_a_terminal_without_unicode() -> None:
    text = "❯ naïve 日本 ✓✗· │ “quoted” 👩 → …"
    plain = written(text, "ascii")
    assert plain == '> na?ve ???? +x. | "quoted" ?? > ~'
    assert len(plain) == cell_len(text)


def test_what_the_encoding_has_stays_itself() -> None:
    assert written("naïve · ✓", "latin-1") == "naïve · +"
    assert written("naïve · ✓", "utf-8") == "naïve · ✓"
