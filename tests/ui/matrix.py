"""The matrix of pictures: a scene is named once and photographed at each of its sizes.

A scene says how it comes about; which pictures there are is read off the tables of the modules
`test_matrix_…`. Where width matters beyond 80×24 and 120×40, a scene names sizes of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from settle import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from textual.app import App
    from textual.pilot import Pilot

Size = tuple[int, int]
SMALL, LARGE = (80, 24), (120, 40)
BOTH = (SMALL, LARGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A pane in a state: `app` makes what holds it, `act` and then `keys` bring it there."""

    name: str
    app: Callable[[], App[None]]
    sizes: tuple[Size, ...] = BOTH
    act: Callable[[Pilot[None]], Awaitable[None]] = settle
    keys: tuple[str, ...] = ()

    async def run(self, pilot: Pilot[None]) -> None:
        """Bring the app to the scene."""
        await settle(pilot)
        await self.act(pilot)
        await pilot.press(*self.keys)
        await settle(pilot)


def matrix(scenes: Iterable[Any]) -> pytest.MarkDecorator:
    """Give a test every pair of `scene` and `size`, whatever kind of scenes they are."""
    return pytest.mark.parametrize(
        ("scene", "size"),
        [
            pytest.param(scene, size, id=f"{scene.name}-{size[0]}x{size[1]}")
            for scene in scenes
            for size in scene.sizes
        ],
    )
