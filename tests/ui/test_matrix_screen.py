"""Pictures of the whole program, on the sample project."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest
from matrix import Size, matrix

from tests.screenshots.scenes import KEYS
from tests.screenshots.work import make_project
from tests.ui.screen_scenes import SCENES, ScreenScene
from tests.ui.support import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.pilot import Pilot


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

    def make(scene: ScreenScene) -> Desk:
        desks.append(Desk(tmp_path, scene.script, root=root, config=scene.config))
        return desks[-1]

    yield make
    for desk in desks:
        asyncio.run(desk.assembly.aclose())
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@matrix(SCENES)
def test_screen_matrix(make_desk: Any, snap_compare: Any, scene: ScreenScene, size: Size) -> None:
    desk = make_desk(scene)

    async def run(pilot: Pilot[None]) -> None:
        await scene.run(desk, pilot)

    assert snap_compare(desk.app, terminal_size=size, run_before=run)
