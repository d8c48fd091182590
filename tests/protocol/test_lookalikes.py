from __future__ import annotations

import re
import unicodedata

import pytest

from codex_tui.protocol import lookalikes
from codex_tui.protocol.lookalikes import lookalike_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "ls \u0430pple; \u0441url http://ex\u0430mple.com",
            ("\u0430pple", "\u0441url", "exаmple"),
        ),
        ("c\u03bfnfig = c\u03bfnfig_2", ("c\u03bfnfig",)),
        ("p\u0251th \u217cs b\u0585b", ("p\u0251th", "\u217cs", "b\u0585b")),
    ],
)
def test_words_that_only_read_as_latin_are_named_once(text: str, words: tuple[str, ...]) -> None:
    assert lookalike_words(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "plain words",
        "привет, мир: рост_count = сумма_of(Python-скрипт)",
        "Δx = λ0 * μs + naïve_straße",
        "日本語 text עברית",
        "",
    ],
)
def test_a_language_of_its_own_is_no_warning(text: str) -> None:
    assert lookalike_words(text) == ()


def test_no_letter_that_is_looked_for_is_latin_itself() -> None:
    for letters in (lookalikes._CYRILLIC, lookalikes._GREEK):
        names = {unicodedata.name(letter).split()[0] for letter in letters}
        assert names in ({"CYRILLIC"}, {"GREEK"})
    assert re.search("[ -~]", lookalikes._OTHERS) is None


def test_a_long_text_is_searched_once() -> None:
    text = "сlient " * 200_000
    assert lookalike_words(text) == ("сlient",)
