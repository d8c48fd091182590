"""Texts cut to a number of cells, with the sign that something was cut."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

CUT = "…"


def fit_end(text: str, cells: int) -> str:
    """Return one line of clean text in at most `cells` cells, cut at its end."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + CUT if cells > 0 else ""


def fit_start(text: str, cells: int) -> str:
    """Return one line of clean text in at most `cells` cells, cut at its start: of a path, the
    name matters most.
    """
    if cell_len(text) <= cells:
        return text
    at = len(text)
    used = 1
    while at and used + cell_len(text[at - 1]) <= cells:
        at -= 1
        used += cell_len(text[at])
    return CUT + text[at:] if cells > 0 else ""
