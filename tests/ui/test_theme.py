"""The colours of both themes: words are readable on every ground they stand on."""

from __future__ import annotations

import pytest
from contrasts import READABLE, contrast
from textual.color import Color

from codex_tui.ui.theme import DARK, LIGHT

GROUNDS = ("background", "surface", "panel", "diff-added", "diff-removed")
WORDS = ("foreground", "muted", "faint", "accent", "success", "warning", "error")


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_words_stand_out_from_every_ground(theme):
    def color(name: str) -> Color:
        return Color.parse(theme.variables.get(name) or getattr(theme, name))

    pairs = {
        f"{word} on {ground}": contrast(color(word), color(ground))
        for word in WORDS
        for ground in GROUNDS
    }
    assert {pair: ratio for pair, ratio in pairs.items() if ratio < READABLE} == {}
