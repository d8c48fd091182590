"""A fault inside the screen: the terminal gets a word of it, the log gets the rest."""

from __future__ import annotations

import logging

from textual import events

from codex_tui.ui.app import FAULT, CodexApp
from codex_tui.ui.screens.furnishing import FurnishedScreen

SECRET = "sk-live-0123456789"


class Bare(FurnishedScreen):
    def keep_draft(self) -> None:
        """There is none."""

    async def close_session(self) -> None:
        """There is none."""


class Broken(Bare):
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


class BrokenLater(Bare):
    def on_mount(self) -> None:
        self.app.post_message(events.Key("ctrl+l", None))
        self.call_after_refresh(self._break)

    def _break(self) -> None:
        raise RuntimeError("a fault behind a key that waits")


async def test_a_fault_ends_the_program_while_a_key_waits_for_panes_that_never_come(capsys):
    app = CodexApp(BrokenLater)
    await app.run_async(headless=True, size=(80, 24))
    assert FAULT in "".join(capsys.readouterr())
    assert app.return_code == 1
