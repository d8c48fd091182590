"""The look: greys for structure, one accent, colour only where it means something.

`muted` and `faint` are for words and read well on every ground but the tints of changed words
(4.5 : 1 and more, which a test holds); `dim` is for what only gives order, such as line numbers.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="codex-dark",
    dark=True,
    primary="#7aa2d6",
    secondary="#9da5b4",
    accent="#7aa2d6",
    foreground="#d3d7de",
    background="#15171b",
    surface="#1b1e23",
    panel="#23272e",
    success="#8fbf7f",
    warning="#d8ae5e",
    error="#dd7878",
    variables={
        "rule": "#343a44",
        "muted": "#9da5b4",
        "faint": "#878f9f",
        "dim": "#5d6673",
        "diff-added": "#16291c",
        "diff-added-word": "#244a2f",
        "diff-removed": "#2e1a1c",
        "diff-removed-word": "#5c2a2e",
        "screen-selection-background": "#34506f",
        "screen-selection-foreground": "#eef1f5",
        "user-bar": "#7aa2d6",
        "block-cursor-text-style": "none",
        "footer-background": "#15171b",
    },
)

LIGHT = Theme(
    name="codex-light",
    dark=False,
    primary="#2a64a6",
    secondary="#4f5763",
    accent="#2a64a6",
    foreground="#23272e",
    background="#fbfbfa",
    surface="#f3f3f1",
    panel="#e9e9e6",
    success="#37702d",
    warning="#835a00",
    error="#b3373a",
    variables={
        "rule": "#d0d2d4",
        "muted": "#4f5763",
        "faint": "#606978",
        "dim": "#949ba6",
        "diff-added": "#e3f3e2",
        "diff-added-word": "#b4dfb4",
        "diff-removed": "#fae5e4",
        "diff-removed-word": "#f0bab8",
        "screen-selection-background": "#bcd4f0",
        "screen-selection-foreground": "#16191d",
        "user-bar": "#2a64a6",
        "block-cursor-text-style": "none",
        "footer-background": "#fbfbfa",
    },
)
