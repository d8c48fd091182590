"""A pane over the conversation, hidden until it is opened; what is in it is its subclass's."""

from __future__ import annotations

from textual.containers import Vertical


class Dropdown(Vertical):
    """It takes no room in its vertical layout and floats upwards from its place, so it must stand
    right before what it is to sit on.
    """

    DEFAULT_CSS = """
    Dropdown {
        display: none;
        overlay: screen;
        offset-y: -100%;
        constrain: none inside;
        width: 100%;
        max-width: 84;
        max-height: 75vh;
        padding: 0 1;
        background: $surface;
        border-top: solid $rule;
    }
    """
