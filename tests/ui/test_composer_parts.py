from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.ui.widgets.completion import CommandCompleter, CommandItem
from codex_tui.ui.widgets.fuzzy import BoundedSearch
from codex_tui.ui.widgets.paste import PasteChips, clean_input, clean_portions, is_large
from codex_tui.ui.widgets.prompt_history import PromptHistory


@given(st.text())
def test_cleaned_text_is_printable_and_clean_again(text: str):
    cleaned = clean_input(text)
    assert clean_input(cleaned) == cleaned
    assert all(ord(char) >= 32 or char in "\n\t" for char in cleaned)
    assert cleaned.splitlines() == cleaned.removesuffix("\n").split("\n") or cleaned == ""
    assert cleaned.encode().decode() == cleaned


@given(st.text("ab\r\n\u2028é\x1b"), st.integers(1, 5))
def test_text_cleaned_in_portions_is_what_it_is_cleaned_as_a_whole(text: str, portion: int):
    assert "".join(clean_portions(text, portion)) == clean_input(text)


def test_joined_emoji_and_accents_stay():
    text = "👩\u200d👧 e\u0301 日本語 שלום"
    assert clean_input(text) == text


@pytest.mark.parametrize(
    ("text", "large"),
    [
        ("x" * 8192, False),
        ("x" * 8193, True),
        ("é" * 5000, True),
        ("\n" * 99, False),
        ("\n" * 100, True),
    ],
)
def test_large_means_eight_kilobytes_or_a_hundred_lines(text: str, large: bool):
    assert is_large(text) is large


def test_pasted_text_that_looks_like_a_chip_is_left_alone():
    chips = PasteChips()
    first = chips.add("[Pasted 2 lines #2]\n" * 2)
    second = chips.add("x\ny\n")
    assert second == "[Pasted 2 lines #2]"
    assert chips.expand(first) == "[Pasted 2 lines #2]\n" * 2


def test_fold_is_the_inverse_of_expand():
    chips = PasteChips()
    text = f"look: {chips.add('a' * 9000)} and {chips.add('b' * 9000)} please"
    full = chips.expand(text)
    chips.clear()
    assert chips.expand(chips.fold(full)) == full
    assert len(chips.fold(full)) < 100


def test_a_clean_megabyte_stays_as_it_is():
    text = "def foo(x):\n\treturn 'é'\n" * 45_000
    assert clean_input(text) == text


def test_history_ends_are_ends():
    history = PromptHistory()
    assert history.step(-1, "draft") is None
    history.replace(["a", " ", "b"])
    assert history.prompts == ["a", "b"]
    assert [history.step(-1, "draft"), history.step(-1, "b"), history.step(-1, "a")] == [
        "b",
        "a",
        None,
    ]
    assert [history.step(1, "a"), history.step(1, "b"), history.step(1, "draft")] == [
        "b",
        "draft",
        None,
    ]


def test_completer_needs_one_word_behind_a_slash():
    completer = CommandCompleter()
    completer.commands = [CommandItem(name="help", summary="")]
    for draft, is_open in [("", False), ("/", True), ("/h", True), ("/h x", False), ("a/h", False)]:
        completer.update(draft)
        assert completer.is_open is is_open, draft


@pytest.mark.parametrize("query", ["eeee", "eeeeeeee", "e" * 40, "ao2024", "openrouterdeepseek"])
def test_fuzzy_search_ends_for_any_query(query: str):
    """Textual's own search is exponential here and would not end before a test's limit."""
    search = BoundedSearch()
    candidates = [f"openrouter/deepseek/deepseek-reference-engineer-{n}:free" for n in range(500)]
    scores = [search.match(query, candidate)[0] for candidate in candidates]
    assert all(score > 0 for score in scores) == all(
        is_subsequence(query, candidate) for candidate in candidates
    )


def is_subsequence(query: str, text: str) -> bool:
    letters = iter(text)
    return all(letter in letters for letter in query)


def test_fuzzy_search_finds_letters_in_order():
    search = BoundedSearch()
    score, places = search.match("eed", "deepseek-reference-feed-decoder")
    assert score > 0
    assert [("deepseek-reference-feed-decoder"[place]) for place in places] == ["e", "e", "d"]
    assert search.match("zz", "deepseek")[0] == 0
