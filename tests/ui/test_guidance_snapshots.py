"""Pictures of what explains the program: palette, footer, help and `/status`."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.ids import SessionId
from tests.screenshots.scenes import KEYS
from tests.screenshots.work import CONFIG, make_project
from tests.ui.support import LARGE, SMALL, Desk, calls, says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

COMMAND = calls(("shell", {"command": "make test", "description": "Run the tests"}))


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

    def make(script: Any = (), *, config: str = CONFIG) -> Desk:
        desks.append(Desk(tmp_path, script, root=root, config=config))
        return desks[-1]

    yield make
    for desk in desks:
        asyncio.run(desk.assembly.aclose())
    gc.unfreeze()
    gc.set_threshold(*thresholds)


async def palette(desk: Desk, pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+p")
    await desk.settle(pilot)


async def found(desk: Desk, pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+p", *"mode")
    await desk.settle(pilot)


async def nothing(desk: Desk, pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+p", *"zzz")
    await desk.settle(pilot)


async def idle(desk: Desk, pilot: Pilot[None]) -> None:
    await desk.ask(pilot, "hello")


async def busy(desk: Desk, pilot: Pilot[None]) -> None:
    desk.gate.shut()
    await desk.send(pilot, "hello")
    await desk.settle(pilot, lambda: desk.requests)


async def command(desk: Desk, pilot: Pilot[None]) -> None:
    await desk.ask(pilot, "run the tests")
    await desk.review(pilot)


async def status(desk: Desk, pilot: Pilot[None]) -> None:
    await desk.ask(pilot, "hello")
    session = desk.session
    session.place = type(session.place)(session=SessionId("20260102-030405-abcdef01"))
    desk.assembly.kept.path(session.place.session).touch()
    facts = desk.assembly.describe
    home = str(desk.root.parents[1])

    def describe(of: Any) -> Any:
        told = [(label, words.replace(home, "/home/ada")) for label, words in facts(of)]
        return [(label, "codex-tui 1.0" if label == "version" else words) for label, words in told]

    desk.assembly.describe = describe
    await desk.send(pilot, "/status")
    await desk.settle(pilot)


async def help_screen(desk: Desk, pilot: Pilot[None]) -> None:
    await pilot.press("f1")
    await desk.settle(pilot)


def at(desk: Desk, scene: Any) -> Any:
    """Return what brings the desk to a scene once its program has started."""

    async def run(pilot: Pilot[None]) -> None:
        await desk.ready(pilot)
        await scene(desk, pilot)

    return run


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
@pytest.mark.parametrize(
    "scene", [palette, found, idle, busy, command, status], ids=lambda it: it.__name__
)
def test_guidance(make_desk: Any, snap_compare: Any, scene: Any, size: tuple[int, int]) -> None:
    script = [COMMAND] if scene is command else [says("Hello to you, too.")]
    desk = make_desk(script)
    assert snap_compare(desk.app, terminal_size=size, run_before=at(desk, scene))


@pytest.mark.parametrize(
    ("scene", "size"),
    [
        pytest.param(nothing, SMALL, id="nothing-found"),
        pytest.param(found, (40, 12), id="found-40x12"),
        pytest.param(status, (40, 20), id="status-40x20"),
        pytest.param(help_screen, LARGE, id="help-120x40"),
    ],
)
def test_guidance_when(
    make_desk: Any, snap_compare: Any, scene: Any, size: tuple[int, int]
) -> None:
    desk = make_desk([says("Hello to you, too.")])
    assert snap_compare(desk.app, terminal_size=size, run_before=at(desk, scene))


def test_guidance_without_a_footer(make_desk: Any, snap_compare: Any) -> None:
    desk = make_desk([says("Hello to you, too.")], config=f"footer = false\n{CONFIG}")
    assert snap_compare(desk.app, terminal_size=SMALL, run_before=at(desk, idle))


def test_guidance_light(make_desk: Any, snap_compare: Any) -> None:
    desk = make_desk(config=f'theme = "codex-light"\n{CONFIG}')
    assert snap_compare(desk.app, terminal_size=SMALL, run_before=at(desk, palette))
