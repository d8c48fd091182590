"""What a terminal must be told before a full-screen program leaves it."""

from __future__ import annotations

from tests.e2e.terminal import Terminal

RESTORED = {
    "the alternate screen is left": (b"\x1b[?1049h", b"\x1b[?1049l"),
    "the cursor is shown": (b"\x1b[?25l", b"\x1b[?25h"),
    "clicks are not reported": (b"\x1b[?1000h", b"\x1b[?1000l"),
    "movements are not reported": (b"\x1b[?1003h", b"\x1b[?1003l"),
    "mouse reports are the terminal's own": (b"\x1b[?1006h", b"\x1b[?1006l"),
    "the focus is not reported": (b"\x1b[?1004h", b"\x1b[?1004l"),
    "pastes are not bracketed": (b"\x1b[?2004h", b"\x1b[?2004l"),
    "the keyboard is the terminal's own": (b"\x1b[>25u", b"\x1b[<u"),
    "long lines are wrapped": (b"\x1b[?7l", b"\x1b[?7h"),
}
"""By what it means: the sequence that takes a mode, and the one that gives it back."""


def assert_restored(terminal: Terminal) -> None:
    """Check that each mode's last word gives it back, and that no line discipline is left."""
    raw = bytes(terminal.raw)
    left = [
        meaning
        for meaning, (taken, given) in RESTORED.items()
        if raw.rfind(given) <= raw.rfind(taken)
    ]
    assert left == [], raw[-600:]
    assert b"\x1b[?1049h" in raw
    assert terminal.line_discipline() == terminal.line_discipline_at_start
