"""The colours of both themes: words are readable on every ground they stand on."""

from __future__ import annotations

import pytest
from textual.color import Color

from codex_tui.ui.theme import DARK, LIGHT

GROUNDS = ("background", "surface", "panel", "diff-added", "diff-removed")
WORDS = ("foreground", "muted", "faint", "accent", "success", "warning", "error")
READABLE = 4.5
"""What WCAG 2 asks of text of ordinary size."""


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


def contrast(one: Color, other: Color) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(color: Color) -> float:
    red, green, blue = (linear(part) for part in color.normalized)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
