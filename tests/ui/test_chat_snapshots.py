from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from chat_app import ChatApp, play_stressed, play_typical
from settle import settle
from textual.pilot import Pilot

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_tui.ui.panes.chat import ChatPane

SIZES = [(80, 24), (120, 40)]
REPORT_VARIABLE = "TEXTUAL_SNAPSHOT_TEMPDIR"
REPORT_FOLDER = os.environ.get(REPORT_VARIABLE, "")


@pytest.fixture(autouse=True)
def report_folder(isolated_environment: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the snapshot plugin back its folder, which the clean environment has lost."""
    monkeypatch.setenv(REPORT_VARIABLE, REPORT_FOLDER)


def welcome(chat: ChatPane) -> None:
    chat.show_welcome(["codex-tui", "", "Ask for a change, a review or an explanation."])


def running(chat: ChatPane) -> None:
    chat.add_user("do the tests pass?")
    chat.begin_step()
    chat.append_text(0, "I will run them.")
    chat.ready_tool("1", "shell", "make test")
    chat.finish_step()
    chat.append_output("1", "".join(f"tests/test_{n}.py ........ [{n} %]\n" for n in range(9)))
    chat.append_output(
        "1", "\x1b[31mE   assert \u202e1\u202c == 2 日本語\ncollecting 10%\rcollecting 90%"
    )


def failed(chat: ChatPane) -> None:
    chat.add_user("go on")
    chat.begin_step()
    chat.append_text(0, "I started to")
    chat.finish_step()
    chat.finish_turn("failed", "anthropic: overloaded", "Try again or pick another model: Ctrl+L")
    chat.add_notice("warning", "The context is 82 % full.")
    chat.add_notice("info", "Switched to suggest mode.")


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
@pytest.mark.parametrize("play", [welcome, play_typical, play_stressed])
def test_chat(snap_compare: Any, size: tuple[int, int], play: Callable[[ChatPane], None]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await settle(pilot)

    assert snap_compare(ChatApp(play), terminal_size=size, run_before=run)


def test_chat_expanded(snap_compare: Any) -> None:
    async def run(pilot: Pilot[None]) -> None:
        pilot.app.query_one("ChatPane").toggle_details()
        await settle(pilot)

    assert snap_compare(ChatApp(play_typical), terminal_size=(80, 40), run_before=run)


def test_chat_while_a_command_runs(snap_compare: Any) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await settle(pilot)

    assert snap_compare(ChatApp(running), terminal_size=(80, 24), run_before=run)


def test_chat_light(snap_compare: Any) -> None:
    async def run(pilot: Pilot[None]) -> None:
        pilot.app.theme = "codex-light"
        await settle(pilot)

    assert snap_compare(ChatApp(play_typical), terminal_size=(80, 40), run_before=run)


def test_chat_failed(snap_compare: Any) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await settle(pilot)

    assert snap_compare(ChatApp(failed), terminal_size=(80, 24), run_before=run)
