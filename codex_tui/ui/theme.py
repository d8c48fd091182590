"""The look: greys for structure, one accent, colour only where it means something."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="codex-dark",
    dark=True,
    primary="#7aa2d6",
    secondary="#8a93a3",
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
        "muted": "#8a93a3",
        "faint": "#5d6673",
        "diff-added": "#16291c",
        "diff-added-word": "#2a5636",
        "diff-removed": "#2e1a1c",
        "diff-removed-word": "#6a2f33",
        "user-bar": "#7aa2d6",
        "block-cursor-text-style": "none",
        "footer-background": "#15171b",
    },
)

LIGHT = Theme(
    name="codex-light",
    dark=False,
    primary="#2f6db3",
    secondary="#667080",
    accent="#2f6db3",
    foreground="#23272e",
    background="#fbfbfa",
    surface="#f3f3f1",
    panel="#e9e9e6",
    success="#3f7d34",
    warning="#9a6a00",
    error="#b3373a",
    variables={
        "rule": "#d0d2d4",
        "muted": "#667080",
        "faint": "#949ba6",
        "diff-added": "#e3f3e2",
        "diff-added-word": "#b4dfb4",
        "diff-removed": "#fae5e4",
        "diff-removed-word": "#f0bab8",
        "user-bar": "#2f6db3",
        "block-cursor-text-style": "none",
        "footer-background": "#fbfbfa",
    },
)
