"""Questions of the commands in a real terminal, and the keys that answer nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.world import World

pytestmark = pytest.mark.e2e

ASKED = "Key for openai (not shown):"


def lines(screen: str) -> list[str]:
    return [line.rstrip() for line in screen.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("key", "code", "said"),
    [
        ("ctrl+d", 2, "codex-tui: There was no answer; nothing was done."),
        ("ctrl+c", 130, "codex-tui: Interrupted."),
    ],
)
def test_a_key_that_is_not_given_is_no_bug(world: World, key: str, code: int, said: str) -> None:
    terminal = world.open("openai", command=["login"], env={})
    terminal.wait_for(ASKED)
    terminal.press(key)
    assert terminal.exit_code() == code
    assert lines(terminal.screen_text())[-1] == said


def test_a_key_is_not_shown(world: World) -> None:
    terminal = world.open(
        "openai", command=["login"], env={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    )
    terminal.wait_for(ASKED)
    terminal.send("sk-secret-words\n")
    assert terminal.exit_code() == 0
    assert "secret" not in terminal.raw.decode()
    assert "could not be checked" in terminal.screen_text()
