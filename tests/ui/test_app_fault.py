"""A fault inside the screen: the terminal gets a word of it, the log gets the rest."""

from __future__ import annotations

import logging

from textual.screen import Screen

from codex_tui.ui.app import FAULT, CodexApp

SECRET = "sk-live-0123456789"


class Broken(Screen[None]):
    def keep_draft(self) -> None:
        """There is none."""

    async def close_session(self) -> None:
        """There is none."""

    def on_mount(self) -> None:
        key = SECRET
        raise RuntimeError(f"a fault beside a key of {len(key)} signs")


async def test_a_fault_is_told_in_a_word_and_nothing_of_what_was_in_hand_is_printed(capsys, caplog):
    app = CodexApp(Broken)
    with caplog.at_level(logging.ERROR):
        await app.run_async(headless=True, size=(80, 24))
    printed = "".join(capsys.readouterr())
    assert FAULT in printed
    assert SECRET not in printed
    assert "Traceback" not in printed
    assert app.return_code == 1
    assert "a fault beside a key of 18 signs" in caplog.text
