"""Known keys leave what tools report, whole, halved, and in pieces."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from codex_tui.config.redaction import Redactor

KEY = "sk-test-0123456789abcdefghij"
OTHER = "another-secret-key-without-digits"


def test_a_key_is_taken_out_wherever_it_stands():
    redact = Redactor({KEY, OTHER})
    text = f"a={KEY}\nb: {OTHER};{KEY}{KEY}"
    assert redact(text) == "a=[redacted]\nb: [redacted];[redacted][redacted]"


def test_text_without_a_key_comes_back_as_the_same_object():
    text = "sk-test-01234 is only a beginning"
    assert Redactor(set())(text) is text
    assert Redactor({KEY})(text) is text


def test_words_that_are_only_called_a_key_stay():
    redact = Redactor({"ollama", "lm-studio", "not-needed", "sk-1234", "no-key-required"})
    text = "ollama lm-studio not-needed sk-1234 no-key-required"
    assert redact(text) == text


def test_what_looks_like_a_key_but_is_not_known_stays_for_the_sake_of_edits():
    text = 'assert parse("sk-ant-api03-0123456789abcdef")'
    assert Redactor({KEY})(text) == text


def test_a_key_that_becomes_known_later_is_taken_out_from_then_on():
    keys: set[str] = set()
    redact = Redactor(keys)
    assert redact(KEY) == KEY
    keys.add(KEY)
    assert redact(KEY) == "[redacted]"


def test_the_larger_half_of_a_key_counts_as_well():
    redact = Redactor({KEY})
    assert redact(f"{KEY[:20]}…") == "[redacted]…"
    assert redact(f"…{KEY[-20:]}") == "…[redacted]"
    assert redact(f"{KEY[:20]}\n{KEY[20:]}") == f"[redacted]\n{KEY[20:]}"


def in_pieces(redact: Redactor, pieces: list[str]) -> str:
    stream = redact.stream()
    return "".join([*(stream.feed(piece) for piece in pieces), stream.finish()])


def test_a_key_in_single_characters_does_not_slip_through():
    redact = Redactor({KEY})
    assert in_pieces(redact, list(f"key: {KEY}!\n")) == "key: [redacted]!\n"


def test_what_is_held_back_comes_at_the_latest_at_the_end():
    stream = Redactor({KEY}).stream()
    assert stream.feed("text sk-te") == "text "
    assert stream.feed("xt s") == "sk-text "
    assert stream.finish() == "s"
    assert stream.finish() == ""


def test_a_key_whose_end_is_its_beginning_is_whole():
    key = "abcde12345abcde"
    assert in_pieces(Redactor({key}), [f"x{key}", "y"]) == "x[redacted]y"


@given(
    st.lists(st.sampled_from([KEY, OTHER, "sk-test-", "s", "\n", "x", KEY[:9]]), max_size=12),
    st.lists(st.integers(min_value=0, max_value=200), max_size=12),
)
def test_no_way_to_cut_a_text_shows_a_key(parts: list[str], cuts: list[int]):
    text = "".join(parts)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(places)]
    shown = in_pieces(Redactor({KEY, OTHER}), pieces)
    assert KEY not in shown
    assert OTHER not in shown
    rest = text.replace(OTHER, "").replace(KEY, "").replace("\n", "")
    assert shown.replace("[redacted]", "").replace("\n", "") == rest
