from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from codex_tui.protocol.display import display_safe
from codex_tui.ui.widgets.cell_fit import fit_end, fit_start
from codex_tui.ui.widgets.diff_text import MAX_LINE_CHARACTERS, display_line, wrap_cells


def test_a_plain_line_is_shown_as_it_is() -> None:
    line = display_line("x = 'déjà 日本'\n")
    assert line.text == "x = 'déjà 日本'"
    assert line.offsets is None
    assert not line.specials
    assert not line.hidden


def test_a_tab_becomes_an_arrow_up_to_the_next_stop() -> None:
    line = display_line("a\tb\t\tc\n")
    assert line.text == "a→  b→  →   c"
    assert not line.hidden


def test_tab_stops_count_cells_not_characters() -> None:
    assert display_line("日\tx").text == "日→ x"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("a\x1bb", "a␛b"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb", "a\\u200bb"),
        ("a\x9bb", "a\\x9bb"),
        ("a\ufeffb", "a\\ufeffb"),
        ("a\rb", "a␍b"),
    ],
)
def test_what_steers_or_hides_is_spelled_out_and_warned_of(source: str, shown: str) -> None:
    line = display_line(source + "\n")
    assert line.text == shown
    assert line.hidden
    assert line.specials == ((1, len(shown) - 1),)


def test_a_byte_order_mark_at_the_beginning_is_shown_without_a_warning() -> None:
    line = display_line("\ufeffa\n")
    assert (line.text, line.hidden) == ("\\ufeffa", False)


def test_a_joined_emoji_stays_one() -> None:
    line = display_line("\t👩‍💻\n")
    assert line.text.endswith("👩‍💻")
    assert not line.hidden


def test_a_carriage_return_is_marked_only_on_request() -> None:
    assert display_line("a\r\n").text == "a"
    marked = display_line("a\r\n", mark_carriage_return=True)
    assert (marked.text, marked.hidden) == ("a␍", False)


def test_a_carriage_return_without_line_feed_is_always_shown() -> None:
    assert display_line("a\r").text == "a␍"
    assert display_line("a\r\r\n").text == "a␍"


def test_spans_of_the_source_are_carried_over() -> None:
    line = display_line("\tab\x1bcd")
    start, end = line.shown((1, 3))
    assert line.text[start:end] == "ab"
    assert line.text[slice(*line.shown((4, 6)))] == "cd"
    assert line.shown((5, 99)) == (8, 9)


def test_a_very_long_line_is_cut_and_counted() -> None:
    line = display_line("x" * (MAX_LINE_CHARACTERS + 7))
    assert len(line.text) == MAX_LINE_CHARACTERS
    assert line.left_out == 7


@given(st.text(alphabet=st.characters(exclude_characters="\n"), max_size=60))
def test_no_line_needs_cleaning_again(source: str) -> None:
    line = display_line(source)
    assert display_safe(line.text) == line.text
    assert "\t" not in line.text
    assert "\x1b" not in line.text


@given(st.text(max_size=80), st.integers(2, 20))
def test_wrapping_loses_nothing_and_fits(source: str, width: int) -> None:
    text = display_line(source.replace("\n", " ")).text
    spans = wrap_cells(text, width)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(cell_len(text[start:end]) <= width for start, end in spans)


def test_an_empty_line_takes_one_row() -> None:
    assert wrap_cells("", 10) == [(0, 0)]


def test_a_wide_character_is_not_cut_in_half() -> None:
    assert wrap_cells("日本語", 3) == [(0, 1), (1, 2), (2, 3)]


@pytest.mark.parametrize("cells", [0, 1, 2, 5, 9, 30])
def test_fitted_texts_never_exceed_their_room(cells: int) -> None:
    for text in ("src/日本/prices.py", "short", ""):
        assert cell_len(fit_end(text, cells)) <= cells
        assert cell_len(fit_start(text, cells)) <= cells


def test_a_path_keeps_its_end_and_a_sentence_its_beginning() -> None:
    assert fit_start("src/shop/prices.py", 10) == "…prices.py"
    assert fit_end("the quick brown fox", 10) == "the quick…"
