"""Pictures of the chat pane, from the first word to a conversation that went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_app import ChatApp, play_stressed, play_typical
from matrix import SMALL, Scene, Size, matrix

from codex_tui.protocol.messages import ToolStatus
from codex_tui.ui.footer_hints import RETRY_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from codex_tui.ui.panes.chat import ChatPane


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


def thinking(chat: ChatPane) -> None:
    chat.add_user("why is the total wrong?")
    chat.busy = True
    chat.begin_step()
    chat.append_thinking(
        0, "The sum is taken over all items, the discount over one. I look at `total()` first.\n\n"
    )
    chat.append_thinking(
        0, "合計は全商品の価格から計算され、割引は一つの商品にだけ適用される。" * 3
    )


def ended(chat: ChatPane) -> None:
    """One call for each way a call ends, in a turn the user stopped."""
    chat.add_user("clean up and run the tests")
    chat.add_user("but leave `dist` alone", steering=True)
    chat.begin_step()
    for call, title, status, summary, output in (
        ("1", "make clean", ToolStatus.DENIED, "refused: keep the build", "keep the build"),
        ("2", "make lint", ToolStatus.ERROR, "exit 2", "parcels/rates.py:3: F401 unused import\n"),
        ("3", "make test", ToolStatus.OK, "exit 0", "".join(f"case {n}\n" for n in range(90))),
    ):
        chat.ready_tool(call, "shell", title)
        chat.finish_tool(call, status=status, summary=summary, output=output, duration_ms=1_200)
    chat.ready_tool("4", "shell", "make install " + "PREFIX=/opt/a/rather/long/path " * 5)
    chat.finish_step()
    chat.finish_turn("interrupted", "Interrupted.", "")


def retrying(chat: ChatPane) -> None:
    chat.add_user("go on")
    chat.busy = True
    chat.begin_step()
    chat.append_thinking(0, "Taken back.")
    reason = "Anthropic cannot answer right now: Overloaded."
    chat.await_retry(4.0, reason, f"{reason} Trying again: attempt 2 of 6.", another=False)
    chat.retry_keys = RETRY_KEYS


async def expand(pilot: Pilot[None]) -> None:
    pilot.app.query_one("ChatPane").toggle_details()


async def lighten(pilot: Pilot[None]) -> None:
    pilot.app.theme = "codex-light"


def scene(name: str, play: Callable[[ChatPane], None], **facts: Any) -> Scene:
    return Scene(name=name, app=lambda: ChatApp(play), **facts)


SCENES = (
    scene("typical", play_typical),
    scene("expanded", play_typical, act=expand),
    scene("light", play_typical, act=lighten, sizes=((80, 40),)),
    scene("stressed", play_stressed),
    scene("running", running),
    scene("thinking", thinking),
    scene("thinking-expanded", thinking, act=expand, sizes=(SMALL,)),
    scene("ended", ended),
    scene("ended-expanded", ended, act=expand),
    scene("failed", failed),
    scene("retrying", retrying),
)


@matrix(SCENES)
def test_chat_matrix(snap_compare: Any, scene: Scene, size: Size) -> None:
    assert snap_compare(scene.app(), terminal_size=size, run_before=scene.run)
