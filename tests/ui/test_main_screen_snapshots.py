"""Pictures of the whole screen: what it looks like at the moments a user meets."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ProviderError, ProviderErrorKind
from codex_tui.protocol.messages import TextPart
from codex_tui.providers.scripted import Reply
from tests.screenshots.scenes import KEYS, approval, chat, picker, small_approval, welcome
from tests.screenshots.work import CLOSING, CONFIG, make_project, play
from tests.ui.support import LARGE, SMALL, Desk, says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from codex_tui.ui.widgets.answer import AnswerStream


@pytest.fixture
def make_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Desk]]:
    """Open desks on the sample project below a home of their own, so that no path differs."""
    desks: list[Desk] = []
    thresholds = gc.get_threshold()
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    root = tmp_path / "src" / "parcels"
    make_project(root)

    def make(script: Any = play, *, config: str = CONFIG) -> Desk:
        desks.append(Desk(tmp_path, script, root=root, config=config))
        return desks[-1]

    yield make
    for desk in desks:
        asyncio.run(desk.assembly.aclose())
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def at(desk: Desk, scene: Any) -> Any:
    """Return what brings the desk to a scene once its program has started."""

    async def run(pilot: Pilot[None]) -> None:
        await desk.ready(pilot)
        await scene(desk, pilot)

    return run


async def failing(desk: Desk, pilot: Pilot[None]) -> None:
    await desk.ask(pilot, "Explain how this project is put together")


async def streaming(desk: Desk, pilot: Pilot[None]) -> None:
    words, answers = 0, desk.screen.chat._answers

    def waits(answer: AnswerStream) -> bool:
        return bool(answer._waiting)

    async def forty_words() -> None:
        nonlocal words
        words += 1
        if words > 40:
            await desk.gate._open.wait()

    desk.assembly._registry._opened["demo"]._pause = forty_words
    desk.gate.shut()
    await desk.send(pilot, "Tell me what changed")
    await desk.settle(pilot, lambda: words > 40 and not any(map(waits, answers.values())))
    desk.write("and then?")
    await pilot.press("tab")
    await desk.settle(pilot)


async def help_screen(desk: Desk, pilot: Pilot[None]) -> None:
    await pilot.press("f1")
    await desk.settle(pilot)


async def completions(desk: Desk, pilot: Pilot[None]) -> None:
    await pilot.press("/")
    await desk.settle(pilot)


FAILURE = Reply(
    parts=(TextPart(text="The package has three modules: `rates`,"),),
    error=ProviderError(
        "Demonstration closed the connection before the answer was complete.",
        hint="Nothing is lost: say “go on”, or choose another model with Ctrl+L.",
        kind=ProviderErrorKind.AUTHENTICATION,
        provider="demo",
    ),
)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("scene", [welcome, chat, approval, picker], ids=lambda it: it.__name__)
def test_main_screen(make_desk: Any, snap_compare: Any, scene: Any, size: tuple[int, int]) -> None:
    desk = make_desk()
    assert snap_compare(desk.app, terminal_size=size, run_before=at(desk, scene))


@pytest.mark.parametrize(
    ("scene", "script", "size"),
    [
        pytest.param(streaming, [says(CLOSING * 2)], SMALL, id="streaming"),
        pytest.param(failing, [FAILURE], SMALL, id="failed"),
        pytest.param(small_approval, play, (60, 15), id="review-60x15"),
        pytest.param(help_screen, (), SMALL, id="help"),
        pytest.param(completions, (), SMALL, id="completions"),
        pytest.param(welcome, (), (40, 12), id="welcome-40x12"),
        pytest.param(welcome, (), (20, 5), id="too-small"),
    ],
)
def test_main_screen_when(
    make_desk: Any, snap_compare: Any, scene: Any, script: Any, size: tuple[int, int]
) -> None:
    desk = make_desk(script)
    assert snap_compare(desk.app, terminal_size=size, run_before=at(desk, scene))


def test_main_screen_light(make_desk: Any, snap_compare: Any) -> None:
    desk = make_desk(config='theme = "codex-light"\n' + CONFIG)
    assert snap_compare(desk.app, terminal_size=LARGE, run_before=at(desk, approval))
