"""Letters that pass for Latin ones: the one trick that cannot be made visible by an escape, since
they are letters of somebody's language.

A word in one script is that language, so only words that mix such letters with Latin ones are found
(the mixed-script confusables of Unicode TS #39, those that a terminal's font draws alike).
"""

from __future__ import annotations

import re

_CYRILLIC = "асԁеһіјорԛѕԝхуАВЕЗІЈКМНОРЅТХУԌ"
_GREEK = "νοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_OTHERS = "հոսօɑɡⅰⅴⅹⅼⅽⅾⅿ"  # Armenian, phonetic letters, Roman numerals
_LOOKALIKE = re.compile(f"[{_CYRILLIC}{_GREEK}{_OTHERS}]")
_LATIN = re.compile("[A-Za-z]")
_WORD = re.compile(r"[^\W_]+")


def lookalike_words(text: str) -> tuple[str, ...]:
    """Return the words, each once, in which other letters stand for Latin ones."""
    if text.isascii() or _LOOKALIKE.search(text) is None:
        return ()
    words = dict.fromkeys(found[0] for found in _WORD.finditer(text))
    return tuple(word for word in words if _LATIN.search(word) and _LOOKALIKE.search(word))
